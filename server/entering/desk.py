"""Somebody who enters at the server: what they save is a commit of theirs, accepted when it is saved.

What is read is one moment of the books, on a connection of its own; after each write it is the
moment after it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from server.catalogue.keeping import catalogue_of
from server.desk.acting import Act, act_within
from server.desk.reading import Readers
from server.desk.viewer import Need, Viewer
from sync.catalogue import Catalogue
from sync.entry import desk as entry_desk
from sync.entry.desk import Write
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger

__all__ = ["EntryDesk"]


class EntryDesk(entry_desk.Desk):
    """One request of a person who enters for others; made by `open`."""

    holds_all = True

    def __init__(self, ledger: Ledger, viewer: Viewer, readers: Readers) -> None:
        self.ledger = ledger
        self.person = viewer.person
        self._origin = ledger
        self._viewer = viewer
        self._readers = readers
        self._moment = AsyncExitStack()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, ledger: Ledger, viewer: Viewer, readers: Readers
    ) -> AsyncIterator[EntryDesk]:
        """Reads one moment for as long as the block lasts, but while it writes."""
        desk = cls(ledger, viewer, readers)
        await desk._begin_moment()
        try:
            yield desk
        finally:
            await desk._end_moment()

    def now(self) -> int:
        """By the server's clock."""
        return self._origin.now()

    async def catalogue(self) -> Catalogue:
        """The definitions in force."""
        return await catalogue_of(self._origin)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Ledger]:
        """One transaction. The reading connection is free meanwhile: there are few of them."""
        await self._end_moment()
        try:
            async with self._origin.transaction():
                yield self._origin
        finally:
            await self._begin_moment()

    async def keep(self, place: PlaceId, writes: Sequence[Write]) -> None:
        """Files one commit under the grant that lets this person enter there, inside of `writing`.

        Raises `place-unknown`, `not-allowed`, and what the register finds against it.
        """
        acts = [Act(place, Need.ENTER, writes)]
        await act_within(self._origin, self._origin.database, self._viewer, acts)

    async def seal(self) -> None:
        """Nothing is left to seal: what is kept is a commit."""

    async def _begin_moment(self) -> None:
        self.ledger = await self._moment.enter_async_context(self._readers.reading())

    async def _end_moment(self) -> None:
        self.ledger = self._origin
        await self._moment.aclose()
