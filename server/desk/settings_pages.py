"""Language and size of type: kept by the browser, no secret, changed from any page."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Response, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body

from server.desk.rendering import LANGUAGE_COOKIE, SIZE_COOKIE, SIZES, own_path
from server.routes.access import OPEN, WHO
from sync.texts import LANGUAGES

__all__ = ["routes"]

_YEAR_SECONDS = 366 * 24 * 3600


class Chosen(msgspec.Struct):
    """What the footer's small form says: either may be left out."""

    language: str = ""
    size: str = ""
    back: str = "/"


@post("/settings", opt={WHO: OPEN}, status_code=303, include_in_schema=False)
async def choose(
    data: Annotated[Chosen, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """Keeps the choice and leads back to the page it was made on."""
    pairs = ((LANGUAGE_COOKIE, data.language, LANGUAGES), (SIZE_COOKIE, data.size, SIZES))
    cookies = [
        Cookie(key=name, value=value, max_age=_YEAR_SECONDS, samesite="lax", path="/")
        for name, value, known in pairs
        if value in known
    ]
    headers = {"location": own_path(data.back)}
    return Response(None, status_code=303, headers=headers, cookies=cookies)


routes = [choose]
