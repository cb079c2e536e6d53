"""Between what a total lies while values below are in dispute: whichever of the rivals are chosen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from server.catalogue.keeping import catalogue_of
from server.disputes.rivals import disputed_places
from server.exchange.figures import Figures
from server.explaining.parts import periods_of
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Kind, Period
from sync.placecontext import period_of
from sync.quantity import SCALE
from sync.rollup import Sums
from sync.value import Type

__all__ = ["Range", "disputed_range", "outermost"]

Option = tuple[int, int]
"""What one value adds: to the sum in 1/10 000, and to the places that reported."""


class Range(NamedTuple):
    """The lowest and the highest that a figure can come to, and how many values are in dispute."""

    low: Fraction
    high: Fraction
    values: int


async def disputed_range(
    books: Ledger, place: PlaceId, period: Period, code: str, today: date | None = None
) -> Range | None:
    """The range of a place's figure; None where nothing is in dispute, or where it is no sum, share
    or mean of what was entered: a rate's operands carry their own.
    """
    catalogue = await catalogue_of(books)
    found = catalogue.indicators[code]
    if found.formula or found.space not in {"sum", "share", "mean"}:
        return None
    if found.type not in {"quantity", "flag"}:
        return None
    figures = Figures(books, catalogue, [code], today)
    await figures.load([place], period)
    figure = figures.context(place, period).figure(code, period)
    periods = periods_of(catalogue, code, figure.period)
    carried = found.period is Kind.STATIC
    total = (
        [figures.standing(place, code, periods[0].end)]
        if carried
        else [figures.row(place, one.text, code) for one in periods]
    )
    if not any(row and row.disputed for row in total):
        return None
    cells: list[list[Option]] = []
    for one in periods:
        cells += await _disputed(books, place, one, code, today, carried=carried)
    if not cells:
        return None
    return outermost(total, cells, is_sum=found.space == "sum", percent=found.space == "share")


def outermost(
    rows: Iterable[Sums | None], cells: Sequence[Sequence[Option]], *, is_sum: bool, percent: bool
) -> Range | None:
    """The extremes over all choices; of each cell's options the first is the one that is counted."""
    there = [row for row in rows if row]
    number = sum(row.total for row in there) - sum(options[0][0] for options in cells)
    count = sum(row.reported for row in there) - sum(options[0][1] for options in cells)
    if is_sum:
        low = number + sum(min(option[0] for option in options) for options in cells)
        high = number + sum(max(option[0] for option in options) for options in cells)
        return Range(Fraction(low, SCALE), Fraction(high, SCALE), len(cells))
    scale = Fraction(100 if percent else 1, SCALE)
    lowest = _least_ratio(number, count, cells)
    highest = _least_ratio(-number, count, [[(-n, d) for n, d in each] for each in cells])
    if lowest is None or highest is None:
        return None
    return Range(lowest * scale, -highest * scale, len(cells))


def _least_ratio(number: int, count: int, cells: Sequence[Sequence[Option]]) -> Fraction | None:
    """The least of (number + Σ) / (count + Σ): for a ratio r, whichever options make Σ(n - r·d)
    least are taken, until r is the ratio that they have (Dinkelbach's method). None if nobody might
    be left to divide by.
    """
    if count + sum(min(d for _, d in each) for each in cells) <= 0:
        return None
    chosen = [each[0] for each in cells]
    while True:
        ratio = Fraction(number + sum(n for n, _ in chosen), count + sum(d for _, d in chosen))
        better = [min(each, key=lambda o: (o[0] - ratio * o[1], o)) for each in cells]
        found = Fraction(number + sum(n for n, _ in better), count + sum(d for _, d in better))
        if found >= ratio:
            return ratio
        chosen = better


async def _disputed(
    books: Ledger, place: PlaceId, period: Period, code: str, today: date | None, *, carried: bool
) -> list[list[Option]]:
    """What the rivals of each disputed value at or below the place would add, the shown one first."""
    tree, day = books.tree, today or period.end

    def lies_below(one: PlaceId) -> bool:
        return place in (one, books.root) or place in tree.ancestors(one, day)

    there = await disputed_places(books.database, lies_below)
    asked = "" if carried else " AND v.subject = k.column3 AND v.field = k.column4"
    keys = [(one.number, "value", *(() if carried else (period.text, code))) for one in there]
    rows = await books.database.rows_in(
        "SELECT v.place, v.subject, v.type, v.number, v.text FROM {seek} version v ON"
        f" v.place = k.column1 AND v.kind = k.column2{asked} WHERE v.field = '{code}'"
        " ORDER BY v.place, v.subject, v.shown DESC",
        keys,
    )
    cells: dict[tuple[int, str], dict[tuple[int, int, str], Option]] = defaultdict(dict)
    for number, subject, kind, amount, text in rows:
        cells[number, subject][kind, amount, text] = _option(kind, amount)
    if carried:
        cells = _latest(cells, period.end)
    return [list(values.values()) for values in cells.values() if len(values) > 1]


Cells = dict[tuple[int, str], dict[tuple[int, int, str], Option]]


def _latest(cells: Cells, day: date) -> Cells:
    """Of what is filed on change, the filing that counts on that day."""
    last: dict[int, tuple[tuple[date, date], str]] = {}
    for number, subject in cells:
        at = period_of(subject)
        if at is not None and at.start <= day:
            key = ((at.start, at.end), subject)
            last[number] = max(key, last.get(number, key))
    return {(number, subject): cells[number, subject] for number, (_, subject) in last.items()}


def _option(kind: int, amount: int) -> Option:
    if kind == Type.REASON:
        return 0, 0
    return (amount * SCALE if kind == Type.FLAG else amount), 1
