"""Taking commits that a server accepted: what is receipted stands, and vouches for its ancestors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sync.commit import Commit
from sync.ids import CommitId, PlaceId
from sync.ledger import aside
from sync.ledger.acceptance import accept
from sync.ledger.apply import Arrival, CellChange, apply
from sync.ledger.aside import Aside, State
from sync.ledger.database import Database
from sync.value import Cell


async def take(
    database: Database,
    arrivals: Iterable[Arrival],
    now: int,
    *,
    position: int | None = None,
    accepted_now: int | None = None,
) -> tuple[list[CommitId], list[CellChange]]:
    """Applies accepted commits with all that was waiting for them; holds what lacks a parent.

    Each arrival must hold a good receipt, or be vouched for by one that does. A server gives its
    next `position` and the time. Returns the commits that are newly applied, and what they changed.
    """
    wanted = {arrival.commit.id: arrival for arrival in arrivals}
    if not wanted:
        return [], []
    waiting = await aside.in_state(
        database, State.HELD, {arrival.commit.place for arrival in wanted.values()}
    )
    for held in waiting:
        if held.receipts and held.commit.id not in wanted:
            wanted[held.commit.id] = Arrival(held.commit, held.signature, held.receipts)
    known = await known_commits(database, _names(wanted))
    vouched = await _vouched(database, wanted, known)
    ready, lacking = arrange({**vouched, **wanted}, known)
    ready = [arrival._replace(accepted_now=accepted_now) for arrival in ready]
    changes = await apply(database, ready, position=position)
    await aside.take_out(database, [arrival.commit.id for arrival in ready])
    await aside.put(
        database,
        [
            Aside(a.commit, a.signature, State.HELD, "unknown-parent", a.receipts, None, now)
            for a in lacking
            if a.receipts
        ],
    )
    receipted = {a.commit.id: a.receipts for a in wanted.values() if a.receipts}
    here = known | {arrival.commit.id for arrival in ready}
    changes += await accept(database, {c: r for c, r in receipted.items() if c in here})
    return [arrival.commit.id for arrival in ready], _each_once(changes)


def _each_once(changes: Iterable[CellChange]) -> list[CellChange]:
    """One change of each cell, from what was first to what is last: whoever keeps sums by
    differences would count the way between twice.
    """
    found: dict[tuple[PlaceId, Cell], CellChange] = {}
    for change in changes:
        first = found.get(change[:2], change)
        found[change.place, change.cell] = change._replace(before=first.before)
    return list(found.values())


async def known_commits(database: Database, names: Iterable[CommitId]) -> set[CommitId]:
    """Those of the commits that are applied here."""
    return set(await known_places(database, names))


async def known_places(database: Database, names: Iterable[CommitId]) -> dict[CommitId, PlaceId]:
    """Those of the commits that are applied here, and their places."""
    rows = await database.rows_in(
        "SELECT c.id, p.id FROM commits c JOIN place_no p ON p.no = c.place WHERE c.id IN ({keys})",
        [(name,) for name in sorted(set(names))],
    )
    return {CommitId(commit): PlaceId(place) for commit, place in rows}


def arrange(
    wanted: Mapping[CommitId, Arrival], known: set[CommitId]
) -> tuple[list[Arrival], list[Arrival]]:
    """Those that can be applied, parents first, and those that lack a parent."""
    ready: list[Arrival] = []
    done = set(known)
    left = {name: arrival for name, arrival in wanted.items() if name not in known}
    found = True
    while found:
        found = False
        for name, arrival in list(left.items()):
            if done.issuperset(arrival.commit.parents):
                del left[name]
                done.add(name)
                ready.append(arrival)
                found = True
    return ready, list(left.values())


async def _vouched(
    database: Database, wanted: Mapping[CommitId, Arrival], known: set[CommitId]
) -> dict[CommitId, Arrival]:
    """Commits aside that a receipted one builds on: its receipt is good for them too."""
    found: dict[CommitId, Arrival] = {}
    asked = _parents([a.commit for a in wanted.values() if a.receipts]) - known - wanted.keys()
    while asked:
        more = await aside.by_id(database, asked)
        for name, held in more.items():
            found[name] = Arrival(held.commit, held.signature, held.receipts)
        parents = _parents([held.commit for held in more.values()])
        known |= await known_commits(database, parents)
        asked = parents - known - wanted.keys() - found.keys()
    return found


def _names(wanted: Mapping[CommitId, Arrival]) -> set[CommitId]:
    return wanted.keys() | _parents([arrival.commit for arrival in wanted.values()])


def _parents(commits: Iterable[Commit]) -> set[CommitId]:
    return {parent for commit in commits for parent in commit.parents}
