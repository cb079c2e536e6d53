"""Compares every laptop with the server: the fingerprint of its scope, and every cell, to the byte."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import NamedTuple

from deploy.demo.laptop import Laptop
from deploy.demo.progress import Told
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.ledger.settle import scope_of

__all__ = ["Agreement", "Server"]


class Agreement(NamedTuple):
    """How many laptops are as the server is, and how many are not."""

    equal: int
    other: int


class Server:
    """The server's side of the comparison; places that many laptops hold are read once."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: dict[PlaceId, bytes] = {}

    async def agreement(self, laptops: Collection[Laptop], told: Told) -> Agreement:
        """Opens each laptop and compares it."""
        equal = 0
        for laptop in laptops:
            async with laptop.opened() as desk:
                equal += await self._agrees(desk.ledger)
            told()
        return Agreement(equal, len(laptops) - equal)

    async def _agrees(self, laptop: Ledger) -> bool:
        scope = await scope_of(laptop)
        if await laptop.fingerprint(scope) != await self._ledger.fingerprint(scope):
            return False
        for place in scope:
            if place not in self._known:
                self._known[place] = await _content(self._ledger, place)
            if await _content(laptop, place) != self._known[place]:
                return False
        return True


async def _content(ledger: Ledger, place: PlaceId) -> bytes:
    """A hash over all that stands in a place's cells, the shown versions marked."""
    rows = await ledger.database.rows(
        "SELECT v.kind, v.subject, v.field, v.type, v.number, v.text, v.stamp, c.device, c.author,"
        " c.id, v.shown, v.disputed FROM version v JOIN place_no p ON p.no = v.place"
        " JOIN commits c ON c.no = v.commit_no WHERE p.id = ?"
        " ORDER BY v.kind, v.subject, v.field, v.shown DESC, c.device, v.stamp",
        (place,),
    )
    return hashlib.sha256(repr(rows).encode()).digest()
