"""The open laptop under its pages: one ledger, who sits at it in which browser, what changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from field_client.desk import Desk
from field_client.pages.session import Session, Sessions
from field_client.pins import Pins
from sync.ledger.apply import CellChange
from sync.ledger.database import Database
from sync.problems import Problem

__all__ = ["Station"]


class Station:
    """What all pages share; made once by `app.py`, on the ledger that stays open under it."""

    def __init__(self, desk: Desk, random_bytes: Callable[[int], bytes]) -> None:
        self.desk = desk
        self.sessions = Sessions(random_bytes)
        self.pins = Pins(desk.ledger)
        self.secret = random_bytes(32).hex()
        """What other commands of this laptop show to have something done here."""
        self.address = ""
        self.simulated = False
        """Whether the figures are made up; it is said on every page."""
        self.is_closing = False
        self._changed = asyncio.Event()
        desk.ledger.hooks.append(self._note_change)

    def link(self) -> str:
        """A new launch link, which works once."""
        return f"{self.address}/open?token={self.sessions.launch()}"

    def sit_down(self, session: Session | None) -> None:
        """Unlocks the laptop's own person where no PIN asks for more."""
        assert session is not None
        session.person = self.desk.person

    async def demand_person(self, session: Session) -> Desk:
        """The desk as the person who is unlocked in that browser. Raises `unlock-first`."""
        if session.person is None:
            raise Problem("unlock-first")
        return self.desk

    async def changed(self) -> None:
        """Returns when something changed here: a value, a receipt, the state of a sync."""
        await self._changed.wait()

    def tell_change(self) -> None:
        """Wakes every page that follows along."""
        self._changed.set()
        self._changed = asyncio.Event()

    def close(self) -> None:
        """Ends what waits for changes: the pages are about to go."""
        self.is_closing = True
        self.tell_change()

    async def _note_change(self, _: Database, __: Sequence[CellChange]) -> None:
        self.tell_change()
