"""Inviting laptops: whom a code is for, which codes are still out, and the card that one is printed on."""

from __future__ import annotations

from collections.abc import Container
from typing import NamedTuple

import segno

from sync.ids import PlaceId
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger

__all__ = ["FOUND_MAX", "Out", "find_places", "out", "qr", "take_back"]

FOUND_MAX = 20
OUT_MAX = 200


class Out(NamedTuple):
    """A code that nobody has used yet, by its hash: the code itself is kept nowhere."""

    name: str
    place: PlaceId
    role: str
    person_name: str
    until: int


def find_places(ledger: Ledger, scope: Container[object], text: str) -> list[PlaceId]:
    """The places of a scope that a text names, by code or by a part of the name."""
    text = text.strip()
    today, tree = ledger.today(), ledger.tree
    if not text:
        return []
    exact = tree.by_code(text, today)
    found = [exact] if exact else list(tree.find(text, 10 * FOUND_MAX))
    return [one for one in found if tree.active(one, today) and one in scope][:FOUND_MAX]


async def out(ledger: Ledger, database: Database, scope: Container[object]) -> list[Out]:
    """The codes of a scope that are good and not used, the latest first."""
    rows = await database.rows(
        "SELECT code_hash, place, role, person_name, until FROM invite"
        " WHERE device IS NULL AND until >= ? ORDER BY made_at DESC",
        (ledger.now(),),
    )
    found = (Out(bytes(name).hex(), PlaceId(place), *row) for name, place, *row in rows)
    return [one for one in found if one.place in scope][:OUT_MAX]


async def take_back(ledger: Ledger, name: str) -> None:
    """Makes a code that nobody has used good for nothing."""
    async with ledger.transaction() as database:
        await database.run(
            "DELETE FROM invite WHERE code_hash = ? AND device IS NULL", (bytes.fromhex(name),)
        )


def qr(text: str) -> str:
    """A picture of a text for a telephone's camera, as an address that an `img` takes."""
    return str(segno.make(text, error="m", micro=False).svg_data_uri(scale=4, border=2))
