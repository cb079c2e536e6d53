"""A laptop's database encrypted at rest, and back: the file is made anew, looked at, put in place.

Whatever stops it in between leaves the one or the other file whole. The copies beside the database,
and the key that lies in the open, go with the old one. What was on the disk before may still be
found there by whoever takes it apart: that is what the disk's own encryption is for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from field_client import copies
from sync.ledger import connector, identity
from sync.ledger.connector import MARK, cipher, quoted
from sync.ledger.database import APPLICATION_ID, translated
from sync.ledger.ledger import FILE_NAME
from sync.limits import PASSPHRASE_CHARS_MIN
from sync.problems import Problem

__all__ = ["decrypt", "encrypt"]


def encrypt(folder: Path, passphrase: str) -> None:
    """Encrypts the database with a passphrase; nobody may have it open.

    Raises `encrypted-already`, `encrypted-short`, `encrypted-unsupported`, `storage-…`.
    """
    file = folder / FILE_NAME
    if connector.is_encrypted(file):
        raise Problem("encrypted-already", folder=str(folder))
    if len(passphrase) < PASSPHRASE_CHARS_MIN:
        raise Problem("encrypted-short", least=PASSPHRASE_CHARS_MIN)
    opened = cipher().connect
    connector.ask_with(lambda _: passphrase)
    _rewrite(file, lambda: opened(str(file)), quoted(passphrase), lambda: _mark(folder))
    with translated(file):
        (folder / identity.FILE_NAME).unlink(missing_ok=True)
        _forget_copies(folder)


def decrypt(folder: Path) -> None:
    """Makes it a plain file again, with the passphrase that opens it; nobody may have it open.

    Raises `encrypted-not`, `encrypted-locked`, `encrypted-wrong`, `storage-…`.
    """
    file = folder / FILE_NAME
    if not connector.is_encrypted(file):
        raise Problem("encrypted-not", folder=str(folder))
    _rewrite(file, lambda: connector.connect(file), "''", lambda: None)
    with translated(file):
        (folder / MARK).unlink(missing_ok=True)
        _forget_copies(folder)


def _rewrite(
    file: Path, opened: Callable[[], sqlite3.Connection], key: str, before: Callable[[], None]
) -> None:
    """Writes all of the file into a new one under that key, compares, and takes its place."""
    new = file.with_name(f"{file.name}.new")
    with translated(file):
        new.unlink(missing_ok=True)
        with closing(opened()) as old:
            old.isolation_level = None
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            old.execute(f"ATTACH DATABASE ? AS new KEY {key}", (str(new),))
            old.execute("SELECT sqlcipher_export('new')").fetchall()
            old.execute(f"PRAGMA new.application_id = {APPLICATION_ID}")
            _demand_same(old, new)
            old.execute("DETACH DATABASE new")
        new.chmod(0o600)
        before()
        new.replace(file)  # the log of the old one is empty, and went with its last connection


def _demand_same(both: sqlite3.Connection, new: Path) -> None:
    """The new file holds together, and each of its tables has as many rows as the old one's."""
    ((verdict,),) = both.execute("PRAGMA new.integrity_check(1)").fetchall()
    names = both.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'").fetchall()
    counts: list[Any] = [
        both.execute(
            f'SELECT (SELECT count(*) FROM main."{name}") = (SELECT count(*) FROM new."{name}")'
        ).fetchone()[0]
        for (name,) in names
    ]
    if verdict != "ok" or not all(counts):
        raise Problem("storage-failed", file=str(new))


def _mark(folder: Path) -> None:
    (folder / MARK).write_text(
        "tianji.db 已加密，需要口令才能打开。 The database is encrypted.\n", "utf-8"
    )


def _forget_copies(folder: Path) -> None:
    """Those of the other make: the next ones are made of the new file, when they are due."""
    for one in copies.copies_in(folder):
        one.file.unlink()
