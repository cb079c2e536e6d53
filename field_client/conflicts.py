"""Conflicts: what differs, between whom, and the three ways out of it.

A conflict is settled by an ordinary value that has seen all versions; asking about it is a note on
the cell, which travels to whoever else can see it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from field_client.aside import disputed_cells
from field_client.desk import Desk
from sync.entry import typed
from sync.entry.standing import Held, State, cells_of, held_in
from sync.entry.typed import Answer
from sync.ids import EditId, PlaceId
from sync.ledger.edits import Standing
from sync.period import Period
from sync.problems import Problem
from sync.value import Cell

__all__ = ["Conflict", "ask", "conflict_at", "disputed_cells", "settle"]


class Conflict(NamedTuple):
    """A cell in which different values stand, the shown one first, with the note beside it.

    `names` are the versions' own, in that order: what settles them is told with all that the page
    showed. `devices` names laptops.
    """

    place: PlaceId
    cell: Cell
    held: tuple[Held, ...]
    names: tuple[EditId, ...]
    note: str
    devices: dict[bytes, str]


async def conflict_at(desk: Desk, place: PlaceId, cell: Cell) -> Conflict | None:
    """The conflict in a cell, None where nothing differs (any more)."""
    cells = await cells_of(desk, place, (cell.kind,), (cell.subject,))
    if cell not in cells:
        return None
    state, held = (await held_in(desk, {cell: cells[cell]}))[cell]
    if state is not State.CONFLICT:
        return None
    notes = await cells_of(desk, place, ("note",), (cell.subject,))
    noted = notes.get(Cell("note", cell.subject, cell.field))
    words = noted.pending.edit.value if noted and noted.pending else None
    if words is None and noted and noted.versions:
        words = noted.versions[0].value
    note = words.text if words else ""
    names = _names(desk, place, cell, cells[cell])
    return Conflict(place, cell, held, names, note, await desk.device_names())


async def settle(
    desk: Desk,
    place: PlaceId,
    period: Period,
    code: str,
    shown: Collection[EditId],
    *,
    chosen: EditId | None = None,
    text: str = "",
    unit: str = "",
) -> Answer:
    """Settles a conflict by one of its versions, by its name, or by a third value that is typed.

    What arrived since the page was made stays a version of its own. Raises `field-conflict-gone`
    and what `enter` raises.
    """
    found = await conflict_at(desk, place, Cell("value", period.text, code))
    if found is None or (chosen is not None and chosen not in found.names):
        raise Problem("field-conflict-gone", code=code[:40], period=period.text)
    if chosen is None:
        return await typed.enter(desk, place, period, code, text, unit, shown, settles=True)
    value = found.held[found.names.index(chosen)].value
    return await typed.put(desk, place, period, code, value, shown, settles=True)


async def ask(desk: Desk, place: PlaceId, period: Period, code: str, words: str) -> None:
    """Leaves a question on the cell; the conflict stays until somebody settles it."""
    await typed.note(desk, place, period, code, words)


def _names(desk: Desk, place: PlaceId, cell: Cell, standing: Standing) -> tuple[EditId, ...]:
    """The names of what stands, in the order in which `held_in` lists it."""
    pending = standing.pending
    names = [version.edit(place, cell) for version in standing.versions]
    if pending is None:
        return tuple(names)
    return (pending.name(desk.ledger.device), *(one for one in names if one in pending.unseen))
