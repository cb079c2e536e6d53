"""The first page: what is to do, what came back, what differs, what isn't sent yet."""

from __future__ import annotations

from litestar import Response, get

from field_client.pages.rendering import AnyRequest, desk_of, page
from field_client.pages.session import UNLOCKED, WHO

__all__ = ["routes"]


@get("/", opt={WHO: UNLOCKED})
async def home(request: AnyRequest) -> Response[str]:
    """What is to do here, the most urgent first."""
    await desk_of(request)
    return await page(request, "home.html")


routes = [home]
