"""What a place's neighbours filed, as far as this laptop keeps them, for checks that compare."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fractions import Fraction

from sync.entry.desk import Desk
from sync.ids import PlaceId
from sync.ledger.edits import pendings
from sync.period import Period
from sync.quantity import SCALE
from sync.surroundings import neighbours
from sync.value import Type

__all__ = ["peer_values"]

_Figure = tuple[PlaceId, str, str, int, int]
"""A place's value: period, code, type and number."""


async def peer_values(
    desk: Desk, place: PlaceId, periods: Iterable[Period], codes: Collection[str]
) -> dict[tuple[str, str], dict[PlaceId, Fraction]]:
    """The quantities of those codes and periods, by period and code; the place's own are left out.

    A village's laptop holds no neighbours and asks nothing.
    """
    database, tree = desk.ledger.database, desk.ledger.tree
    beside = {
        period.text: {one for one in neighbours(tree, place, period.end) if one != place}
        for period in periods
    }
    every = sorted({one for there in beside.values() for one in there})
    found: dict[tuple[str, str], dict[PlaceId, Fraction]] = {}
    if not every:
        return found
    numbers = await database.rows_in(
        "SELECT no, id FROM place_no WHERE id IN ({keys})", [(one,) for one in every]
    )
    ids = {number: PlaceId(one) for number, one in numbers}
    rows = await database.rows_in(
        "SELECT place, subject, field, type, number FROM {seek} version v"
        " ON v.place = k.column1 AND v.kind = k.column2 AND v.subject = k.column3"
        " AND v.field = k.column4 WHERE shown = 1",
        [
            (number, "value", period, code)
            for number, one in ids.items()
            for period, there in beside.items()
            if one in there
            for code in sorted(codes)
        ],
    )
    figures: list[_Figure] = [(ids[row[0]], *row[1:]) for row in rows]
    for one, period, code, type_, units in figures + await _pending(desk, every):
        if code in codes and one in beside.get(period, ()):
            there = found.setdefault((period, code), {})
            there.pop(one, None)
            if type_ == Type.QUANTITY:
                there[one] = Fraction(units, SCALE)
    return found


async def _pending(desk: Desk, places: Collection[PlaceId]) -> list[_Figure]:
    """What is recorded here of those places and not sealed yet."""
    return [
        (one.edit.place, *one.edit.cell[1:], one.edit.value.type, one.edit.value.number)
        for one in await pendings(desk.ledger.database, places)
        if one.edit.cell.kind == "value"
    ]
