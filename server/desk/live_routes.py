"""`/api/live`: a stream that says when something changed at a place or below it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from litestar import get
from litestar.params import FromQuery
from litestar.response import ServerSentEvent, ServerSentEventMessage

from server.desk.access import BY_SESSION, NEED, WHO, place_in
from server.desk.rendering import AnyRequest, desk_of
from server.desk.station import Station
from server.desk.viewer import Need
from sync.ids import PlaceId
from sync.limits import LIVE_PING_SECONDS

__all__ = ["routes"]

_REST_SECONDS = 0.5
"""What changes within it is told once."""


@get("/api/live", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def live(request: AnyRequest, place: FromQuery[str] = "") -> ServerSentEvent:
    """A line each time that something changed there; silence is broken now and then."""
    desk = desk_of(request)
    followed = place_in(place) if place else desk.viewer.roots()[0]
    return ServerSentEvent(_changes(desk.station, followed))


async def _changes(station: Station, place: PlaceId) -> AsyncIterator[ServerSentEventMessage]:
    live = station.live
    with live.following(place) as changed:
        while not live.is_closing:
            try:
                await asyncio.wait_for(changed.wait(), LIVE_PING_SECONDS)
            except TimeoutError:
                yield ServerSentEventMessage(comment="still here")
                continue
            changed.clear()  # what comes from now on is told of again
            await asyncio.sleep(_REST_SECONDS)
            await live.settled()
            yield ServerSentEventMessage(event="changed", data="")


routes = [live]
