"""Taking back what was typed a moment ago and is still nobody else's business: never sealed."""

from __future__ import annotations

from sync.ids import DeviceId, PlaceId
from sync.ledger.database import Database
from sync.ledger.edits import Pending

__all__ = ["take_back"]


async def take_back(database: Database, device: DeviceId, place: PlaceId, pending: Pending) -> None:
    """Forgets an edit that is pending, inside a transaction: what it hid stands again.

    Nothing is lost by it that anybody was ever shown by another device: what is sealed is never
    taken back, only overtyped.
    """
    await database.run(
        "DELETE FROM pending WHERE place = ? AND kind = ? AND subject = ? AND field = ?"
        " AND stamp = ?",
        (place, *pending.edit.cell, pending.stamp),
    )
    await database.run("DELETE FROM page WHERE edit = ?", (pending.name(device),))
