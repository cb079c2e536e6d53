"""What a caller's key reaches, as the tables of `server/exchange/` are asked."""

from __future__ import annotations

from server.exchange.listing import EVERYWHERE, Reach
from server.routes.caller import caller_of
from server.routes.refusals import AnyRequest
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger

__all__ = ["reach_of"]


def reach_of(request: AnyRequest) -> Reach:
    """The caller's places, decided by today's hierarchy."""
    caller = caller_of(request)
    if caller.place is None:
        return EVERYWHERE
    ledger: Ledger = request.app.state.ledger

    def covers(place: PlaceId) -> bool:
        return caller.reaches(ledger, place)

    return Reach([caller.place], covers)
