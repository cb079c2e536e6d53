"""What a network did instead of carrying, told apart: each has a sentence of its own.

Where a certificate is not valid today, one of two clocks is wrong, or the certificate is old. The
server is asked for its time over a connection that trusts nobody: whoever answers untruly changes
no more than the wording of a sentence.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final, TypeVar

import httpx

from sync.limits import RETRY_AFTER_SECONDS
from sync.problems import Problem
from sync.roads.route import has_route

__all__ = ["answer_trouble", "trouble"]

E = TypeVar("E", bound=BaseException)

CLOCK_WRONG_SECONDS: Final = 24 * 3600
ASKING_SECONDS: Final = 8.0
RETRY_AFTER_SECONDS_MAX: Final = 3600
_CHINA: Final = timedelta(hours=8)

# OpenSSL's own numbers of what is wrong with a certificate.
_NOT_YET_VALID, _EXPIRED = 9, 10
_OTHER_NAME: Final = frozenset({62, 64})


async def trouble(error: Exception, address: str, now: Callable[[], float] = time.time) -> Problem:
    """The problem that an exchange with that address failed with."""
    if (verdict := _cause(error, ssl.SSLCertVerificationError)) is not None:
        return await _certificate_trouble(verdict, address, now)
    if _cause(error, ssl.SSLError) is not None:
        return Problem("network-tls", address=address)
    if isinstance(error, httpx.ProxyError):
        return Problem("network-proxy", address=address)
    if _cause(error, socket.gaierror) is not None:
        if not has_route():
            return Problem("network-none")
        return Problem("network-name", name=httpx.URL(address).host)
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return Problem("network-slow", address=address)
    if isinstance(error, httpx.ConnectError):
        if not has_route() and not _is_here(address):
            return Problem("network-none")
        return Problem("network-unreachable", address=address)
    return Problem("network-broken", address=address)


def answer_trouble(response: httpx.Response, address: str) -> Problem:
    """The problem with an answer that is no message of ours."""
    status = response.status_code
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return Problem("network-proxy", address=address)
    if status == HTTPStatus.TOO_MANY_REQUESTS or _is_fault(status):
        code = "server-fault" if _is_fault(status) else "server-busy"
        return Problem(code, address=address, status=status, seconds=_asked_seconds(response))
    return Problem("network-captive", address=address, status=status)


def _is_fault(status: int) -> bool:
    """Whether it is one of a server's; 511 is what a log-in page of a network says."""
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR and (
        status != HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED
    )


def _asked_seconds(response: httpx.Response) -> int:
    """How long the server asks to be left alone, by a number of seconds; within reason."""
    asked = response.headers.get("retry-after", "")
    seconds = int(asked) if asked.isascii() and asked.isdecimal() else RETRY_AFTER_SECONDS
    return min(seconds, RETRY_AFTER_SECONDS_MAX)


async def _certificate_trouble(
    error: ssl.SSLCertVerificationError, address: str, now: Callable[[], float]
) -> Problem:
    if error.verify_code in (_NOT_YET_VALID, _EXPIRED):
        theirs = await _server_seconds(address)
        mine = now()
        if theirs is not None and abs(theirs - mine) > CLOCK_WRONG_SECONDS:
            return Problem("network-clock", mine=_day(mine), theirs=_day(theirs))
        return Problem("network-certificate-date", address=address, mine=_day(mine))
    if error.verify_code in _OTHER_NAME:
        return Problem("network-certificate-name", address=address)
    return Problem("network-certificate", address=address)


async def _server_seconds(address: str) -> float | None:
    """The time by the clock of whoever answers there, None if nobody says it."""
    # Nothing is sent but the question, and the answer is believed in nothing but a sentence.
    try:
        async with httpx.AsyncClient(verify=False, timeout=ASKING_SECONDS) as client:  # noqa: S501
            response = await client.head(address)
            return parsedate_to_datetime(response.headers["date"]).timestamp()
    except (httpx.HTTPError, OSError, KeyError, ValueError):
        return None


def _day(seconds: float) -> str:
    """The date in China, as it stands in a sentence."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC) + _CHINA:%Y-%m-%d}"
    except (ValueError, OverflowError, OSError):
        return "?"


def _is_here(address: str) -> bool:
    return httpx.URL(address).host in {"localhost", "127.0.0.1", "::1"}


def _cause(error: BaseException | None, kind: type[E]) -> E | None:
    """The first of that kind among an error and what it came from."""
    seen = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, kind):
            return error
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None
