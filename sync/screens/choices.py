"""Language and size of type: kept by the browser, no secret, changed from any page; and the way back.

Laptop and server mount the same small form, each with its own guard.
"""

from __future__ import annotations

from typing import Final, Literal
from urllib.parse import quote

import msgspec
from litestar import Response
from litestar.datastructures import Cookie

from sync.texts import LANGUAGES

__all__ = ["LANGUAGE_COOKIE", "SIZES", "SIZE_COOKIE", "Chosen", "kept", "own_path"]

LANGUAGE_COOKIE: Final = "language"
SIZE_COOKIE: Final = "size"
SIZES: Final = ("normal", "large", "huge")
_YEAR_SECONDS: Final = 366 * 24 * 3600
_IN_ADDRESS: Final = "/?#&=%:;,+@!$'()*~"
"""What stands in an address as it is; letters of other scripts and all else are written as %XX."""


class Chosen(msgspec.Struct):
    """What the footer's small form says: either may be left out."""

    language: str = ""
    size: str = ""
    back: str = "/"


def kept(chosen: Chosen, samesite: Literal["lax", "strict"]) -> Response[None]:
    """Keeps the choice and leads back to the page it was made on."""
    pairs = (
        (LANGUAGE_COOKIE, chosen.language, LANGUAGES),
        (SIZE_COOKIE, chosen.size, SIZES),
    )
    cookies = [
        Cookie(key=name, value=value, max_age=_YEAR_SECONDS, samesite=samesite, path="/")
        for name, value, known in pairs
        if value in known
    ]
    headers = {"location": own_path(chosen.back)}
    return Response(None, status_code=303, headers=headers, cookies=cookies)


def own_path(address: str) -> str:
    """The path of a page of ours, as a header may carry it; '/' for anything that leads elsewhere.

    A browser drops tabs and line breaks in an address before it reads it, so none goes through.
    """
    leads_here = address.startswith("/") and address[1:2] not in {"/", "\\"}
    return quote(address, safe=_IN_ADDRESS) if leads_here else "/"
