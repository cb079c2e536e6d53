"""What on this laptop is not in the books: refused, held, and disputed content."""

from __future__ import annotations

import json
from typing import NamedTuple

from field_client.desk import Desk
from field_client.standing import Held, State, cells_of, held_in
from sync import clock
from sync.conversation import problem_of
from sync.ids import PlaceId
from sync.ledger import aside
from sync.ledger.aside import Aside
from sync.ledger.edits import pendings
from sync.problems import Problem
from sync.value import Cell, Value
from sync.wire import ProblemReply

__all__ = ["Dispute", "Parked", "disputes", "held_names", "parked"]


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
    database = desk.ledger.database
    rivals = await database.rows(
        "SELECT DISTINCT p.id, v.kind, v.subject FROM version v INDEXED BY version_rivals"
        " JOIN place_no p ON p.no = v.place WHERE v.shown = 0"
    )
    where = {(PlaceId(place), kind, subject) for place, kind, subject in rivals}
    where |= {
        (one.edit.place, *one.edit.cell[:2]) for one in await pendings(database) if one.unseen
    }
    ours = set(desk.places())
    found = []
    for place, kind, subject in where:
        if place in ours:
            held = await held_in(desk, await cells_of(desk, place, (kind,), (subject,)))
            found += [
                Dispute(place, cell, versions)
                for cell, (state, versions) in held.items()
                if state is State.CONFLICT
            ]
    return sorted(found, key=lambda one: (one.place, one.cell))


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
