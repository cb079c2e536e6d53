"""Signing in: a login and a password become a session, or one sentence that tells no more than it must."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from server.accounts import sessions
from server.accounts.passwords import hashed, is_right
from server.accounts.people import normal_login
from server.desk.acting import sign_in_here
from server.desk.viewer import Viewer
from sync.ids import PersonId
from sync.ledger.ledger import Ledger
from sync.limits import PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN
from sync.problems import Problem

__all__ = ["change_password", "sign_in"]

# Of a login that nobody has, as long is taken to say no as of one that somebody has.
_NOBODYS = hashed("nobody's")


async def sign_in(
    ledger: Ledger,
    login: str,
    password: str,
    random_bytes: Callable[[int], bytes],
    *,
    agent: str,
    address: str,
) -> str:
    """The cookie of a new session. Raises `sign-in-wrong`."""
    rows = await ledger.database.rows(
        "SELECT person, password_hash FROM account WHERE login = ?", (normal_login(login),)
    )
    kept = rows[0][1] if rows else _NOBODYS
    right = await asyncio.to_thread(is_right, kept, password[:PASSWORD_CHARS_MAX])
    person = PersonId(rows[0][0]) if rows else None
    if person is None or not right or person.hex() in ledger.register.disabled:
        raise Problem("sign-in-wrong")
    await sign_in_here(ledger, Viewer(ledger, person))
    return await sessions.begin(
        ledger, person, random_bytes, proved=True, agent=agent, address=address
    )


async def change_password(ledger: Ledger, person: PersonId, old: str, new: str, again: str) -> None:
    """Puts a password of the person's own in the place of the old one.

    Raises `password-wrong`, `password-differs`, `password-short`, `password-long`, `password-same`.
    """
    rows = await ledger.database.rows(
        "SELECT password_hash FROM account WHERE person = ?", (person,)
    )
    if not rows or not await asyncio.to_thread(is_right, rows[0][0], old[:PASSWORD_CHARS_MAX]):
        raise Problem("password-wrong")
    if new != again:
        raise Problem("password-differs")
    if len(new) < PASSWORD_CHARS_MIN:
        raise Problem("password-short", least=PASSWORD_CHARS_MIN)
    if len(new) > PASSWORD_CHARS_MAX:
        raise Problem("password-long", most=PASSWORD_CHARS_MAX)
    if new == old:
        raise Problem("password-same")
    kept = await asyncio.to_thread(hashed, new)
    async with ledger.transaction() as database:
        await database.run(
            "UPDATE account SET password_hash = ?, must_change = 0 WHERE person = ?",
            (kept, person),
        )
