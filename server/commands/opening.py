"""How the commands open a server's ledger, and how they name a place or a device."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from server.machine import now
from server.store import open_server
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.problems import Problem

__all__ = ["ledger_in", "place_named", "the_one"]


def ledger_in(data: Path) -> AbstractAsyncContextManager[Ledger]:
    """The ledger of a folder, not checked page by page: `run` and `verify` do that.

    Raises `data-missing`, `data-newer`, `storage-…`.
    """
    return open_server(data, now, check=False)


def place_named(ledger: Ledger, code: str) -> PlaceId:
    """The place with that code today. Raises `place-unknown`."""
    place = ledger.tree.by_code(code, ledger.today())
    if place is None:
        raise Problem("place-unknown", code=code[:40])
    return place


def the_one(kind: str, text: str, known: Iterable[str]) -> str:
    """The one hexadecimal id that begins with a text. Raises `<kind>-unknown`, `id-ambiguous`."""
    found = [one for one in known if text and one.startswith(text.lower())]
    if not found:
        raise Problem(f"{kind}-unknown", id=text[:64])
    if len(found) > 1:
        raise Problem("id-ambiguous", id=text[:64], count=len(found))
    return found[0]
