"""What a person does on a page becomes commits: signed by the server, judged like any other.

A page names the versions that it showed of each cell; what stood and was not shown stays beside
what is written, as for a laptop. Who acted is the commit's author, under the grant that lets them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from server.catalogue.keeping import catalogue_of
from server.desk.viewer import Need, Viewer
from server.devices.invites import authority
from server.filing import Filed, file_within
from sync.entry.desk import Write
from sync.ids import CommitId, PlaceId
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.value import Cell, flag_value

__all__ = ["Act", "Write", "act", "act_within", "sign_in_here"]


class Act(NamedTuple):
    """What a person writes at one place, and the need that lets them."""

    place: PlaceId
    need: Need
    cells: Sequence[Write]


async def act(
    ledger: Ledger, viewer: Viewer, acts: Sequence[Act], act_id: bytes = b""
) -> list[CommitId]:
    """Files one commit of each act, all or none: accepted and durable when this returns.

    Raises `place-unknown`, `not-allowed`, and what the register finds against a commit.
    """
    async with ledger.transaction() as database:
        return await act_within(ledger, database, viewer, acts, act_id)


async def act_within(
    ledger: Ledger, database: Database, viewer: Viewer, acts: Sequence[Act], act_id: bytes = b""
) -> list[CommitId]:
    """The same with whatever else belongs in the transaction that is open."""
    version = (await catalogue_of(ledger)).version
    filed = [
        Filed(
            place=one.place,
            author=viewer.person,
            grant=viewer.demand(one.need, one.place),
            cells=[(write.cell, write.value) for write in one.cells],
            catalogue=version,
            act=act_id,
            shown={write.cell: write.shown for write in one.cells if write.shown is not None},
        )
        for one in acts
    ]
    return await file_within(ledger, database, filed, judged=True)


async def sign_in_here(ledger: Ledger, viewer: Viewer) -> None:
    """Makes it known that the person signed in on this server, wherever they hold a grant."""
    device = ledger.register.devices[ledger.device.hex()]
    known = device.people.get(viewer.person.hex(), set())
    missing = sorted({grant.place for grant in viewer.grants.values()} - known)
    if not missing:
        return
    author, under = authority(ledger)
    cell = Cell("signin", ledger.device.hex(), viewer.person.hex())
    async with ledger.transaction() as database:
        await file_within(
            ledger,
            database,
            [Filed(place, author, under, [(cell, flag_value(True))]) for place in missing],
        )
