"""Where a reader of many pages is: the key of the last row it was given, as text that says nothing.

A cursor names what it stands after, not a number of rows: what is filed meanwhile shifts nothing.
"""

from __future__ import annotations

import base64
import json
from typing import Generic, NamedTuple, TypeVar

from sync.ids import PlaceId
from sync.problems import Problem

__all__ = ["CURSOR_CHARS_MAX", "PATTERN", "Page", "place_in", "read", "written"]

CURSOR_CHARS_MAX = 600
PATTERN = "^[A-Za-z0-9_-]*$"

Row = TypeVar("Row")


class Page(NamedTuple, Generic[Row]):
    """Some rows, and the cursor at which it goes on; '' where nothing follows."""

    rows: list[Row]
    next: str


def written(*parts: str | int) -> str:
    """The cursor that stands after that key."""
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=")


def read(text: str, *types: type) -> list[str | int] | None:
    """The key's parts; None for no cursor. Raises `cursor-unknown`."""
    if not text:
        return None
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        parts = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Problem("cursor-unknown") from error
    if not isinstance(parts, list) or [type(part) for part in parts] != list(types):
        raise Problem("cursor-unknown")
    if any(isinstance(part, int) and not 0 <= part < 2**63 for part in parts):
        raise Problem("cursor-unknown")
    return parts


def place_in(text: str) -> PlaceId:
    """The place that a part of a cursor names. Raises `cursor-unknown`."""
    try:
        return PlaceId(bytes.fromhex(text))
    except ValueError as error:
        raise Problem("cursor-unknown") from error
