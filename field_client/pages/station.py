"""The open laptop under its pages: one ledger, who sits at it in which browser, what changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from field_client.desk import Desk
from field_client.pages.background import Background
from field_client.pages.seating import Seating
from field_client.pages.session import Session, Sessions
from field_client.pages.watching import Watch
from field_client.pins import Pins
from sync.ledger.apply import CellChange
from sync.ledger.database import Database

__all__ = ["Station"]


class Station:
    """What all pages share; made once by `app.py`, on the ledger that stays open under it."""

    def __init__(
        self, desk: Desk, random_bytes: Callable[[int], bytes], sessions: Sessions | None = None
    ) -> None:
        self.desk = desk
        self.random_bytes = random_bytes
        self.sessions = sessions or Sessions(random_bytes)
        self.pins = Pins(desk.ledger)
        self.seating = Seating(desk, self.pins)
        self.secret = random_bytes(32).hex()
        """What other commands of this laptop show to have something done here."""
        self.address = ""
        self.simulated = False
        """Whether the figures are made up; it is said on every page."""
        self.is_closing = False
        self.errands: set[asyncio.Task[Any]] = set()
        """What other commands are having done here just now."""
        self.background = Background(desk, self.tell_change)
        self.watch = Watch(desk, self.background, self.tell_change)
        self.changes = 0
        """How often something changed here: a value, a receipt, the state of a sync."""
        self._changed = asyncio.Event()
        desk.ledger.hooks.append(self._note_change)

    def link(self) -> str:
        """A new launch link, which works once."""
        return f"{self.address}/open?token={self.sessions.launch()}"

    async def demand_person(self, session: Session) -> Desk:
        """The desk as the person who is unlocked in that browser. Raises `unlock-first`."""
        return self.seating.desk_of(session)

    async def changed(self, since: int) -> int:
        """Returns once there are more changes than those that were seen."""
        while self.changes == since:
            await self._changed.wait()
        return self.changes

    def tell_change(self) -> None:
        """Wakes every page that follows along."""
        self.changes += 1
        self._changed.set()
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def at_work(self, _: object) -> AsyncIterator[None]:
        """What goes on by itself while the pages are served."""
        await self.seating.begin()
        work = (self.background.run(), self.watch.run())
        by_itself = [asyncio.create_task(one) for one in work]
        try:
            yield
        finally:
            for one in by_itself:
                one.cancel()
            await asyncio.wait(by_itself)
            await self.background.close()
            await self.watch.close()

    def close(self) -> None:
        """Ends what waits for changes: the pages are about to go."""
        self.is_closing = True
        for errand in self.errands:
            errand.cancel()
        self.tell_change()

    async def _note_change(self, _: Database, __: Sequence[CellChange]) -> None:
        self.background.note_change()
        self.tell_change()
