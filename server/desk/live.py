"""Telling open pages that something changed at their place or below it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sync.ids import PlaceId
from sync.ledger.apply import CellChange
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger

__all__ = ["Live"]


class Live:
    """Who follows which place; a hook of the ledger wakes them."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._followers: dict[PlaceId, set[asyncio.Event]] = {}
        self.is_closing = False
        ledger.hooks.append(self._note)

    @contextmanager
    def following(self, place: PlaceId) -> Iterator[asyncio.Event]:
        """Set when something changes at the place or below it, for as long as the block lasts; it is
        set within the transaction: `settled` says when what was told of can be read.
        """
        event = asyncio.Event()
        self._followers.setdefault(place, set()).add(event)
        try:
            yield event
        finally:
            there = self._followers[place]
            there.discard(event)
            if not there:
                del self._followers[place]

    async def settled(self) -> None:
        """Waits for the end of the transaction that is under way."""
        await self._ledger.database.settled()

    def close(self) -> None:
        """Ends what waits: the pages are about to go."""
        self.is_closing = True
        for there in self._followers.values():
            for event in there:
                event.set()

    async def _note(self, _: Database, changes: Sequence[CellChange]) -> None:
        if not self._followers:
            return
        touched = {change.place for change in changes}
        above = {one for place in touched for one in self._ledger.above(place)}
        for place in above & self._followers.keys():
            for event in self._followers[place]:
                event.set()
