"""Sync on demand: the state of it, how far it is, what came of it, and whether it runs by itself."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from field_client.pages.background import is_automatic, set_automatic
from field_client.pages.rendering import AnyRequest, desk_of, page, station_of
from field_client.pages.session import UNLOCKED, WHO

__all__ = ["routes"]


class Automatic(msgspec.Struct):
    """The one switch of the page."""

    on: str = ""


@get("/sync", opt={WHO: UNLOCKED})
async def sync_page(request: AnyRequest) -> Response[str]:
    """How sending and fetching stand; follows along while it runs."""
    desk = await desk_of(request)
    meta = desk.ledger.database.meta
    return await page(
        request,
        "sync.html",
        automatic=await is_automatic(desk),
        server=await meta("server") or "",
    )


@post("/sync", opt={WHO: UNLOCKED}, status_code=303)
async def begin(request: AnyRequest) -> Response[None]:
    """Begins a sync, or shows the one that is under way."""
    station_of(request).background.start()
    return _to_the_page()


@post("/sync/cancel", opt={WHO: UNLOCKED}, status_code=303)
async def cancel(request: AnyRequest) -> Response[None]:
    """Stops it; what came and went stays."""
    station_of(request).background.cancel()
    return _to_the_page()


@post("/sync/automatic", opt={WHO: UNLOCKED}, status_code=303)
async def switch(
    request: AnyRequest,
    data: Annotated[Automatic, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """Whether this laptop syncs by itself from now on."""
    await set_automatic(await desk_of(request), on=data.on == "1")
    return _to_the_page()


def _to_the_page() -> Response[None]:
    return Response(None, status_code=303, headers={"location": "/sync"})


routes = [sync_page, begin, cancel, switch]
