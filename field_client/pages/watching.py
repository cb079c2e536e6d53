"""What an open laptop looks after by itself: its file, its disk, and a rolling copy when all rests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from field_client.copies import is_due, keep_copy
from field_client.desk import Desk
from field_client.examining import free_bytes, holds_together, remember_folder
from field_client.health import is_disk_low
from field_client.pages.background import Background
from sync.entry.desk import moment
from sync.ledger.soundfile import is_guilty
from sync.problems import Problem
from sync.screens.formats import bytes_words

__all__ = ["Watch"]

_LOG = logging.getLogger("tianji.pages")
_BEGIN_SECONDS = 3.0
"""The first page comes first."""
_LOOK_SECONDS = 60.0
_COPY_HOURS = 4.0
_CLOSING_COPY_HOURS = 1.0


class Watch:
    """One laptop's health while its pages are open; `sound` is None until the file is looked over."""

    def __init__(self, desk: Desk, background: Background, tell: Callable[[], None]) -> None:
        self._desk = desk
        self._background = background
        self._tell = tell
        self._file = desk.ledger.database.path
        self._copying = asyncio.Lock()
        self.sound: bool | None = None
        self.free = free_bytes(self._file.parent)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What everybody must see on every page."""
        found = []
        if self.sound is False:
            found.append(Problem("file-damaged"))
        if self.free is not None and is_disk_low(self.free):
            found.append(Problem("disk-low", free=bytes_words(self.free)))
        return tuple(found)

    async def run(self) -> None:
        """Looks after it until it is cancelled."""
        await asyncio.sleep(_BEGIN_SECONDS)
        await remember_folder(self._desk)
        self._note(await asyncio.to_thread(holds_together, self._file))
        while True:
            self._look_at_disk()
            if self._background.rests:
                await self._copy_if_due(_COPY_HOURS)
            await asyncio.sleep(_LOOK_SECONDS)

    async def look_over(self) -> None:
        """Reads every row for damage, which takes a while, beside all that goes on."""
        self._note(not await asyncio.to_thread(is_guilty, self._file))

    async def copy(self) -> None:
        """Keeps a copy now. Raises `copy-…`, `storage-…`."""
        async with self._copying:
            await keep_copy(self._desk)
        self._tell()

    async def close(self) -> None:
        """Keeps a last copy, unless there is one of this hour."""
        await self._copy_if_due(_CLOSING_COPY_HOURS)

    def _note(self, sound: bool) -> None:
        self.sound = sound
        self._tell()

    def _look_at_disk(self) -> None:
        before, self.free = self.free, free_bytes(self._file.parent)
        if is_disk_low(before) != is_disk_low(self.free):
            self._tell()

    async def _copy_if_due(self, hours: float) -> None:
        now = moment(self._desk.now()).replace(tzinfo=None)
        try:
            if self.sound is not False and is_due(self._file.parent, now, hours):
                await self.copy()
        except (Problem, OSError):
            _LOG.warning("no copy was kept", exc_info=True)
