"""How a browser gets in: a launch link that works once, a cookie, and who is unlocked.

Each route names in its `opt` what it demands; one that names nothing is closed. Whoever can start
`tianji field run` as this user of the machine gets links; a page of another site gets nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from field_client.running import SCHEME
from sync.ids import PersonId
from sync.limits import LAUNCHES_MAX, SESSIONS_MAX
from sync.problems import Problem

__all__ = [
    "ANOTHER_COMMAND",
    "COOKIE",
    "LAUNCHED",
    "OPEN",
    "UNLOCKED",
    "WHO",
    "Session",
    "Sessions",
    "cookie_name",
    "guard",
]

COOKIE: Final = "tianji"
WHO: Final = "who"
OPEN: Final = "anyone who reaches the page"
LAUNCHED: Final = "a browser that came by a launch link"
ANOTHER_COMMAND: Final = "a command of this laptop's user that shows the folder's secret"
UNLOCKED: Final = "a person who is unlocked in that browser"

AnyConnection = ASGIConnection[Any, Any, Any, Any]


@dataclass
class Session:
    """One browser that came by a launch link: who is unlocked in it, and since when it is idle.

    `back` is the page that was open when it was locked; it is shown again to the same person.
    """

    person: PersonId | None = None
    last_person: PersonId | None = None
    has_pin: bool = False
    active_at: float = 0.0
    back: str = "/"


class Sessions:
    """Launch links and sessions, in memory: they end with the process. Only hashes are kept."""

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        self._random_bytes = random_bytes
        self._launches: list[bytes] = []
        self._sessions: dict[bytes, Session] = {}

    def launch(self) -> str:
        """A new token for a launch link; of many that nobody used, the oldest stop working."""
        token = self._random_bytes(24).hex()
        self._launches = [*self._launches, _hash(token)][-LAUNCHES_MAX:]
        return token

    def begin(self, token: str) -> str:
        """The cookie of a new session for a token that was not used. Raises `launch-used`."""
        try:
            self._launches.remove(_hash(token))
        except ValueError:
            raise Problem("launch-used") from None
        cookie = self._random_bytes(32).hex()
        self._sessions[_hash(cookie)] = Session()
        while len(self._sessions) > SESSIONS_MAX:
            del self._sessions[next(iter(self._sessions))]
        return cookie

    def of(self, cookie: str | None) -> Session | None:
        """The session of that cookie, if it is one."""
        return self._sessions.get(_hash(cookie)) if cookie else None

    def all(self) -> list[Session]:
        """Every session there is."""
        return list(self._sessions.values())


async def guard(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Lets a request through, or raises `launch-first`, `unlock-first`, `access-denied`."""
    who = handler.opt.get(WHO)
    if who == OPEN:
        return
    station = connection.app.state.station
    if who == ANOTHER_COMMAND:
        shown = connection.headers.get("authorization", "").removeprefix(SCHEME)
        if not hmac.compare_digest(shown.encode(), station.secret.encode()):
            raise Problem("access-denied")
        return
    session: Session | None = station.sessions.of(connection.cookies.get(cookie_name(connection)))
    connection.scope["state"]["session"] = session
    if session is None:
        raise Problem("launch-first")
    if who == UNLOCKED:
        station.seating.desk_of(session, is_touch=_is_touch(connection))
    elif who != LAUNCHED:
        raise Problem("access-denied")


def cookie_name(connection: AnyConnection) -> str:
    """The name of the session's cookie: a browser keeps one jar for all ports of a machine, and the
    pages of two folders may be open in it.
    """
    return f"{COOKIE}-{connection.headers.get('host', '').rpartition(':')[2]}"


def _is_touch(connection: AnyConnection) -> bool:
    """Whether a person did that: a page that only renews itself keeps nothing unlocked."""
    by_script = connection.headers.get("sec-fetch-dest", "document") != "document"
    return not (by_script and connection.scope.get("method") == "GET")


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
