"""One place whose figures are written down as text: a context for formulas and checks."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from server.catalogue import shipped
from sync.catalogue import Catalogue
from sync.evaluate import Missing, Result
from sync.formula import Expression
from sync.period import Kind, Period, parse
from sync.value import REASONS

Figures = dict[str, str]
PACK = shipped()
# What surroundings say, by function and by the example's word for it.
ASKED = {
    "PEER_MEDIAN": "*peers",
    "PEER_MAD": "*spread",
    "SAME_AMONG_SIBLINGS": "*same",
    "PREFILL": "*prefill",
    "ADJUSTED": "*adjusted",
    "SUM_BELOW": "*below",
    "EXTERNAL": "*calls",
    "PLACE_ACTIVE": "*active",
    "CODE_VALID": "*active",
    "PARENT_EXISTS": "*active",
}


@dataclass
class World:
    """One place's figures, written as in the examples."""

    figures: Figures
    period: str
    catalogue: Catalogue = PACK

    def formula(self, code: str) -> Expression | None:
        """Derived as the catalogue says."""
        return self.catalogue.formulas.get(code)

    def value(self, code: str, period: Period) -> Result:
        """Filed for that period, or on change the latest by its end."""
        filed = [
            (parse(at or self.period), text)
            for name, _, at, text in ((*key.partition("@"), v) for key, v in self.figures.items())
            if name == code
        ]
        static = self.catalogue.indicators[code].period is Kind.STATIC
        fits = [
            one for one in filed if (one[0].start <= period.end if static else one[0] == period)
        ]
        return figure(max(fits)[1], code) if fits else Missing("unknown", (code,))

    def count(self, level: str, period: Period) -> Result:
        """One of each."""
        return Fraction(1)

    def count_if(self, code: str, ordinal: int, period: Period) -> Result | None:
        """One place only."""
        return None

    def ask(self, function: str, argument: str, period: Period) -> Result:
        """What the example's surroundings say, if anything."""
        text = self.figures.get(ASKED[function])
        return figure(text, argument) if text else Missing("not_evaluable_here", (argument,))


def figure(text: str, code: str) -> Result:
    """What an example's text says."""
    if text in REASONS or not text:
        return Missing(text or "unknown", (code,))
    return text in {"yes", "true"} if text.isalpha() else Fraction(text)
