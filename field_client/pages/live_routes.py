"""What keeps an open page true: a stream that says when something changed, and the line anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from litestar import Response, get
from litestar.response import ServerSentEvent, ServerSentEventMessage

from field_client.pages.rendering import AnyRequest, page, station_of
from field_client.pages.session import UNLOCKED, WHO
from field_client.pages.station import Station
from sync.limits import LIVE_PING_SECONDS

__all__ = ["routes"]

_REST_SECONDS = 0.3
"""What changes within it is told once; a transaction that is told of is over by then."""


@get("/api/strip", opt={WHO: UNLOCKED})
async def strip_now(request: AnyRequest) -> Response[str]:
    """The line alone, as it is now."""
    return await page(request, "strip-inside.html")


@get("/api/live", opt={WHO: UNLOCKED})
async def live(request: AnyRequest) -> ServerSentEvent:
    """A line each time that something changed here; silence is broken now and then."""
    return ServerSentEvent(_changes(station_of(request)))


async def _changes(station: Station) -> AsyncIterator[ServerSentEventMessage]:
    seen = -1  # what changed since the page was rendered is told at once
    while not station.is_closing:
        try:
            seen = await asyncio.wait_for(station.changed(seen), LIVE_PING_SECONDS)
        except TimeoutError:
            yield ServerSentEventMessage(comment="still here")
        else:
            yield ServerSentEventMessage(event="changed", data="")
            await asyncio.sleep(_REST_SECONDS)


routes = [live, strip_now]
