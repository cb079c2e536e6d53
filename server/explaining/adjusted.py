"""Figures as reported and as adjusted, side by side: adjustments flow through formulas too."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple

from server.exchange.figures import Figures
from server.explaining.adjustments import Adjusted, adjusted_in
from sync.catalogue import Catalogue
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Period
from sync.rollup import Figure, Sums

__all__ = ["Both", "adjusted_figures", "entered_below", "with_adjustments"]

ByCell = Mapping[tuple[str, str], Adjusted]
"""What to add, by period text and code."""


class Both(NamedTuple):
    """A figure as reported, and as adjusted by so many adjustments: of its own or its operands.

    `keys` are the periods and codes of those.
    """

    reported: Figure
    adjusted: Figure
    number: int
    keys: frozenset[tuple[str, str]]


async def adjusted_figures(
    books: Ledger,
    catalogue: Catalogue,
    figures: Figures,
    places: Collection[PlaceId],
    period: Period,
    codes: Collection[str],
    today: date | None = None,
) -> dict[tuple[PlaceId, str], Both]:
    """The figures that are adjusted, of places that `figures` has loaded for that period."""
    entered = {one for code in codes for one in entered_below(catalogue, code)}
    found = await adjusted_in(books, catalogue, places, figures.periods, entered, today)
    by_place: dict[PlaceId, dict[tuple[str, str], Adjusted]] = {}
    for (place, text, code), there in found.items():
        by_place.setdefault(place, {})[text, code] = there
    return {
        (place, code): both
        for place, added in by_place.items()
        for code in codes
        if (both := with_adjustments(figures, place, period, code, added)).number
    }


def with_adjustments(
    figures: Figures, place: PlaceId, period: Period, code: str, added: ByCell
) -> Both:
    """One figure with these added. An adjustment counts from 0 where nobody has reported, unless the
    figure is from the latest period that is known: one that is only adjusted is not known yet.
    """
    plain = figures.context(place, period)
    noted = _Noted()
    for (text, one), there in added.items():
        row = figures.row(place, text, one)
        missing = row is None or row.reported <= 0
        is_meant = text == period.text or plain.catalogue.indicators[one].time == "add"
        if is_meant or not missing:
            noted[text, one] = Sums(int(missing), 0, there.amount)
    as_adjusted = figures.context(place, period, noted).figure(code, period)
    number = sum(added[key].number for key in noted.read)
    as_reported = plain.figure(code, period)
    keys = frozenset(noted.read)
    return Both(as_reported, as_adjusted if keys else as_reported, number, keys)


def entered_below(catalogue: Catalogue, code: str) -> frozenset[str]:
    """The entered indicators that a figure is made of: itself, or its operands through formulas."""
    entered: set[str] = set()
    waiting, seen = [code], {code}
    while waiting:
        one = catalogue.indicators.get(waiting.pop())
        if one is None:
            continue
        if not one.formula:
            entered.add(one.code)
            continue
        new = catalogue.formulas[one.code].names - seen
        seen |= new
        waiting += sorted(new)
    return frozenset(entered)


class _Noted(dict[tuple[str, str], Sums]):
    """What to add, noting what a figure turned out to be made of."""

    def __init__(self) -> None:
        super().__init__()
        self.read: set[tuple[str, str]] = set()

    def get(self, key: tuple[str, str], default: Sums | None = None) -> Sums | None:  # type: ignore[override]  # narrower
        """What to add there."""
        if key in self:
            self.read.add(key)
        return super().get(key, default)
