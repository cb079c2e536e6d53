"""Who a data folder is: its key and where it belongs, in a small file beside the database.

With it a folder whose database is gone or can't be read begins again as who it was: the key signs on,
receipts stay good, and the others bring back what they hold. It is as secret as the database, which
holds the same key.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Literal

import msgspec

from sync.ids import RealmId, tagged_hash
from sync.ledger.connector import is_marked
from sync.ledger.database import Database, translated
from sync.ledger.ledger import write_certificate
from sync.trust import KEY_BYTES, Certificate

__all__ = [
    "FILE_NAME",
    "Identity",
    "Kind",
    "contradicts",
    "either",
    "ensure",
    "keep",
    "of_database",
    "read",
    "write",
]

FILE_NAME = "identity.json"
Kind = Literal["laptop", "server"]
_SETTINGS = ("place", "person", "grant")


class Identity(msgspec.Struct, frozen=True):
    """A laptop or a server of a realm; `settings` are a laptop's place, person and grant."""

    kind: Kind
    realm: RealmId
    seed: bytes
    certificates: tuple[Certificate, ...]
    server: str = ""
    settings: dict[str, bytes] = {}


class _Stored(msgspec.Struct, frozen=True):
    identity: Identity
    sha256: bytes


_DECODER = msgspec.json.Decoder(_Stored)


def read(folder: Path) -> Identity | None:
    """The identity kept in a folder; None if there is none, or none that is whole."""
    file = folder / FILE_NAME
    with translated(file):
        if not file.is_file():
            return None
        content = file.read_bytes()
    try:
        stored = _DECODER.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    whole = stored.sha256 == _sum(stored.identity) and len(stored.identity.seed) == KEY_BYTES
    return stored.identity if whole else None


def write(folder: Path, identity: Identity) -> None:
    """Keeps an identity, durably and whole or not at all; readable by its owner only.

    Beside an encrypted database none is kept: it would hold the key in the open.
    """
    file = folder / FILE_NAME
    if is_marked(folder):
        file.unlink(missing_ok=True)
        return
    part = folder / f"{FILE_NAME}.part"
    content = msgspec.json.format(msgspec.json.encode(_Stored(identity, _sum(identity))))
    with translated(file):
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        part.replace(file)


async def of_database(database: Database, kind: Kind) -> Identity:
    """The identity that a database holds."""
    rows = await database.rows("SELECT content FROM certificate ORDER BY server")
    ((seed,),) = await database.rows("SELECT value FROM secret WHERE name = 'device'")
    return Identity(
        kind,
        RealmId(await database.meta("realm")),
        seed,
        tuple(msgspec.msgpack.decode(content, type=Certificate) for (content,) in rows),
        await database.meta("server") or "",
        {name: value for name in _SETTINGS if (value := await database.meta(name)) is not None},
    )


def either(known: Identity | None, left: Identity | None) -> Identity | None:
    """Which of two to go by: the one beside the database is the whole one, unless a database of
    another was put there since.
    """
    if known is None or left is None:
        return known or left
    is_another = known.realm != left.realm and known.seed != left.seed
    return left if is_another else known


async def ensure(database: Database, kind: Kind) -> None:
    """Keeps the identity beside an open database, unless that one lies there already."""
    folder = database.path.parent
    known, own = read(folder), await of_database(database, kind)
    if known is None or (known.realm, known.seed) != (own.realm, own.seed):
        write(folder, own)


def contradicts(known: Identity, opened: sqlite3.Connection) -> bool:
    """Whether a database says half of what an identity says, which nobody can have written."""
    ((realm,),) = opened.execute("SELECT value FROM meta WHERE key = 'realm'").fetchall() or [
        (b"",)
    ]
    seeds = opened.execute("SELECT value FROM secret WHERE name = 'device'").fetchall()
    same = [realm == known.realm, [(known.seed,)] == seeds]
    if all(same):
        rows = opened.execute("SELECT key, value FROM meta").fetchall()
        there: dict[str, object] = dict(rows)
        return any(there.get(name) != value for name, value in known.settings.items())
    ((commits,),) = opened.execute("SELECT EXISTS (SELECT 1 FROM commits)").fetchall()
    return any(same) and bool(realm or commits)  # without either it is about to be enrolled


async def keep(database: Database, identity: Identity) -> None:
    """Makes a new database that of an identity, inside `writing()`."""
    await database.run("INSERT INTO secret (name, value) VALUES ('device', ?)", (identity.seed,))
    for certificate in identity.certificates:
        await write_certificate(database, certificate)
    for name, value in {**identity.settings, "realm": identity.realm}.items():
        await database.set_meta(name, value)
    if identity.server:
        await database.set_meta("server", identity.server)


def _sum(identity: Identity) -> bytes:
    return tagged_hash("identity", msgspec.json.encode(identity, order="deterministic"))
