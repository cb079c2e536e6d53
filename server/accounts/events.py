"""The book of signing in: who came and went, what failed, what was done to accounts, and by whom.

It never holds a password, a code or a cookie, nor a login that nobody has: people type passwords
into the wrong field. What is older than the server's setting goes, and so does what is beyond a
million lines.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from server.routes.access import Connection
from sync.ids import PersonId
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.limits import NAME_CHARS_MAX, SIGNIN_EVENTS_MAX

__all__ = ["Caller", "Event", "What", "caller_of", "drop_old", "note", "note_within", "recent"]

NOBODY = PersonId(b"")
PAGE_EVENTS = 100
_ADDRESS_CHARS_MAX = 64


class What(StrEnum):
    """What happened."""

    IN = "in"
    IN_BY_SERVICE = "in-by-service"
    OUT = "out"
    OUT_ELSEWHERE = "out-elsewhere"
    FAILED = "failed"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    CODE = "code"
    CODE_FAILED = "code-failed"
    RECOVERY_CODE = "recovery-code"
    FACTOR_SET = "factor-set"
    FACTOR_REMOVED = "factor-removed"
    FACTOR_RESET = "factor-reset"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a word, no password
    PASSWORD_FAILED = "password-failed"  # noqa: S105 - as above
    FIRST_PASSWORD = "first-password"  # noqa: S105 - as above
    FIRST_EXPIRED = "first-expired"
    ADDED = "added"
    DISABLED = "disabled"
    ENABLED = "enabled"
    PIN_RESET = "pin-reset"
    LINKED = "linked"
    UNLINKED = "unlinked"
    LINK_CODE = "link-code"
    SERVICE_FAILED = "service-failed"


class Caller(NamedTuple):
    """Where a request comes from, as far as it can be known."""

    address: str = ""
    agent: str = ""


class Event(NamedTuple):
    """One line of the book; `by` is who did it to somebody else, else nobody."""

    no: int
    at: int
    what: str
    login: str
    person: PersonId
    by: PersonId
    address: str
    agent: str


def caller_of(connection: Connection) -> Caller:
    """The browser behind a request."""
    address = connection.client.host if connection.client else ""
    agent = "".join(c for c in connection.headers.get("user-agent", "") if c.isprintable())
    return Caller(address[:_ADDRESS_CHARS_MAX], agent[:NAME_CHARS_MAX])


async def note(
    ledger: Ledger,
    what: What,
    caller: Caller,
    *,
    person: PersonId = NOBODY,
    by: PersonId = NOBODY,
) -> None:
    """Writes a line, in a transaction of its own."""
    database = ledger.database
    async with database.writing():
        await note_within(database, ledger.now(), what, caller, person=person, by=by)


async def note_within(
    database: Database,
    now: int,
    what: What,
    caller: Caller,
    *,
    person: PersonId = NOBODY,
    by: PersonId = NOBODY,
) -> None:
    """Writes a line with whatever else belongs in the transaction that is open."""
    rows = await database.rows("SELECT login FROM account WHERE person = ?", (person,))
    login = rows[0][0] if rows else ""
    await database.run(
        "INSERT INTO signin_event (at, what, login, person, by, address, agent)"
        " VALUES (?,?,?,?,?,?,?)",
        (now, what, login, person, by, caller.address, caller.agent),
    )


async def drop_old(ledger: Ledger, days: int) -> None:
    """Drops the lines that are older than so many days, and what is more than a million."""
    database = ledger.database
    async with database.writing():
        await database.run(
            "DELETE FROM signin_event WHERE at < ?", (ledger.now() - days * 24 * 3600,)
        )
        await database.run(
            "DELETE FROM signin_event WHERE no <= (SELECT max(no) FROM signin_event) - ?",
            (SIGNIN_EVENTS_MAX,),
        )


async def recent(
    database: Database,
    *,
    before: int | None = None,
    person: PersonId | None = None,
    what: str = "",
    since: int = 0,
    until: int | None = None,
    limit: int = PAGE_EVENTS,
) -> list[Event]:
    """The latest lines first; the next page is what lies before the last line's number."""
    parts = ["at >= ?"]
    values: list[object] = [since]
    for part, value in (("no < ?", before), ("person = ?", person), ("at < ?", until)):
        if value is not None:
            parts.append(part)
            values.append(value)
    if what:
        parts.append("what = ?")
        values.append(what)
    rows = await database.rows(
        "SELECT no, at, what, login, person, by, address, agent FROM signin_event"
        f" WHERE {' AND '.join(parts)} ORDER BY no DESC LIMIT ?",
        (*values, limit),
    )
    return [
        Event(no, at, kind, login, PersonId(who), PersonId(by), address, agent)
        for no, at, kind, login, who, by, address, agent in rows
    ]
