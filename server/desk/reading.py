"""Connections that only read: a page gets one moment of the books and waits for no transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.limits import READERS_MAX

__all__ = ["Readers"]


class Readers:
    """A few connections to a ledger's file, opened when they are first needed."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._free: asyncio.LifoQueue[Database] = asyncio.LifoQueue()
        self._opened = 0

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Ledger]:
        """The ledger as of one moment, on a connection of its own; whoever comes late waits.

        Places, people and grants are those of the ledger itself, which are in memory.
        """
        database = await self._taken()
        try:
            async with database.reading():
                yield self._ledger.read_by(database)
        finally:
            self._free.put_nowait(database)

    @property
    def in_use(self) -> int:
        """How many pages read right now."""
        return self._opened - self._free.qsize()

    async def close(self) -> None:
        """Closes what is not in use."""
        while not self._free.empty():
            await self._free.get_nowait().close()

    async def _taken(self) -> Database:
        if self._free.empty() and self._opened < READERS_MAX:
            self._opened += 1
            try:
                return await Database.open_to_read(self._ledger.database.path)
            except BaseException:
                self._opened -= 1
                raise
        return await self._free.get()
