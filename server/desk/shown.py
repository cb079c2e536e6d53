"""What a page showed, as its form hands it back: names of versions in hexadecimal."""

from __future__ import annotations

from sync.ids import ID_BYTES, EditId
from sync.problems import Problem

__all__ = ["shown_in"]


def shown_in(text: str, path: str) -> list[EditId]:
    """The versions that a form names, with blanks between them. Raises `page-request`."""
    try:
        names = [bytes.fromhex(one) for one in text.split()]
    except ValueError:
        names = [b""]
    if any(len(name) != ID_BYTES for name in names):
        raise Problem("page-request", path=path[:80])
    return [EditId(name) for name in names]
