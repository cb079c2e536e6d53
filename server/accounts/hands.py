"""In whose name a change to people and grants is filed: the server's own, or an administrator's.

Commands act in the name of the first administrator, since whoever runs them holds the server; what
is done on a page is a commit of whoever does it, under that person's own grant.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from server.desk.acting import Act, Write, act_within
from server.desk.viewer import Need, Viewer
from server.devices.invites import authority
from server.filing import Filed, file_within
from sync.ids import PlaceId
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.value import Cell, Value

__all__ = ["Hand", "as_administrator", "as_authority"]

Hand = Callable[[Ledger, Database, PlaceId, Sequence[tuple[Cell, Value]]], Awaitable[None]]
"""Files cells at a place, inside a transaction that is open."""


async def as_authority(
    ledger: Ledger, database: Database, place: PlaceId, cells: Sequence[tuple[Cell, Value]]
) -> None:
    """In the name of the first administrator."""
    author, grant = authority(ledger)
    await file_within(ledger, database, [Filed(place, author, grant, cells)])


def as_administrator(viewer: Viewer) -> Hand:
    """In the name of that person, who must administer the place."""

    async def file(
        ledger: Ledger, database: Database, place: PlaceId, cells: Sequence[tuple[Cell, Value]]
    ) -> None:
        written = [Write(cell, value) for cell, value in cells]
        await act_within(ledger, database, viewer, [Act(place, Need.ADMINISTER, written)])

    return file
