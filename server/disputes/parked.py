"""Commits that lie aside at the server: what is in them, why, since when, and whose they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from sync import clock, commit_bytes
from sync.commit import Change
from sync.conversation import problem_of
from sync.ids import CommitId, DeviceId, PersonId, PlaceId
from sync.ledger.aside import State
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.problems import Problem
from sync.value import Cell, Value
from sync.wire import ProblemReply

__all__ = ["FIRST", "STATES", "Key", "Listed", "Parcel", "parcel", "parcels", "places_with_any"]

STATES = (State.PARKED, State.HELD)
Key = tuple[str, str, str]
"""A place's code and id, and a commit: by which the list is read on."""

FIRST: Key = ("", "", "")
_CHANGES_MAX = 30


class Parcel(NamedTuple):
    """One commit aside. `more` counts changes that are not listed; `now` is what stands in the cells
    of those that are.
    """

    commit: CommitId
    state: State
    why: Problem
    reason: str
    place: PlaceId
    author: PersonId
    device: DeviceId
    carrier: DeviceId
    since: int
    typed_at: int
    changes: tuple[Change, ...]
    more: int
    now: dict[Cell, Value]


class Listed(NamedTuple):
    """Some of them, how many places have any, and the key to go on from, None at the end."""

    parcels: list[Parcel]
    places: int
    after: Key | None


async def places_with_any(
    database: Database, wanted: Callable[[PlaceId], bool], states: Sequence[State] = STATES
) -> list[PlaceId]:
    """The wanted places with commits aside: by steps in the index, from place to place."""
    found: set[PlaceId] = set()
    for state in states:
        rows = await database.rows(
            "WITH RECURSIVE at (place) AS ("
            " SELECT min(place) FROM aside WHERE state = ?1 UNION ALL"
            " SELECT (SELECT min(a.place) FROM aside a WHERE a.state = ?1 AND a.place > at.place)"
            " FROM at WHERE at.place IS NOT NULL)"
            " SELECT place FROM at WHERE place IS NOT NULL",
            (state,),
        )
        found |= {PlaceId(place) for (place,) in rows}
    return sorted(place for place in found if wanted(place))


async def parcels(
    books: Ledger,
    wanted: Callable[[PlaceId], bool],
    most: int,
    after: Key = FIRST,
    states: Sequence[State] = STATES,
) -> Listed:
    """Some of those at the wanted places after a key, by the places' codes."""
    tree, today = books.tree, books.today()
    places = await places_with_any(books.database, wanted, states)
    ordered = sorted((tree.code(place, today), place.hex(), place) for place in places)
    marks = ",".join(f"'{state}'" for state in states)
    found: list[Parcel] = []
    for code, name, place in ordered:
        if (code, name) < after[:2]:
            continue
        last = bytes.fromhex(after[2]) if (code, name) == after[:2] else b""
        rows = await books.database.rows(
            "SELECT id FROM aside WHERE place = ? AND id > ? AND"
            f" state IN ({marks}) ORDER BY id LIMIT ?",
            (place, last, most + 1 - len(found)),
        )
        found += await _read(books, [CommitId(row[0]) for row in rows])
        if len(found) > most:
            edge = found[most - 1]
            key = (tree.code(edge.place, today), edge.place.hex(), edge.commit.hex())
            return Listed(found[:most], len(ordered), key)
    return Listed(found, len(ordered), None)


async def parcel(books: Ledger, place: PlaceId, commit: CommitId) -> Parcel | None:
    """One of them, None where it is aside there no longer."""
    found = await _read(books, [commit])
    return found[0] if found and found[0].place == place and found[0].state in STATES else None


async def _read(books: Ledger, names: Collection[CommitId]) -> list[Parcel]:
    rows = await books.database.rows_in(
        "SELECT body, state, reason, carrier, since FROM aside WHERE id IN ({keys}) ORDER BY id",
        [(name,) for name in names],
    )
    found = []
    for body, state, reason, carrier, since in rows:
        commit = commit_bytes.decode(body)
        listed = commit.changes[:_CHANGES_MAX]
        found.append(
            Parcel(
                commit=commit.id,
                state=State(state),
                why=problem_of(ProblemReply(reason, {})),
                reason=reason,
                place=commit.place,
                author=commit.author,
                device=commit.device,
                carrier=DeviceId(carrier),
                since=since,
                typed_at=clock.seconds(max(change.stamp for change in commit.changes)),
                changes=listed,
                more=len(commit.changes) - len(listed),
                now=await _now(books, commit.place, [change.cell for change in listed]),
            )
        )
    return found


async def _now(books: Ledger, place: PlaceId, cells: Sequence[Cell]) -> dict[Cell, Value]:
    standing = await books.standing(place, {cell[:2] for cell in cells})
    return {
        cell: standing[cell].versions[0].value
        for cell in cells
        if cell in standing and standing[cell].versions
    }
