"""The bearer token with which programs read this server's figures; only its hash is kept."""

from __future__ import annotations

import base64
from collections.abc import Callable

from sync.ids import tagged_hash
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger

__all__ = ["is_good", "renew"]

TOKEN_BYTES = 32


async def renew(ledger: Ledger, random_bytes: Callable[[int], bytes]) -> str:
    """A new token, to be shown once; the one before it is good no longer."""
    token = "tianji_" + base64.urlsafe_b64encode(random_bytes(TOKEN_BYTES)).decode().rstrip("=")
    async with ledger.transaction() as database:
        await database.run("DELETE FROM api_token")
        await database.run(
            "INSERT INTO api_token (token_hash, made_at) VALUES (?, ?)",
            (_hash(token), ledger.now()),
        )
    return token


async def is_good(database: Database, token: str) -> bool:
    """Whether that is the token. It is looked up by its hash: timing tells nothing about it."""
    rows = await database.rows("SELECT 1 FROM api_token WHERE token_hash = ?", (_hash(token),))
    return bool(rows)


def _hash(token: str) -> bytes:
    return tagged_hash("api token", token.encode())
