"""Who may call a route: each names it in its `opt`, and one that doesn't is closed to all.

What people who are signed in may call is decided in `server/desk/access.py`.
"""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from server.accounts import tokens
from sync.ledger.ledger import Ledger
from sync.problems import Problem

__all__ = ["BY_SIGNATURE", "BY_TOKEN", "OPEN", "WHO", "guard"]

WHO = "who"
OPEN = "anyone"
BY_SIGNATURE = "whoever signs the body"
BY_TOKEN = "whoever has the token"  # noqa: S105 - words, no token
_SCHEME = "Bearer "

Connection = ASGIConnection[Any, Any, Any, Any]


async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Lets a request through or raises `api-token-missing`, `api-token-wrong`, `access-denied`."""
    who = handler.opt.get(WHO)
    if who == BY_TOKEN:
        await _demand_token(connection)
    elif who not in (OPEN, BY_SIGNATURE):
        raise Problem("access-denied")


async def _demand_token(connection: Connection) -> None:
    given = connection.headers.get("authorization", "")
    if not given.startswith(_SCHEME):
        raise Problem("api-token-missing")
    ledger: Ledger = connection.app.state.ledger
    if not await tokens.is_good(ledger.database, given.removeprefix(_SCHEME).strip()):
        raise Problem("api-token-wrong")
