"""What a form of some places holds for a period, gathered in one moment of the books."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from server.entering.desk import EntryDesk
from sync.catalogue import Form, Indicator
from sync.entry.formsheet import Row, form_sheet
from sync.entry.stage import Lock
from sync.ids import EditId, PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Period
from sync.value import Value

__all__ = ["Filled", "FilledCell", "filled", "places_of_level"]


class FilledCell(NamedTuple):
    """One cell: what goes into it, whether that is recorded or only offered by another system, the
    versions that show it, what stood before, the note, and whether it may be typed into.
    """

    indicator: Indicator
    value: Value | None
    is_offered: bool
    shown: frozenset[EditId]
    last: Value | None
    year_before: Value | None
    note: str
    is_open: bool


class Filled(NamedTuple):
    """One place's form."""

    place: PlaceId
    code: str
    name: str
    above: str
    cells: tuple[FilledCell, ...]


def places_of_level(ledger: Ledger, root: PlaceId, level: str, day: date) -> list[PlaceId]:
    """The place itself and those below it that are of that level, in the order of their codes."""
    tree = ledger.tree
    found = [one for one in (root, *ledger.below(root)) if tree.level(one, day) == level]
    return sorted(dict.fromkeys(found), key=lambda one: tree.code(one, day))


async def filled(
    desk: EntryDesk, places: Sequence[PlaceId], form: Form, period: Period
) -> list[Filled]:
    """The form of each of those places."""
    return [await _filled(desk, place, form, period) for place in places]


async def _filled(desk: EntryDesk, place: PlaceId, form: Form, period: Period) -> Filled:
    sheet = await form_sheet(desk, place, form, period, calculates=False)
    tree, today = desk.ledger.tree, desk.today()
    parent = tree.parent(place, today)
    return Filled(
        place,
        desk.code(place),
        desk.name(place),
        desk.name(parent) if parent else "",
        tuple(_cells(sheet.rows)),
    )


def _cells(rows: Iterable[Row]) -> Iterable[FilledCell]:
    for row in rows:
        value, is_offered = row.value, False
        if value is None and row.offer is not None and row.offer.kind == "system":
            value, is_offered = row.offer.value, True
        yield FilledCell(
            row.indicator,
            value,
            is_offered,
            row.shown,
            row.last.value if row.last else None,
            row.year_before.value if row.year_before else None,
            row.note,
            row.lock is Lock.OPEN,
        )
