"""What stands in a place's cells: versions, what is pending on top, and how far each has come."""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from typing import NamedTuple

from sync import clock
from sync.entry.desk import Desk
from sync.history import Version
from sync.ids import CommitId, PlaceId
from sync.ledger.edits import Standing, pendings
from sync.value import Cell, Value

__all__ = ["Held", "State", "Values", "cells_of", "held_in", "shown_value", "values_of"]


class State(StrEnum):
    """How far a cell's value has come."""

    NONE = "none"
    UNSEALED = "unsealed"
    SEALED = "sealed"
    RECEIPTED = "receipted"
    CONFLICT = "conflict"


class Held(NamedTuple):
    """One value that stands in a cell, by whom and when it was typed.

    `commit` is None while it is not sealed; `accepted_at` is None while no server has it.
    """

    value: Value
    author: bytes
    device: bytes
    typed_at: int
    commit: CommitId | None
    accepted_at: int | None


Values = dict[str, dict[str, Value]]
"""Period text -> indicator code -> the value shown."""


async def cells_of(
    desk: Desk, place: PlaceId, kinds: tuple[str, ...], subjects: tuple[str, ...] | None = None
) -> dict[Cell, Standing]:
    """All cells of those kinds at a place, under those subjects if any are given."""
    ledger = desk.ledger
    wanted: set[tuple[str, str]] = set()
    if subjects is None:
        for kind in kinds:
            rows = await ledger.database.rows(
                "SELECT DISTINCT v.subject FROM version v JOIN place_no p ON p.no = v.place"
                " WHERE p.id = ? AND v.kind = ?",
                (place, kind),
            )
            wanted |= {(kind, row[0]) for row in rows}
        for pending in await pendings(ledger.database, [place]):
            if pending.edit.cell.kind in kinds:
                wanted.add(pending.edit.cell[:2])
    else:
        wanted = {(kind, subject) for kind in kinds for subject in subjects}
    return await ledger.standing(place, wanted)


def shown_value(standing: Standing) -> Value | None:
    """What the cell shows: what was typed last here, else the shown version."""
    if standing.pending is not None:
        return standing.pending.edit.value
    return standing.versions[0].value if standing.versions else None


async def values_of(desk: Desk, place: PlaceId) -> Values:
    """All reported values of a place as they are shown, for checks."""
    found: Values = defaultdict(dict)
    for cell, standing in (await cells_of(desk, place, ("value",))).items():
        value = shown_value(standing)
        if value is not None:
            found[cell.subject][cell.field] = value
    return dict(found)


async def held_in(
    desk: Desk, cells: dict[Cell, Standing]
) -> dict[Cell, tuple[State, tuple[Held, ...]]]:
    """For each cell its state and what stands in it, the shown one first.

    What is pending hides the versions that it overtypes, and no others.
    """
    commits = {version.commit for one in cells.values() for version in one.versions}
    accepted: dict[CommitId, int | None] = dict(
        await desk.ledger.database.rows_in(
            "SELECT id, accepted_at FROM commits WHERE id IN ({keys})",
            [(commit,) for commit in sorted(commits)],
        )
    )
    device = desk.ledger.device
    found = {}
    for cell, standing in cells.items():
        held: list[Held] = []
        versions = standing.versions
        pending = standing.pending
        if pending is not None:
            edit = pending.edit
            held.append(
                Held(edit.value, edit.author, device, clock.seconds(pending.stamp), None, None)
            )
            versions = tuple(
                one for one in versions if one.edit(edit.place, cell) in pending.unseen
            )
        held += [_held(version, accepted) for version in versions]
        found[cell] = _state(held), tuple(held)
    return found


def _held(version: Version, accepted: dict[CommitId, int | None]) -> Held:
    return Held(
        version.value,
        version.author,
        version.device,
        clock.seconds(version.stamp),
        version.commit,
        accepted.get(version.commit),
    )


def _state(held: list[Held]) -> State:
    if not held:
        return State.NONE
    if len({one.value for one in held}) > 1:
        return State.CONFLICT
    if any(one.commit is None for one in held):
        return State.UNSEALED
    return State.RECEIPTED if held[0].accepted_at is not None else State.SEALED
