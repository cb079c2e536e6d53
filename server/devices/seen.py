"""When each device last synced, and what it said of itself: noted in memory, written now and then.

A sync costs no write for it. What was noted since the last writing is lost if the process dies, and
then a device seems to have been away up to a minute longer than it was.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from contextlib import suppress
from typing import NamedTuple

from sync.ids import DeviceId
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.problems import Problem

__all__ = ["Seen", "Sightings", "software_in"]

_WRITTEN_SECONDS = 60.0
_SOFTWARE = re.compile(r"tianji/([0-9A-Za-z.+-]{1,40})(?: |\Z)")


class Seen(NamedTuple):
    """A device's last sync: when, in which protocol, by which software ('' if it didn't say), and
    how far its clock was ahead of the server's.
    """

    at: int
    protocol: int
    software: str
    ahead_seconds: int


def software_in(header: str) -> str:
    """The version that a laptop's `user-agent` names, '' for any other program's."""
    found = _SOFTWARE.match(header)
    return found.group(1) if found else ""


class Sightings:
    """What is known of the devices that synced with this server."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._unwritten: dict[DeviceId, Seen] = {}

    def note(self, device: DeviceId, protocol: int, software: str, clock: int) -> None:
        """A device's request was taken; `clock` is what its own clock said."""
        now = self._ledger.now()
        self._unwritten[device] = Seen(now, protocol, software, clock - now)

    async def of(self, database: Database, devices: Collection[DeviceId]) -> dict[DeviceId, Seen]:
        """Those of the devices that ever synced here."""
        rows = await database.rows_in(
            "SELECT device, at, protocol, software, ahead_seconds FROM device_seen"
            " WHERE device IN ({keys})",
            [(device,) for device in devices],
        )
        found = {DeviceId(device): Seen(*row) for device, *row in rows}
        asked = set(devices)
        return found | {name: seen for name, seen in self._unwritten.items() if name in asked}

    async def every(self, database: Database) -> dict[DeviceId, Seen]:
        """All devices that ever synced here."""
        rows = await database.rows(
            "SELECT device, at, protocol, software, ahead_seconds FROM device_seen"
        )
        return {DeviceId(device): Seen(*row) for device, *row in rows} | self._unwritten

    async def run(self) -> None:
        """Writes what was noted, once a minute, until it is cancelled."""
        while True:
            await asyncio.sleep(_WRITTEN_SECONDS)
            with suppress(Problem):  # a disk that is busy or full now may not be so later
                await self.write()

    async def write(self) -> None:
        """Writes what was noted since the last time."""
        noted, self._unwritten = self._unwritten, {}
        if not noted:
            return
        try:
            async with self._ledger.transaction() as database:
                await database.run_many(
                    "INSERT INTO device_seen (device, at, protocol, software, ahead_seconds)"
                    " VALUES (?,?,?,?,?) ON CONFLICT (device) DO UPDATE SET at = excluded.at,"
                    " protocol = excluded.protocol, software = excluded.software,"
                    " ahead_seconds = excluded.ahead_seconds",
                    [(device, *seen) for device, seen in noted.items()],
                )
        except BaseException:
            self._unwritten = noted | self._unwritten
            raise
