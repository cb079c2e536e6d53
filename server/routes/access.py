"""Who may call a route: each names it in its `opt`, and one that doesn't is closed to all.

A route for programs also names the right that a key must have, and a place that its query names is
looked at here. What people who are signed in may call is decided in `server/desk/access.py`.
"""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from server.exchange.keys import Right
from server.routes.caller import Caller, caller_named
from sync.ledger.ledger import Ledger
from sync.problems import Problem

__all__ = ["BY_KEY", "BY_SIGNATURE", "OPEN", "RIGHT", "WHO", "guard"]

WHO = "who"
OPEN = "anyone"
BY_SIGNATURE = "whoever signs the body"
BY_KEY = "whoever has a key with the right"
RIGHT = "right"
_SCHEME = "Bearer "

Connection = ASGIConnection[Any, Any, Any, Any]


async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Lets a request through or raises `access-denied`, or what a key that isn't good raises."""
    who = handler.opt.get(WHO)
    if who == BY_KEY:
        await _demand_key(connection, handler.opt.get(RIGHT))
    elif who not in (OPEN, BY_SIGNATURE):
        raise Problem("access-denied")


async def _demand_key(connection: Connection, right: object) -> None:
    """Raises `api-token-missing`, `api-token-wrong`, `api-key-over`, `api-key-right`,
    `api-too-often`, `place-unknown`.
    """
    if not isinstance(right, Right):
        raise Problem("access-denied")
    state = connection.app.state
    state.paces.address.take(connection.client.host if connection.client else "")
    given = connection.headers.get("authorization", "")
    if not given.startswith(_SCHEME):
        raise Problem("api-token-missing")
    await state.station.refresh()
    caller = await caller_named(state.ledger, given.removeprefix(_SCHEME).strip())
    state.paces.key.take(caller.id)
    if right not in caller.rights:
        raise Problem("api-key-right", right=right.value)
    _demand_places(state.ledger, caller, connection.query_params.getall("place", []))
    connection.scope["state"]["caller"] = caller


def _demand_places(ledger: Ledger, caller: Caller, codes: list[str]) -> None:
    """A place outside of a key's reach is as unknown as one that isn't there."""
    for code in codes:
        place = ledger.tree.by_code(code, ledger.today()) if code else None
        if place is not None and not caller.reaches(ledger, place):
            raise Problem("place-unknown", code=code[:40])
