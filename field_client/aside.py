"""What on this laptop is not in the books: refused, held, and disputed content."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import NamedTuple

from field_client.desk import Desk
from sync import clock
from sync.conversation import problem_of
from sync.entry.standing import Held, State, cells_of, held_in
from sync.ids import PlaceId
from sync.ledger import aside
from sync.ledger.aside import Aside
from sync.ledger.edits import pendings
from sync.problems import Problem
from sync.value import Cell, Value
from sync.wire import ProblemReply

__all__ = ["Dispute", "Parked", "disputed_cells", "disputes", "held_names", "parked"]


class Parked(NamedTuple):
    """One value of a commit that a server refused, or that still waits, with the reason."""

    state: aside.State
    why: Problem
    place: PlaceId
    cell: Cell
    value: Value
    author: bytes
    typed_at: int
    commit: bytes


class Dispute(NamedTuple):
    """A cell in which different values stand, the shown one first."""

    place: PlaceId
    cell: Cell
    held: tuple[Held, ...]


async def parked(desk: Desk) -> list[Parked]:
    """Refused and held values, the oldest first. What was sealed again since is not listed."""
    found = []
    for state in (aside.State.PARKED, aside.State.HELD):
        for one in await aside.in_state(desk.ledger.database, state):
            found += _values(one)
    return found


async def disputes(desk: Desk) -> list[Dispute]:
    """The conflicts at the places that this laptop files for."""
    found = []
    for place, cell in sorted(await disputed_cells(desk, desk.places())):
        cells = await cells_of(desk, place, (cell.kind,), (cell.subject,))
        _, versions = (await held_in(desk, {cell: cells[cell]}))[cell]
        found.append(Dispute(place, cell, versions))
    return found


async def disputed_cells(
    desk: Desk, places: Collection[PlaceId] | None = None
) -> set[tuple[PlaceId, Cell]]:
    """The cells that hold different values, at all places that are kept here or at these."""
    database = desk.ledger.database
    rows = await database.rows(
        "SELECT p.id, r.kind, r.subject, r.field FROM version r INDEXED BY version_rivals"
        " JOIN version v ON v.place = r.place AND v.kind = r.kind AND v.subject = r.subject"
        " AND v.field = r.field AND v.shown = 1 JOIN place_no p ON p.no = r.place"
        " WHERE r.shown = 0 AND v.disputed = 1"
    )
    found = {(PlaceId(row[0]), Cell(*row[1:])) for row in rows}
    for one in await pendings(database):
        key = one.edit.place, one.edit.cell
        found.discard(key)  # what is typed over a conflict settles it, but for what it had not seen
        if one.unseen:
            standing = await desk.ledger.standing(one.edit.place, [one.edit.cell[:2]])
            held = await held_in(desk, {one.edit.cell: standing[one.edit.cell]})
            if held[one.edit.cell][0] is State.CONFLICT:
                found.add(key)
    if places is None:
        return found
    wanted = set(places)
    return {one for one in found if one[0] in wanted}


async def held_names(desk: Desk) -> set[str]:
    """The commits that wait here or at the server until something arrives that they need."""
    here = await aside.in_state(desk.ledger.database, aside.State.HELD)
    there = await desk.ledger.database.meta("held_by_server")
    return {one.commit.id.hex() for one in here} | set(json.loads(there or "[]"))


def _values(one: Aside) -> list[Parked]:
    why = problem_of(ProblemReply(one.reason, {}))
    return [
        Parked(
            one.state,
            why,
            one.commit.place,
            change.cell,
            change.value,
            one.commit.author,
            clock.seconds(change.stamp),
            one.commit.id,
        )
        for change in one.commit.changes
    ]
