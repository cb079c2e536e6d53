"""Filing as the server's own device: places, definitions, imported values, registrations.

What is filed here has seen what the database holds at that moment. Pages, which show an older
moment, go through `Ledger.record` and say what they showed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sync import clock
from sync.commit import Change, commit_of
from sync.ids import CommitId, GrantId, PersonId, PlaceId
from sync.ledger.apply import Arrival
from sync.ledger.database import Database
from sync.ledger.edits import sign
from sync.ledger.ledger import Ledger
from sync.ledger.receive import Intake
from sync.value import Cell, Value


class Filed(NamedTuple):
    """Cells of one place, filed by one person under one grant."""

    place: PlaceId
    author: PersonId
    grant: GrantId
    cells: Sequence[tuple[Cell, Value]]
    catalogue: str = ""
    act: bytes = b""


async def file(ledger: Ledger, filed: Iterable[Filed]) -> list[CommitId]:
    """Makes one commit of each and accepts them, in one transaction: all or none."""
    async with ledger.transaction() as database:
        return await file_within(ledger, database, list(filed))


async def file_within(ledger: Ledger, database: Database, filed: Sequence[Filed]) -> list[CommitId]:
    """The same inside a transaction that is open already."""
    heads = await _heads(database, {one.place for one in filed})
    stamp = await database.meta("last_stamp") or 0
    arrivals: list[Arrival] = []
    for one in filed:
        changes = []
        for cell, value in one.cells:
            stamp = clock.tick(stamp, ledger.now())
            changes.append(Change(cell, value, stamp))
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
        heads[one.place] = [commit.id]
        arrivals.append(Arrival(commit, sign(ledger.sealer, commit)))
    await database.set_meta("last_stamp", stamp)
    intake = Intake(ledger, database)
    await intake.file(arrivals)
    await intake.finish()
    return [arrival.commit.id for arrival in arrivals]


async def _heads(database: Database, places: set[PlaceId]) -> dict[PlaceId, list[CommitId]]:
    found: dict[PlaceId, list[CommitId]] = {}
    for place, commit in await database.rows_in(
        "SELECT p.id, c.id FROM place_no p JOIN head h ON h.place = p.no"
        " JOIN commits c ON c.no = h.commit_no WHERE p.id IN ({keys})",
        [(place,) for place in places],
    ):
        found.setdefault(PlaceId(place), []).append(CommitId(commit))
    return found
