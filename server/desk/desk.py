"""What a handler works with: who called, in which language, and the books as that person sees them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date

from server.accounts.sessions import WebSession
from server.desk import acting
from server.desk.acting import Act
from server.desk.station import Station
from server.desk.viewer import Viewer
from sync.ids import CommitId, PlaceId
from sync.ledger.ledger import Ledger
from sync.texts import Language, say

__all__ = ["Desk"]


@dataclass(frozen=True)
class Desk:
    """One request of one person who is signed in."""

    station: Station
    viewer: Viewer
    session: WebSession
    language: Language

    @property
    def ledger(self) -> Ledger:
        """The ledger that writes."""
        return self.station.ledger

    @property
    def today(self) -> date:
        """The day in China."""
        return self.ledger.today()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Ledger]:
        """One moment of the books, read on a connection of its own."""
        async with self.station.readers.reading() as books:
            yield books

    async def act(self, acts: Sequence[Act], act_id: bytes = b"") -> list[CommitId]:
        """Files what the person does: `server.desk.acting.act`."""
        return await acting.act(self.ledger, self.viewer, acts, act_id)

    def name(self, place: PlaceId) -> str:
        """The place's name today, its code where it has none; the realm's own place stands for all."""
        if place == self.ledger.root:
            return say("desk-realm", self.language)
        return self.ledger.tree.name(place, self.today) or self.viewer.code(place)

    def code(self, place: PlaceId) -> str:
        """The place's code today, '' if it has none."""
        return self.ledger.tree.code(place, self.today)

    def level(self, place: PlaceId) -> str:
        """The place's level today, '' if it has none."""
        return self.ledger.tree.level(place, self.today)

    def trail(self, place: PlaceId) -> list[PlaceId]:
        """The place and what lies above it as far as the person sees, the topmost first."""
        above = [one for one in self.ledger.above(place) if self.viewer.sees(one)]
        return [one for one in reversed(above) if self.ledger.tree.name(one, self.today)]
