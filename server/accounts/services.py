"""Which account somebody of the sign-in service has: linked once, by a code that was handed out.

An identity is the service's own word for a person, never an address of e-mail, which may be given
to somebody else. A try is good once, for ten minutes, and only in the browser that began it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import NamedTuple

from server.accounts.service import Vouched
from sync.ids import PersonId, tagged_hash
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.limits import LINK_CODE_SECONDS, SERVICE_TRIES_MAX, SERVICE_TRY_SECONDS
from sync.problems import Problem

__all__ = [
    "Begun",
    "Try",
    "begin_try",
    "keep_newcomer",
    "link_by_code",
    "link_within",
    "new_link_code",
    "person_of",
    "subject_of",
    "take_try",
    "unlink_within",
]

Chance = Callable[[int], bytes]
_NOBODY = PersonId(b"")
_GROUP_CHARS = 4


class Begun(NamedTuple):
    """What a try begins with: for the service, for the browser, and for the token request."""

    state: str
    browser: str
    nonce: str
    verifier: str


class Try(NamedTuple):
    """A try that came back; `person` is whose account is to be linked, if that was the purpose."""

    nonce: str
    verifier: str
    back: str
    person: PersonId


async def begin_try(
    ledger: Ledger, back: str, random_bytes: Chance, person: PersonId = _NOBODY
) -> Begun:
    """Notes that a browser goes to the service; the oldest of too many tries are forgotten."""
    begun = Begun(*(random_bytes(32).hex() for _ in range(4)))
    now, database = ledger.now(), ledger.database
    async with database.writing():
        await _make_room(database, "service_try", "state_hash", now)
        await database.run(
            "INSERT INTO service_try (state_hash, browser_hash, nonce, verifier, back, person,"
            " until) VALUES (?,?,?,?,?,?,?)",
            (
                _hash("state", begun.state),
                _hash("browser", begun.browser),
                begun.nonce,
                begun.verifier,
                back,
                person,
                now + SERVICE_TRY_SECONDS,
            ),
        )
    return begun


async def take_try(ledger: Ledger, state: str, browser: str) -> Try:
    """The try that a browser comes back from; nobody comes back from it again. Raises `service-state`."""
    async with ledger.database.writing():
        rows = await ledger.database.rows(
            "DELETE FROM service_try WHERE state_hash = ? AND browser_hash = ?"
            " RETURNING nonce, verifier, back, person, until",
            (_hash("state", state), _hash("browser", browser)),
        )
    if not rows or rows[0][4] < ledger.now():
        raise Problem("service-state")
    nonce, verifier, back, person, _ = rows[0]
    return Try(nonce, verifier, back, PersonId(person))


async def keep_newcomer(ledger: Ledger, vouched: Vouched, back: str, random_bytes: Chance) -> str:
    """The cookie of somebody who is linked to no account yet and may show a code."""
    token, now = random_bytes(32).hex(), ledger.now()
    async with ledger.database.writing():
        await _make_room(ledger.database, "service_newcomer", "token_hash", now)
        await ledger.database.run(
            "INSERT INTO service_newcomer (token_hash, issuer, subject, strong, back, until)"
            " VALUES (?,?,?,?,?,?)",
            (
                _hash("newcomer", token),
                vouched.issuer,
                vouched.subject,
                int(vouched.strong),
                back,
                now + SERVICE_TRY_SECONDS,
            ),
        )
    return token


async def new_link_code(ledger: Ledger, person: PersonId, random_bytes: Chance) -> str:
    """A code that links whoever shows it to that account, once; the one before it ends."""
    code = base64.b32encode(random_bytes(10)).decode().lower()
    async with ledger.database.writing():
        await ledger.database.run("DELETE FROM link_code WHERE person = ?", (person,))
        await ledger.database.run(
            "INSERT INTO link_code (code_hash, person, until) VALUES (?,?,?)",
            (_hash("link", code), person, ledger.now() + LINK_CODE_SECONDS),
        )
    return "-".join(code[i : i + _GROUP_CHARS] for i in range(0, len(code), _GROUP_CHARS))


async def link_by_code(ledger: Ledger, token: str, code: str) -> tuple[PersonId, str, bool]:
    """Links the newcomer to the account that the code is for: who it is, where they wanted to go,
    whether the service saw a second factor. Raises `service-state`, `link-code-wrong`.
    """
    now, database = ledger.now(), ledger.database
    plain = "".join(code[:64].split()).replace("-", "").casefold()
    async with database.writing():
        rows = await database.rows(
            "SELECT issuer, subject, strong, back FROM service_newcomer"
            " WHERE token_hash = ? AND until >= ?",
            (_hash("newcomer", token), now),
        )
        if not rows:
            raise Problem("service-state")
        issuer, subject, strong, back = rows[0]
        found = await database.rows(
            "DELETE FROM link_code WHERE code_hash = ? AND until >= ? RETURNING person",
            (_hash("link", plain), now),
        )
        if not found:
            raise Problem("link-code-wrong")
        person = PersonId(found[0][0])
        await link_within(database, issuer, subject, person, now)
        await database.run(
            "DELETE FROM service_newcomer WHERE token_hash = ?", (_hash("newcomer", token),)
        )
    return person, back, bool(strong)


async def link_within(
    database: Database, issuer: str, subject: str, person: PersonId, now: int
) -> None:
    """Links an identity to an account, which has one of each service, inside a transaction.

    Raises `service-linked-elsewhere`.
    """
    taken = await person_of(database, issuer, subject)
    if taken not in (None, person):
        raise Problem("service-linked-elsewhere")
    await unlink_within(database, issuer, person)
    await database.run(
        "INSERT INTO service_identity (name, issuer, subject, person, linked_at)"
        " VALUES (?,?,?,?,?)",
        (_identity(issuer, subject), issuer, subject, person, now),
    )


async def unlink_within(database: Database, issuer: str, person: PersonId) -> bool:
    """Takes the link away, inside a transaction; whether there was one."""
    gone = await database.rows(
        "DELETE FROM service_identity WHERE person = ? AND issuer = ? RETURNING 1",
        (person, issuer),
    )
    return bool(gone)


async def person_of(database: Database, issuer: str, subject: str) -> PersonId | None:
    """Whose account an identity is linked to."""
    rows = await database.rows(
        "SELECT person FROM service_identity WHERE name = ?", (_identity(issuer, subject),)
    )
    return PersonId(rows[0][0]) if rows else None


async def subject_of(database: Database, issuer: str, person: PersonId) -> str:
    """As whom the service knows a person; '' if they aren't linked."""
    rows = await database.rows(
        "SELECT subject FROM service_identity WHERE person = ? AND issuer = ?", (person, issuer)
    )
    return str(rows[0][0]) if rows else ""


async def _make_room(database: Database, table: str, key: str, now: int) -> None:
    await database.run(f"DELETE FROM {table} WHERE until < ?", (now,))
    ((held,),) = await database.rows(f"SELECT count(*) FROM {table}")
    if held >= SERVICE_TRIES_MAX:
        await database.run(
            f"DELETE FROM {table} WHERE {key} IN"
            f" (SELECT {key} FROM {table} ORDER BY until LIMIT ?)",
            (SERVICE_TRIES_MAX // 10,),
        )


def _hash(purpose: str, text: str) -> bytes:
    return tagged_hash(f"service {purpose}", text.encode())


def _identity(issuer: str, subject: str) -> bytes:
    return tagged_hash("service identity", issuer.encode(), subject.encode())
