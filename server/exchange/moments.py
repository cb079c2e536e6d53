"""How a long reader reads: a moment of the books at a time, so that it holds up nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sync.ledger.ledger import Ledger

__all__ = ["Reading", "own_reading"]

Reading = Callable[[], AbstractAsyncContextManager[Ledger]]
"""Gives one moment of the books."""


def own_reading(ledger: Ledger) -> Reading:
    """Moments read on the connection that writes, as commands do, between its transactions."""

    @asynccontextmanager
    async def reading() -> AsyncIterator[Ledger]:
        async with ledger.database.reading():
            yield ledger

    return reading
