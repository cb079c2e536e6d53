"""'My village': a place's own figures over time, against its own target and a band of its like.

No place is ranked and none is named: of the neighbours only the middle half is shown, and only
where this laptop holds enough of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from statistics import quantiles
from typing import NamedTuple

from field_client.desk import Desk
from sync import evaluate, quantity
from sync.catalogue import Catalogue, Indicator
from sync.entry.books import Book, book_of
from sync.figure import Missing, Result
from sync.ids import PlaceId
from sync.period import Kind, Period, containing
from sync.quantity import SCALE
from sync.review import target_cell
from sync.surroundings import PEERS_MIN, neighbours
from sync.value import Type

__all__ = ["Band", "Point", "Trend", "trends"]

PERIODS_MAX = 24


class Band(NamedTuple):
    """Between which figures the middle half of the neighbours lies, and how many they are."""

    low: Fraction
    high: Fraction
    places: int


class Point(NamedTuple):
    """A place's figure for a period, what it strives for then, and where its neighbours are."""

    period: Period
    value: Result
    target: Fraction | None
    band: Band | None


class Trend(NamedTuple):
    """An indicator's points, the oldest first; those before the first known figure are left out."""

    indicator: Indicator
    points: tuple[Point, ...]


async def trends(
    desk: Desk, place: PlaceId, codes: Iterable[str] | None = None, periods: int = 8
) -> list[Trend]:
    """The trends of those indicators, or of all of the place's level that have any figure.

    At most so many periods of each indicator's own kind, up to the last that has ended.
    """
    catalogue = await desk.catalogue()
    today = desk.today()
    level = desk.level(place, today)
    book = await book_of(desk.ledger, place)
    asked = [
        one
        for code, one in sorted(catalogue.indicators.items())
        if one.level == level and (codes is None or code in set(codes))
    ]
    spans = {one.code: _span(one, desk, min(periods, PERIODS_MAX)) for one in asked}
    bands = await _bands(desk, place, asked, spans)
    targets = await _Targets.read(desk, place, book, catalogue)
    context = book.context(catalogue, level)
    found = []
    for one in asked:
        points = [
            Point(
                period,
                evaluate.indicator(one.code, context, period).value,
                targets.get(one, period),
                bands.get((one.code, period.text)),
            )
            for period in spans[one.code]
        ]
        known = [at for at, point in enumerate(points) if not isinstance(point.value, Missing)]
        if known:
            found.append(Trend(one, tuple(points[known[0] :])))
    return found


def _span(one: Indicator, desk: Desk, count: int) -> list[Period]:
    """The periods to show, the oldest first; what is filed on change is shown by years."""
    kind = Kind.YEAR if one.period is Kind.STATIC else one.period
    today = desk.today()
    last = containing(today, kind)
    if one.period is not Kind.STATIC and last.end >= today:
        last = last.previous()
    return [last.earlier(back) for back in reversed(range(count))]


class _Targets:
    """What a place strives for: its own cell, else the nearest above it, else a parameter."""

    def __init__(self, books: Sequence[Book], catalogue: Catalogue) -> None:
        self._books = books
        self._catalogue = catalogue

    @classmethod
    async def read(cls, desk: Desk, place: PlaceId, book: Book, catalogue: Catalogue) -> _Targets:
        """With the books of the places above, as far as they are kept here."""
        above = [await book_of(desk.ledger, one) for one in desk.ledger.above(place)[1:]]
        return cls([book, *above], catalogue)

    def get(self, one: Indicator, period: Period) -> Fraction | None:
        """For that period, or for the year around it."""
        for book in self._books:
            for text in dict.fromkeys((period.text, period.year().text)):
                value = book.get(target_cell(text, one.code))
                if value is not None and value.type is Type.QUANTITY:
                    return Fraction(value.number, SCALE)
        parameter = self._catalogue.parameters.get(f"P_TARGET_{one.code}")
        return Fraction(quantity.parse(parameter.value), SCALE) if parameter else None


async def _bands(
    desk: Desk, place: PlaceId, asked: Sequence[Indicator], spans: dict[str, list[Period]]
) -> dict[tuple[str, str], Band]:
    """Of the entered quantities: the middle half of the neighbours that have a figure."""
    tree, database = desk.ledger.tree, desk.ledger.database
    beside = [one for one in neighbours(tree, place, desk.today()) if one != place]
    wanted = {
        (period.text, one.code)
        for one in asked
        if one.entered and one.type == "quantity" and one.period is not Kind.STATIC
        for period in spans[one.code]
    }
    if len(beside) < PEERS_MIN:
        return {}
    numbers = await database.rows_in(
        "SELECT no FROM place_no WHERE id IN ({keys})", [(one,) for one in beside]
    )
    figures: dict[tuple[str, str], list[Fraction]] = {}
    for period, code, units in await database.rows_in(
        "SELECT subject, field, number FROM {seek} version v"
        " ON v.place = k.column1 AND v.kind = k.column2 AND v.subject = k.column3"
        f" WHERE shown = 1 AND type = {int(Type.QUANTITY)}",
        [(no, "value", text) for (no,) in numbers for text in sorted({t for t, _ in wanted})],
    ):
        if (period, code) in wanted:
            figures.setdefault((code, period), []).append(Fraction(units, SCALE))
    return {key: _band(there) for key, there in figures.items() if len(there) >= PEERS_MIN}


def _band(figures: list[Fraction]) -> Band:
    low, _, high = quantiles(figures, n=4, method="inclusive")
    return Band(low, high, len(figures))
