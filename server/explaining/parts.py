"""What a total is made of: what each place right below adds to it, and what was filed at the place.

The parts and the place's own come to the total exactly. A year that adds up its months takes each
month's part from whoever lay below at that month's end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from server.exchange.figures import Figures
from server.rollup.cells import load
from sync.aggregate import product_series, weight_series
from sync.catalogue import Catalogue
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Kind, Period, parse
from sync.rollup import Sums

__all__ = ["NOTHING", "Composition", "Part", "compose", "periods_of", "series_of", "summed"]

NOTHING = Sums(0, 0, 0, 0)


class Part(NamedTuple):
    """What one place adds, by series; `expected` counts the reports that could stand in it."""

    place: PlaceId
    sums: tuple[Sums, ...]
    expected: int


@dataclass(frozen=True)
class Composition:
    """A total by series, with its parts and what the place itself filed. `periods` are those that it
    adds up: one, unless a longer one is asked for.
    """

    series: tuple[str, ...]
    periods: tuple[Period, ...]
    total: tuple[Sums, ...]
    own: tuple[Sums, ...]
    parts: tuple[Part, ...]

    @property
    def adds_up(self) -> bool:
        """Whether the parts and the own come to the total; they do, or the books are damaged."""
        columns = zip(self.own, *(part.sums for part in self.parts), strict=True)
        return tuple(summed(column) for column in columns) == self.total


def series_of(catalogue: Catalogue, code: str) -> tuple[str, ...]:
    """The series that a figure is read from; none for one that is its formula over sums."""
    found = catalogue.indicators[code]
    if found.space == "weighted_mean":
        return product_series(code), weight_series(code)
    return () if found.formula and found.space != "mean" else (code,)


def periods_of(catalogue: Catalogue, code: str, found: Period) -> tuple[Period, ...]:
    """The periods of which rows make up a figure that is from that period."""
    one = catalogue.indicators[code]
    is_summed = one.time == "add" and one.period is not Kind.STATIC
    if is_summed and one.period.months < found.kind.months:
        return tuple(found.parts(one.period))
    return (found,)


async def compose(
    books: Ledger,
    catalogue: Catalogue,
    place: PlaceId,
    code: str,
    periods: Sequence[Period],
    today: date | None = None,
) -> Composition:
    """The parts of a figure. `today` asks for today's hierarchy, None for that of each period."""
    series = series_of(catalogue, code)
    under = None if place == books.root else place
    lying = {one: books.tree.under(under, today or one.end) for one in periods}
    below = tuple(dict.fromkeys(part for there in lying.values() for part in there))
    figures = Figures(books, catalogue, [code], today)
    for one in periods:
        await figures.load((place, *below), one)
    level = catalogue.indicators[code].level
    parts = []
    for part in below:
        when = [one for one in periods if part in set(lying[one])]
        sums = tuple(
            summed(_row(figures, catalogue, part, name, one) for one in when) for name in series
        )
        expected = sum(books.tree.count(part, level, today or one.end) for one in when)
        if expected or any(row != NOTHING for row in sums):
            parts.append(Part(part, sums, expected))
    total = tuple(
        summed(_row(figures, catalogue, place, name, one) for one in periods) for name in series
    )
    own = await _own(books, catalogue, place, series, periods)
    return Composition(series, tuple(periods), total, own, tuple(parts))


async def _own(
    books: Ledger,
    catalogue: Catalogue,
    place: PlaceId,
    series: Sequence[str],
    periods: Sequence[Period],
) -> tuple[Sums, ...]:
    """What the place's own cells add, taken from the cells and not from any sum."""
    rows = await books.database.rows("SELECT no FROM place_no WHERE id = ?", (place,))
    if not rows:
        return (NOTHING,) * len(series)
    ((number,),) = rows
    filed = (await load(books.database, [number]))[number]
    made = filed.contributions(catalogue, books.tree.level(place, date.max))
    wanted = {one.text for one in periods}
    is_carried = catalogue.indicators[series[0].partition("*")[0]].period is Kind.STATIC
    return tuple(
        summed(
            Sums(one.reported, one.no_value, one.total, one.disputed)
            for (name, text), one in made.items()
            if name == each
            and (parse(text).start <= periods[-1].end if is_carried else text in wanted)
        )
        for each in series
    )


def _row(
    figures: Figures, catalogue: Catalogue, place: PlaceId, series: str, period: Period
) -> Sums:
    code = series.partition("*")[0].partition("/")[0]
    if catalogue.indicators[code].period is Kind.STATIC:
        return figures.standing(place, series, period.end) or NOTHING
    return figures.row(place, period.text, series) or NOTHING


def summed(rows: Iterable[Sums]) -> Sums:
    """The rows added up, nothing where there are none."""
    return Sums(*map(sum, zip(NOTHING, *rows, strict=True)))
