"""Sessions of the pages: in the database, so that a restart signs nobody out and an end is an end.

The cookie is 256 bits of chance, and only its hash is kept. A session ends when it was idle for an
hour, when it is a working day old, when its person signs out here or everywhere, or is disabled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sync.ids import PersonId, tagged_hash
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.limits import NAME_CHARS_MAX, WEB_SESSION_IDLE_SECONDS_MAX, WEB_SESSION_SECONDS_MAX

__all__ = ["WebSession", "begin", "end", "end_all", "every", "find", "prove", "token_hash"]

TOKEN_BYTES = 32
_NOTED_SECONDS = 60  # how exactly it is known when a session was last used: a page costs no write


class WebSession(NamedTuple):
    """One browser in which a person signed in; `proved` where the second factor isn't awaited."""

    token_hash: bytes
    person: PersonId
    begun_at: int
    active_at: int
    proved: bool
    agent: str
    address: str


async def begin(
    ledger: Ledger,
    person: PersonId,
    random_bytes: Callable[[int], bytes],
    *,
    proved: bool,
    agent: str,
    address: str,
) -> str:
    """A new session's cookie; sessions that are over go."""
    token = random_bytes(TOKEN_BYTES).hex()
    now = ledger.now()
    row = (token_hash(token), person, now, now, int(proved), agent[:NAME_CHARS_MAX], address)
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


async def prove(ledger: Ledger, session: WebSession) -> None:
    """The second factor was shown."""
    async with ledger.transaction() as database:
        await database.run(
            "UPDATE web_session SET proved = 1 WHERE token_hash = ?", (session.token_hash,)
        )


async def end(ledger: Ledger, name: bytes) -> None:
    """Signs out one browser, named by its session's hash."""
    async with ledger.transaction() as database:
        await database.run("DELETE FROM web_session WHERE token_hash = ?", (name,))


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
    name: bytes, person: bytes, begun: int, active: int, proved: int, agent: str, address: str
) -> WebSession:
    return WebSession(name, PersonId(person), begun, active, bool(proved), agent, address)


def _is_over(session: WebSession, now: int) -> bool:
    return (
        now - session.begun_at >= WEB_SESSION_SECONDS_MAX
        or now - session.active_at >= WEB_SESSION_IDLE_SECONDS_MAX
    )
