"""Filing as the server's own device: places, definitions, imported values, registrations.

What is filed here has seen what the database holds at that moment. A page shows an older moment: it
says which versions it showed, and whatever stood besides them stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sync import clock
from sync.commit import Change, Commit, commit_of
from sync.ids import CommitId, EditId, GrantId, PersonId, PlaceId
from sync.ledger.apply import Arrival, versions_of
from sync.ledger.database import Database
from sync.ledger.edits import sign
from sync.ledger.ledger import Ledger
from sync.ledger.receive import Intake
from sync.problems import Problem
from sync.value import Cell, Value


class Filed(NamedTuple):
    """Cells of one place, filed by one person under one grant."""

    place: PlaceId
    author: PersonId
    grant: GrantId
    cells: Sequence[tuple[Cell, Value]]
    catalogue: str = ""
    act: bytes = b""
    shown: Mapping[Cell, Collection[EditId]] = {}
    """By cell what its page showed; a cell that isn't named here has seen all that stands."""


async def file(ledger: Ledger, filed: Iterable[Filed]) -> list[CommitId]:
    """Makes one commit of each and accepts them, in one transaction: all or none."""
    async with ledger.transaction() as database:
        return await file_within(ledger, database, list(filed))


async def file_within(
    ledger: Ledger, database: Database, filed: Sequence[Filed], *, judged: bool = False
) -> list[CommitId]:
    """The same inside a transaction that is open already.

    `judged` asks the register about each as about any laptop's. Raises what speaks against it.
    """
    heads = await _heads(database, {one.place for one in filed})
    unseen = await _unseen(database, filed)
    stamp = await database.meta("last_stamp") or 0
    arrivals: list[Arrival] = []
    for one in filed:
        changes = []
        for cell, value in one.cells:
            stamp = clock.tick(stamp, ledger.now())
            changes.append(Change(cell, value, stamp, unseen.get((one.place, cell), ())))
        commit = commit_of(
            realm=ledger.realm,
            place=one.place,
            parents=heads.get(one.place, ()),
            device=ledger.device,
            author=one.author,
            grant=one.grant,
            catalogue=one.catalogue,
            act=one.act,
            changes=changes,
        )
        if judged:
            _judge(ledger, commit)
        heads[one.place] = [commit.id]
        arrivals.append(Arrival(commit, sign(ledger.sealer, commit)))
    await database.set_meta("last_stamp", stamp)
    intake = Intake(ledger, database)
    await intake.file(arrivals)
    await intake.finish()
    return [arrival.commit.id for arrival in arrivals]


def _judge(ledger: Ledger, commit: Commit) -> None:
    """Raises what the register finds against a commit that is about to be filed."""
    code = ledger.register.judge(commit, ledger.above(commit.place), ledger.now())
    if code is not None:
        raise Problem(code)


async def _unseen(
    database: Database, filed: Sequence[Filed]
) -> dict[tuple[PlaceId, Cell], tuple[EditId, ...]]:
    """By cell the versions that stand and were not on the page that is being saved."""
    pages = {(one.place, cell): set(names) for one in filed for cell, names in one.shown.items()}
    if not pages:
        return {}
    numbers = await database.rows_in(
        "SELECT id, no FROM place_no WHERE id IN ({keys})",
        [(place,) for place in {place for place, _ in pages}],
    )
    subjects = {(place, cell.kind, cell.subject) for place, cell in pages}
    standing, _ = await versions_of(database, {PlaceId(p): no for p, no in numbers}, subjects)
    return {
        (place, cell): tuple(
            name
            for version in standing.get((place, cell), ())
            if (name := version.edit(place, cell)) not in names
        )
        for (place, cell), names in pages.items()
    }


async def _heads(database: Database, places: set[PlaceId]) -> dict[PlaceId, list[CommitId]]:
    found: dict[PlaceId, list[CommitId]] = {}
    for place, commit in await database.rows_in(
        "SELECT p.id, c.id FROM place_no p JOIN head h ON h.place = p.no"
        " JOIN commits c ON c.no = h.commit_no WHERE p.id IN ({keys})",
        [(place,) for place in places],
    ):
        found.setdefault(PlaceId(place), []).append(CommitId(commit))
    return found
