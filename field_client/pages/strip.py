"""The line that is always in sight: what is saved here, what isn't sent yet, when it last was."""

from __future__ import annotations

from typing import NamedTuple

from field_client.pages.background import Ended, Progress
from field_client.pages.station import Station
from field_client.status import status
from field_client.unsent import unsent
from sync.problems import Problem

__all__ = ["Strip", "strip"]


class Strip(NamedTuple):
    """True at the moment it was read: from the database and its receipts, never from a wish.

    `unsent` counts cells that no server has given a receipt for, `aside` commits that it refused or
    holds; times are seconds. `running` is the sync that is under way, `ended` the last one since
    the start; `warnings` are what is wrong with the machine: its clock, its disk, its file.
    """

    unsent: int
    conflicts: int
    aside: int
    last_contact: int | None
    clock_wrong_seconds: int | None
    running: Progress | None
    ended: Ended | None
    warnings: tuple[Problem, ...]


async def strip(station: Station) -> Strip:
    """How saving and sending stand now."""
    found = await status(station.desk)
    background = station.background
    return Strip(
        unsent=await unsent(station.desk),
        conflicts=found.conflicts,
        aside=found.held + found.parked,
        last_contact=found.last_contact,
        clock_wrong_seconds=found.clock_wrong_seconds,
        running=background.now,
        ended=background.ended,
        warnings=station.watch.warnings,
    )
