"""Reads the rollups of one place as figures: any indicator, entered or derived, for any period.

Sums are read as they were added up (`sync.aggregate`); a derived indicator is its formula over the
sums at the place shown, never a mean of the rates of the places below.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from sync.aggregate import condition_series, product_series, weight_series
from sync.catalogue import Catalogue, Indicator
from sync.evaluate import indicator
from sync.figure import DIVISION, NOT_A_NUMBER, NOT_AGGREGATED, NOT_HERE, UNKNOWN, Missing, Result
from sync.formula import Expression
from sync.period import Kind, Period
from sync.quantity import SCALE

__all__ = ["Figure", "RollupContext", "Sums"]


class Sums(NamedTuple):
    """A rollup row: places with a value, places with a reason, the exact sum, places disputed."""

    reported: int
    no_value: int
    total: int
    disputed: int = 0


class Figure(NamedTuple):
    """What a place shows for an indicator.

    `reported` is how many places the figure stands on: for a derived one, as many as the least
    reported of its operands. `period` is the one that the figure is from, which lies within the one
    asked for where that one is longer; `gaps` are the parts of it that nobody reported.
    """

    value: Result
    reported: int
    disputed: int
    period: Period
    gaps: tuple[str, ...]


class RollupContext:
    """The rollups at and below one place, as a context for formulas.

    `sums` gives the row of a series for exactly a period, `standing` the sum of a series' rows over
    all periods that start on or before a day (asked only for what is filed on change), `count` how
    many active places of a level lie at or below the place. `level` is the place's own: what cannot
    be aggregated is shown where it is filed and nowhere above.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        level: str,
        sums: Callable[[str, Period], Sums | None],
        standing: Callable[[str, date], Sums | None],
        count: Callable[[str, Period], int],
    ) -> None:
        self.catalogue = catalogue
        self.level = level
        self._sums = sums
        self._standing = standing
        self._count = count
        self._read: list[tuple[Period, Sums]] = []

    def figure(self, code: str, period: Period) -> Figure:
        """What the place shows for an indicator in a period of any kind."""
        self._read.clear()
        value, found, gaps = indicator(code, self, period)
        if isinstance(value, Missing):
            return Figure(value, 0, 0, found, gaps)
        current = [row for at, row in self._read if at.end >= period.start]
        rows = current or [row for _, row in self._read]
        reported = min((row.reported for row in rows), default=0)
        return Figure(value, reported, max((row.disputed for row in rows), default=0), found, gaps)

    def formula(self, code: str) -> Expression | None:
        """How the indicator is derived from sums, if it is, and may be at this level."""
        found = self.catalogue.indicators[code]
        if found.space in {"mean", "weighted_mean"}:
            return None
        if found.space == "none" and found.level != self.level:
            return None
        return self.catalogue.formulas.get(code)

    def value(self, code: str, period: Period) -> Result:
        """The sum, share or mean that the rows of a period say."""
        found = self.catalogue.indicators[code]
        if found.space == "weighted_mean":
            return self._weighted(found, period)
        if found.space in {"none", "ratio", "count_if"} and found.level != self.level:
            return Missing(NOT_AGGREGATED, (code,))
        row = self._row(found, code, period)
        if row is None:
            return Missing(UNKNOWN, (code,))
        if found.type in {"choice", "text"}:
            return Missing(NOT_A_NUMBER, (code,))
        if found.space == "share":
            return Fraction(100 * row.total, SCALE * row.reported)
        return Fraction(row.total, SCALE * (row.reported if found.space == "mean" else 1))

    def count(self, level: str, period: Period) -> Result:
        """Places of that level at or below."""
        return Fraction(self._count(level, period)) if level else Missing(NOT_HERE)

    def count_if(self, code: str, ordinal: int, period: Period) -> Result:
        """Places that met the condition, where any could tell."""
        found = self.catalogue.indicators.get(code)
        if found is None or not found.formula:
            return Missing(NOT_HERE)
        row = self._row(found, condition_series(code, ordinal), period)
        return Missing(UNKNOWN, (code,)) if row is None else Fraction(row.total)

    def ask(self, function: str, argument: str, period: Period) -> Result:  # noqa: ARG002 - of the protocol
        """Sums know nothing of peers or other systems."""
        return Missing(NOT_HERE)

    def _weighted(self, found: Indicator, period: Period) -> Result:
        weights = self._row(found, weight_series(found.code), period)
        products = self._row(found, product_series(found.code), period)
        if weights is None or products is None:
            return Missing(UNKNOWN, (found.code,))
        if not weights.total:
            return Missing(DIVISION, (found.weight,))
        return Fraction(products.total, SCALE * weights.total)

    def _row(self, found: Indicator, series: str, period: Period) -> Sums | None:
        """The row that anyone reported to; it is noted as read."""
        carried = found.period is Kind.STATIC
        row = self._standing(series, period.end) if carried else self._sums(series, period)
        if row is None or row.reported <= 0:
            return None
        self._read.append((period, row))
        return row
