"""What can wait gives way to what somebody waits for: checks rest while a page is being made.

All of a server's work shares one thread. A page is many short steps, and each would wait behind a
whole place's checks; so those ask for a turn before each piece of work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from sync.limits import COURTESY_SECONDS_MAX

__all__ = ["Courteous", "Courtesy", "Turn", "at_once"]

Turn = Callable[[], Awaitable[None]]
"""Returns when it is one's turn."""

_NOBODY_WAITS = ("/sync/", "/api/live", "/static/", "/metrics", "/healthz")


async def at_once() -> None:
    """The turn of whoever gives way to nobody in particular."""
    await asyncio.sleep(0)


class Courtesy:
    """Knows whether anybody waits for a page just now."""

    def __init__(self) -> None:
        self._waiting = 0
        self._free = asyncio.Event()
        self._free.set()

    @contextmanager
    def page(self) -> Iterator[None]:
        """While a page is being made."""
        self._waiting += 1
        self._free.clear()
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._free.set()

    async def turn(self) -> None:
        """Returns when nobody waits for a page; where somebody always does, after a moment all the
        same, so that what can wait gets done.
        """
        await asyncio.sleep(0)
        try:
            await asyncio.wait_for(self._free.wait(), COURTESY_SECONDS_MAX)
        except TimeoutError:
            return


class Courteous:
    """An application that lets it be known while it makes a page."""

    def __init__(self, app: ASGIApp, courtesy: Courtesy) -> None:
        self._app = app
        self._courtesy = courtesy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands the request on."""
        if scope["type"] != ScopeType.HTTP or scope["path"].startswith(_NOBODY_WAITS):
            await self._app(scope, receive, send)
            return
        with self._courtesy.page():
            await self._app(scope, receive, send)
