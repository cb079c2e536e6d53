"""The route of the small form at the foot of every page: language and size of type."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from field_client.pages.session import LAUNCHED, WHO
from sync.screens.choices import Chosen, kept

__all__ = ["routes"]


@post("/settings", opt={WHO: LAUNCHED}, status_code=303)
async def choose(
    data: Annotated[Chosen, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """Keeps the choice and leads back to the page it was made on."""
    return kept(data, "strict")


routes = [choose]
