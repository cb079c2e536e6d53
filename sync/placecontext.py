"""What one place has filed, as a context for formulas: for checks, and for what a place adds up to.

The same context serves a laptop, which holds one place's cells, and the server at intake.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction

from sync.catalogue import Catalogue
from sync.figure import NOT_A_NUMBER, NOT_HERE, UNKNOWN, Missing, Result
from sync.formula import Expression
from sync.period import Kind, Period, parse
from sync.problems import Problem
from sync.quantity import SCALE
from sync.value import Type, Value

__all__ = ["Ask", "Cells", "PlaceContext", "period_of"]

Cells = Mapping[str, Mapping[str, Value]]
"""Period text -> indicator code -> the value shown (of a conflict: the shown side)."""

Ask = Callable[[str, str, Period], Result]
"""`Context.ask`: function name, argument and period."""


class PlaceContext:
    """One place's own figures. Periods that are none and codes that are unknown are passed over."""

    def __init__(
        self, catalogue: Catalogue, cells: Cells, level: str = "", ask: Ask | None = None
    ) -> None:
        """`level` is the place's own; `ask` answers for peers, other systems and the hierarchy."""
        self.catalogue = catalogue
        self.cells = cells
        self.level = level
        self._ask = ask
        self._filings: dict[str, list[tuple[Period, Value]]] = {}
        self._periods: list[Period] | None = None

    @property
    def periods(self) -> list[Period]:
        """The periods that anything is filed under, in order."""
        if self._periods is None:
            found = (period_of(text) for text in self.cells)
            self._periods = sorted(period for period in found if period is not None)
        return self._periods

    def filings(self, code: str) -> list[tuple[Period, Value]]:
        """What was filed for that code, in the order of the periods."""
        if code not in self._filings:
            rows = ((period, self.cells[period.text].get(code)) for period in self.periods)
            self._filings[code] = [(period, value) for period, value in rows if value is not None]
        return self._filings[code]

    def formula(self, code: str) -> Expression | None:
        """How the indicator is derived."""
        return self.catalogue.formulas.get(code)

    def value(self, code: str, period: Period) -> Result:
        """What was filed for that period; on change, the latest that started by its end."""
        if self.catalogue.indicators[code].period is not Kind.STATIC:
            return _result(code, self.cells.get(period.text, {}).get(code))
        filings = self.filings(code)
        at = bisect_right(filings, period.end, key=_start)
        return _result(code, filings[at - 1][1] if at else None)

    def count(self, level: str, period: Period) -> Result:  # noqa: ARG002 - of the protocol
        """A place counts itself; what lies below is not known here."""
        return Fraction(1) if level and level == self.level else Missing(NOT_HERE)

    def count_if(self, code: str, ordinal: int, period: Period) -> None:
        """The condition is evaluated for the place itself."""

    def ask(self, function: str, argument: str, period: Period) -> Result:
        """What was given to answer with, if anything."""
        return self._ask(function, argument, period) if self._ask else Missing(NOT_HERE)


def period_of(text: str) -> Period | None:
    """The period that a cell's subject says, or None where it says none."""
    try:
        return parse(text)
    except Problem:
        return None


def _start(filing: tuple[Period, Value]) -> date:
    return filing[0].start


def _result(code: str, value: Value | None) -> Result:
    if value is None:
        return Missing(UNKNOWN, (code,))
    if value.type is Type.QUANTITY:
        return Fraction(value.number, SCALE)
    if value.type is Type.FLAG:
        return bool(value.number)
    return Missing(value.text if value.type is Type.REASON else NOT_A_NUMBER, (code,))
