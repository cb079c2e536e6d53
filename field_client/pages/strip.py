"""The line that is always in sight: what is saved here, what isn't sent yet, when it last was."""

from __future__ import annotations

from typing import NamedTuple

from field_client.pages.station import Station
from field_client.status import status

__all__ = ["Strip", "strip"]


class Strip(NamedTuple):
    """True at the moment it was read: from the database and its receipts, never from a wish.

    `unsent` counts edits and own commits that no server has receipted; times are seconds.
    """

    unsent: int
    conflicts: int
    aside: int
    last_contact: int | None
    clock_wrong_seconds: int | None


async def strip(station: Station) -> Strip:
    """How saving and sending stand now."""
    found = await status(station.desk)
    return Strip(
        found.pending + found.unreceipted,
        found.conflicts,
        found.held + found.parked,
        found.last_contact,
        found.clock_wrong_seconds,
    )
