"""What every answer carries and what is logged of it: never a query, a header, a cookie, a body.

A line names the route by its template, and whoever was signed in by a short hash that is the same
from line to line: who that is, the server's own pages tell. All lines of one request carry its
number, which the answer's `x-request-id` repeats.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from server.machine import random_bytes
from sync.ids import tagged_hash

__all__ = ["Logged", "Observed", "add_headers", "log_to_stderr"]

Observed = Callable[[str, str, int, float], None]
"""Told the route's template ('' for none), the method, the status and the seconds it took."""

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_ENCRYPTED_ONLY = "max-age=31536000"  # a browser that came by https once comes by nothing else
_LOG = logging.getLogger("tianji.request")
_LOGGED = ("code", "method", "route", "path", "status", "milliseconds", "person")
_REQUEST: ContextVar[str] = ContextVar("request", default="")
_REQUEST_BYTES = 8
_PERSON_BYTES = 4


async def add_headers(message: Message, scope: Scope) -> None:
    """Gives every answer the headers that keep a browser from misusing it."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        if scope.get("scheme") == "https":
            headers.setdefault("strict-transport-security", _ENCRYPTED_ONLY)


class Logged:
    """An application whose answers are logged, one line each."""

    def __init__(self, app: ASGIApp, observe: Observed | None = None) -> None:
        self._app = app
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles a request; what it answers is logged when it is answered."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 0
        number = random_bytes(_REQUEST_BYTES).hex()
        _REQUEST.set(number)

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableScopeHeaders.from_message(message)["x-request-id"] = number
            await send(message)

        try:
            await self._app(scope, receive, sent)
        finally:
            taken = time.perf_counter() - begun
            route = scope.get("path_template", "") if status else ""
            _LOG.info("request", extra=_said(scope, route, status, taken))
            if self._observe is not None:
                self._observe(route, scope["method"], status, taken)


def _said(scope: HTTPScope, route: str, status: int, seconds: float) -> dict[str, object]:
    said: dict[str, object] = {
        "method": scope["method"][:20],
        "path": scope["path"][:200],
        "status": status,
        "milliseconds": round(1000 * seconds, 1),
    }
    if route:
        said["route"] = route
    session = scope.get("state", {}).get("session")
    if session is not None:
        said["person"] = tagged_hash("log", session.person)[:_PERSON_BYTES].hex()
    return said


def log_to_stderr() -> None:
    """Sends this server's log to standard error, one JSON document a line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("tianji").setLevel(logging.INFO)


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        if number := _REQUEST.get():
            line["request"] = number
        line |= {name: getattr(record, name) for name in _LOGGED if hasattr(record, name)}
        if record.exc_info:
            line["fault"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
