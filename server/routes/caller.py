"""The program that calls: which places it reaches and what for, by its key or by the one token."""

from __future__ import annotations

from typing import NamedTuple

from server.accounts import tokens
from server.exchange import keys
from server.exchange.keys import Right
from server.routes.refusals import AnyRequest
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.problems import Problem

__all__ = ["Caller", "caller_named", "caller_of"]


class Caller(NamedTuple):
    """Who is let through. `place` is the topmost place in reach; None is everything."""

    id: str
    name: str
    place: PlaceId | None
    rights: frozenset[Right]
    owner: str = ""

    def reaches(self, ledger: Ledger, place: PlaceId) -> bool:
        """Whether the place lies within what the caller may see, as places lie today."""
        return self.place is None or self.place in ledger.above(place)


_BY_TOKEN = Caller(
    "token", "", None, frozenset({Right.DEFINITIONS, Right.TOTALS, Right.MONITORING})
)


async def caller_named(ledger: Ledger, secret: str) -> Caller:
    """Whose key or token that is. Raises `api-token-wrong`, `api-key-over`."""
    key = await keys.find(ledger.database, secret)
    if key is None:
        if not await tokens.is_good(ledger.database, secret):
            raise Problem("api-token-wrong")
        return _BY_TOKEN
    if not key.is_good(ledger.today()):
        raise Problem("api-key-over")
    await keys.note_use(ledger, key)
    place = None if key.place == ledger.root else key.place
    return Caller(key.id, key.name, place, key.rights, key.owner)


def caller_of(request: AnyRequest) -> Caller:
    """Whom the guard let through."""
    caller: Caller = request.scope["state"]["caller"]
    return caller
