"""What every page carries, and which requests are turned away before any handler sees them.

A page of another site must not reach what listens on this machine: a request is taken only if it is
addressed to a name that this server answers to (else a rebound DNS name would do), and one that
changes something only if it comes from a page of its own (else any site could post a form).
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

__all__ = ["HEADERS", "Guarded"]

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "; ".join(" ".join(rule) for rule in _POLICY.items()),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "same-origin",  # with none at all, a form of our own would have no origin
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guarded:
    """An application that answers only to its own names, and lets only its own pages change things."""

    def __init__(self, app: ASGIApp, hosts: Callable[[], frozenset[str]] | None) -> None:
        """`hosts` are its names; None is any, where a session keeps strangers out by itself."""
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands the request on, or turns it away with a plain sentence."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableScopeHeaders.from_message(message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if self._is_own(scope):
            await self._app(scope, receive, sent)
        else:
            await _turn_away(sent)

    def _is_own(self, scope: HTTPScope) -> bool:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        own = headers.get(b"host", "").lower()
        hosts = self._hosts() if self._hosts else frozenset({own})
        if own not in hosts or not _is_host(own):
            return False
        if scope["method"] in _SAFE:
            return True
        origin = headers.get(b"origin")
        if origin is not None:
            return origin.lower().partition("://")[2] in hosts
        # A program of this machine's own sends neither; every browser of today sends one of them.
        return headers.get(b"sec-fetch-site", "same-origin") == "same-origin"


def _is_host(name: str) -> bool:
    """Whether it can be the host of an address; '' is that of a program too old to say one."""
    try:
        urlsplit(f"//{name}").port  # noqa: B018 - it raises where there is none
    except ValueError:
        return False
    return True


async def _turn_away(send: Send) -> None:
    body = "这个请求不是从田记的页面来的，没有办理。 Not from a page of Tianji: turned away.\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
