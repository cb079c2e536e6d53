"""Sessions of the pages: in the database, so that a restart signs nobody out and an end is an end.

The cookie is 256 bits of chance, and only its hash is kept. A session ends when it was idle for
half an hour, when it is a working day old, when its person signs out here or everywhere, or is disabled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sync.ids import PersonId, tagged_hash
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.limits import NAME_CHARS_MAX, WEB_SESSION_IDLE_SECONDS_MAX, WEB_SESSION_SECONDS_MAX

__all__ = [
    "WebSession",
    "begin",
    "cookie_name",
    "end",
    "end_all",
    "end_one",
    "every",
    "find",
    "renew",
    "token_hash",
]

TOKEN_BYTES = 32
COOKIE = "tianji-session"
_PROVED, _STRONG, _BY_SERVICE = 1, 2, 4  # parts of what is kept as a session's state
_NOTED_SECONDS = 60  # how exactly it is known when a session was last used: a page costs no write


class WebSession(NamedTuple):
    """One browser in which a person signed in; `proved` where the second factor isn't awaited,
    `strong` where it was shown, here or at the sign-in service; `by_service` where that vouched.
    """

    token_hash: bytes
    person: PersonId
    begun_at: int
    active_at: int
    proved: bool
    agent: str
    address: str
    strong: bool = False
    by_service: bool = False


def cookie_name(*, secure: bool) -> str:
    """What the cookie is called: over https its name binds it to this host and to https."""
    return f"__Host-{COOKIE}" if secure else COOKIE


async def begin(
    ledger: Ledger,
    person: PersonId,
    random_bytes: Callable[[int], bytes],
    *,
    proved: bool,
    agent: str,
    address: str,
    strong: bool = False,
    by_service: bool = False,
) -> str:
    """A new session's cookie; sessions that are over go."""
    token = random_bytes(TOKEN_BYTES).hex()
    now = ledger.now()
    state = _PROVED * proved | _STRONG * strong | _BY_SERVICE * by_service
    row = (token_hash(token), person, now, now, state, agent[:NAME_CHARS_MAX], address)
    async with ledger.transaction() as database:
        await database.run(
            "DELETE FROM web_session WHERE begun_at < ? OR active_at < ?",
            (now - WEB_SESSION_SECONDS_MAX, now - WEB_SESSION_IDLE_SECONDS_MAX),
        )
        await database.run(
            "INSERT INTO web_session (token_hash, person, begun_at, active_at, proved, agent,"
            " address) VALUES (?,?,?,?,?,?,?)",
            row,
        )
    return token


async def find(ledger: Ledger, database: Database, token: str) -> WebSession | None:
    """The session of a cookie, if it is one that isn't over; its use is noted once a minute."""
    rows = await database.rows(
        "SELECT token_hash, person, begun_at, active_at, proved, agent, address FROM web_session"
        " WHERE token_hash = ?",
        (token_hash(token),),
    )
    if not rows:
        return None
    session = _session(*rows[0])
    now = ledger.now()
    if _is_over(session, now):
        return None
    if now - session.active_at >= _NOTED_SECONDS:
        async with ledger.transaction() as writing:
            await writing.run(
                "UPDATE web_session SET active_at = ? WHERE token_hash = ?",
                (now, session.token_hash),
            )
    return session


async def renew(
    ledger: Ledger, session: WebSession, random_bytes: Callable[[int], bytes], *, strong: bool
) -> str:
    """A new cookie for a session that may more from now on; the old one is good for nothing."""
    async with ledger.transaction() as database:
        await database.run("DELETE FROM web_session WHERE token_hash = ?", (session.token_hash,))
    return await begin(
        ledger,
        session.person,
        random_bytes,
        proved=True,
        agent=session.agent,
        address=session.address,
        strong=strong,
        by_service=session.by_service,
    )


async def end(ledger: Ledger, name: bytes) -> None:
    """Signs out one browser, named by its session's hash."""
    async with ledger.transaction() as database:
        await database.run("DELETE FROM web_session WHERE token_hash = ?", (name,))


async def end_one(ledger: Ledger, person: PersonId, name: bytes) -> bool:
    """Signs out one of a person's browsers; whether it was one of theirs."""
    async with ledger.transaction() as database:
        gone = await database.rows(
            "DELETE FROM web_session WHERE token_hash = ? AND person = ? RETURNING 1",
            (name, person),
        )
    return bool(gone)


async def end_all(ledger: Ledger, person: PersonId, but: bytes = b"") -> None:
    """Signs a person out everywhere, but for the session of that hash."""
    async with ledger.transaction() as database:
        await database.run(
            "DELETE FROM web_session WHERE person = ? AND token_hash <> ?", (person, but)
        )


async def every(ledger: Ledger, database: Database, person: PersonId) -> list[WebSession]:
    """A person's sessions that aren't over, the latest used first."""
    rows = await database.rows(
        "SELECT token_hash, person, begun_at, active_at, proved, agent, address FROM web_session"
        " WHERE person = ? ORDER BY active_at DESC, token_hash",
        (person,),
    )
    return [one for row in rows if not _is_over(one := _session(*row), ledger.now())]


def token_hash(token: str) -> bytes:
    """Under which a session is kept."""
    return tagged_hash("web session", token.encode())


def _session(
    name: bytes, person: bytes, begun: int, active: int, state: int, agent: str, address: str
) -> WebSession:
    return WebSession(
        token_hash=name,
        person=PersonId(person),
        begun_at=begun,
        active_at=active,
        proved=bool(state & _PROVED),
        agent=agent,
        address=address,
        strong=bool(state & _STRONG),
        by_service=bool(state & _BY_SERVICE),
    )


def _is_over(session: WebSession, now: int) -> bool:
    return (
        now - session.begun_at >= WEB_SESSION_SECONDS_MAX
        or now - session.active_at >= WEB_SESSION_IDLE_SECONDS_MAX
    )
