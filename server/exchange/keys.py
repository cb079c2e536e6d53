"""Keys with which other systems read from this server or file with it: one a system, by scope.

A key reaches a place and all below it, is good for what it was made for, and ends on its day or
when it is ended. It is 256 bits of chance and shown once; only its hash is kept.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from sync.ids import PersonId, PlaceId, tagged_hash
from sync.ledger.database import Database, Row
from sync.ledger.ledger import Ledger
from sync.limits import API_KEYS_MAX, NAME_CHARS_MAX
from sync.problems import Problem

__all__ = ["Key", "Right", "end", "every", "find", "make", "note_use"]

KEY_BYTES = 32
_NAME_BYTES = 6


class Right(StrEnum):
    """What a key may be good for. Definitions are read with any key."""

    DEFINITIONS = "definitions"
    VALUES = "values"
    TOTALS = "totals"
    PREFILLS = "prefills"
    MONITORING = "monitoring"


class Key(NamedTuple):
    """One system's key; `id` names it on pages and in logs, and opens nothing.

    `until` is the last day on which it is good, `owner` whose indicators it may prefill.
    """

    id: str
    name: str
    place: PlaceId
    rights: frozenset[Right]
    owner: str
    until: date
    made_by: PersonId
    made_at: int
    ended_at: int | None
    used_on: date | None

    def is_good(self, day: date) -> bool:
        """Whether it still opens anything on that day."""
        return self.ended_at is None and day <= self.until


async def make(
    ledger: Ledger,
    random_bytes: Callable[[int], bytes],
    *,
    name: str,
    place: PlaceId,
    rights: Collection[Right],
    owner: str,
    until: date,
    made_by: PersonId,
) -> str:
    """A new key, to be shown once.

    Raises `key-name-malformed`, `key-rights-missing`, `key-owner-missing`, `key-past`, `keys-many`.
    """
    name, owner = name.strip(), owner.strip()
    if not name or len(name) > NAME_CHARS_MAX or not name.isprintable():
        raise Problem("key-name-malformed", most=NAME_CHARS_MAX)
    if not set(rights) - {Right.DEFINITIONS}:
        raise Problem("key-rights-missing")
    if Right.PREFILLS in rights and not owner:
        raise Problem("key-owner-missing")
    if until < ledger.today():
        raise Problem("key-past", until=until.isoformat())
    secret = "tianji_" + base64.urlsafe_b64encode(random_bytes(KEY_BYTES)).decode().rstrip("=")
    rights_text = " ".join(sorted({*rights, Right.DEFINITIONS}))
    row = (_hash(secret), random_bytes(_NAME_BYTES).hex(), name, place, rights_text, owner)
    async with ledger.transaction() as database:
        ((count,),) = await database.rows("SELECT count(*) FROM api_key")
        if count >= API_KEYS_MAX:
            raise Problem("keys-many", most=API_KEYS_MAX)
        await database.run(
            f"INSERT INTO api_key ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,NULL,'')",
            (*row, until.isoformat(), made_by, ledger.now()),
        )
    return secret


async def find(database: Database, secret: str) -> Key | None:
    """The key, whether it is still good or not. It is looked up by its hash: timing tells nothing."""
    rows = await database.rows(
        f"SELECT {_COLUMNS} FROM api_key WHERE key_hash = ?", (_hash(secret),)
    )
    return _key(rows[0]) if rows else None


async def every(database: Database) -> list[Key]:
    """All keys: those that are good first, then by name."""
    rows = await database.rows(
        f"SELECT {_COLUMNS} FROM api_key ORDER BY ended_at IS NOT NULL, name, id"
    )
    return [_key(row) for row in rows]


async def end(ledger: Ledger, name: str) -> None:
    """Ends a key: it opens nothing from the next request on."""
    async with ledger.transaction() as database:
        await database.run(
            "UPDATE api_key SET ended_at = ? WHERE id = ? AND ended_at IS NULL",
            (ledger.now(), name),
        )


async def note_use(ledger: Ledger, key: Key) -> None:
    """Notes that the key was used today: one write a day."""
    today = ledger.today()
    if key.used_on != today:
        async with ledger.transaction() as database:
            await database.run(
                "UPDATE api_key SET used_on = ? WHERE id = ?", (today.isoformat(), key.id)
            )


_COLUMNS = "key_hash, id, name, place, rights, owner, until, made_by, made_at, ended_at, used_on"


def _key(row: Row) -> Key:
    _, name, title, place, rights, owner, until, made_by, made_at, ended_at, used_on = row
    known = {right.value: right for right in Right}
    return Key(
        name,
        title,
        PlaceId(place),
        frozenset(known[word] for word in rights.split() if word in known),
        owner,
        date.fromisoformat(until),
        PersonId(made_by),
        made_at,
        ended_at,
        date.fromisoformat(used_on) if used_on else None,
    )


def _hash(secret: str) -> bytes:
    return tagged_hash("api key", secret.encode("utf-8", "surrogatepass"))
