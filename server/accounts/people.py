"""Accounts: who signs in, under which name, proved by which password.

A person is a commit, known wherever the realm's ledger is; an account is this server's own.
"""

from __future__ import annotations

from collections.abc import Callable

from server.accounts.passwords import first_password, hashed
from sync.ids import PersonId
from sync.ledger.ledger import Ledger

__all__ = ["open_account"]


async def open_account(
    ledger: Ledger, person: PersonId, login: str, random_bytes: Callable[[int], bytes]
) -> str:
    """Lets a person sign in; returns the first password, which is shown once.

    Raises `login-taken`.
    """
    password = first_password(random_bytes)
    async with ledger.transaction() as database:
        await database.run(
            "INSERT INTO account (person, login, password_hash, must_change, made_at)"
            " VALUES (?, ?, ?, 1, ?)",
            (person, login, hashed(password), ledger.now()),
        )
    return password
