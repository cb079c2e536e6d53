"""Backing up a running server to one file, and restoring from it.

A backup holds all the server knows, its private key included: keep it as safe as the server. What
was accepted after it comes back from the laptops, which keep what the server has receipted; a new
epoch tells them that the server's order of acceptance is another one.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from sync.ledger.database import APPLICATION_ID, translated
from sync.ledger.ledger import FILE_NAME, Ledger
from sync.problems import Problem

__all__ = ["BackedUp", "Restored", "back_up", "restore"]

_COUNTED = ("commits", "version", "receipt", "rollup")
_MARK = "backup_"
_OVER = frozenset({"web_session", "link_code", "service_try", "service_newcomer"})
"""What may have ended since the backup was made: who signed out stays out, a code is good once."""


class BackedUp(NamedTuple):
    """What a backup holds and how large it is."""

    commits: int
    bytes: int


class Restored(NamedTuple):
    """What a restored server holds, when it was backed up (seconds since 1970), and where the
    server that was there before lies now, if there was one.
    """

    commits: int
    backed_up_at: int
    replaced: Path | None


async def back_up(ledger: Ledger, out: Path) -> BackedUp:
    """Writes a consistent copy while the server goes on; the file appears whole or not at all.

    Raises `backup-exists`, `storage-…`.
    """
    if out.exists():
        raise Problem("backup-exists", file=str(out))
    part = out.with_name(out.name + ".part")
    try:
        with translated(out):
            out.parent.mkdir(parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            part.touch(mode=0o600)
            counts = await asyncio.to_thread(_copy, ledger.database.path, part, ledger.now())
            size = part.stat().st_size
            part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return BackedUp(counts["commits"], size)


def restore(
    file: Path,
    folder: Path,
    random_bytes: Callable[[int], bytes],
    *,
    replace: bool = False,
) -> Restored:
    """Makes the folder's server the one of a backup; the server there must not be running.

    With `replace`, one that is there is put aside, never overwritten.
    Raises `backup-missing`, `backup-unusable`, `backup-incomplete`, `backup-server-there`, `storage-…`.
    """
    target = folder / FILE_NAME
    if target.exists() and not replace:
        raise Problem("backup-server-there", folder=str(folder))
    if not file.is_file():
        raise Problem("backup-missing", file=str(file))
    part = folder / (FILE_NAME + ".part")
    try:
        with translated(target):
            folder.mkdir(parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            part.touch(mode=0o600)
            shutil.copyfile(file, part)
            commits, at = _checked(part, file, random_bytes(8))
            replaced = _put_aside(target, at)
            part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return Restored(commits, at, replaced)


def _copy(source: Path, target: Path, now: int) -> dict[str, int]:
    """In one step, which reads one moment of the database however long it takes."""
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        counts = _counts(copy)
        noted = {"at": now, **counts}
        with copy:
            copy.executemany(
                "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
                [(_MARK + name, number) for name, number in noted.items()],
            )
    return counts


def _checked(part: Path, file: Path, epoch: bytes) -> tuple[int, int]:
    """The number of commits and the time of a good backup, which gets its new epoch."""
    try:
        with closing(sqlite3.connect(part)) as copy:
            noted = _noted(copy)
            if noted is None:
                raise Problem("backup-unusable", file=str(file))
            ((verdict,),) = copy.execute("PRAGMA integrity_check(1)").fetchall()
            if verdict != "ok" or {name: noted.get(name) for name in _COUNTED} != _counts(copy):
                raise Problem("backup-incomplete", file=str(file))
            with copy:
                copy.execute("UPDATE meta SET value = ? WHERE key = 'epoch'", (epoch,))
                copy.execute("DELETE FROM meta WHERE key GLOB ?", (_MARK + "*",))
                for table in _OVER & _tables(copy):
                    copy.execute(f"DELETE FROM {table}")
            return noted["commits"], noted["at"]
    except sqlite3.DatabaseError as error:
        raise Problem("backup-incomplete", file=str(file)) from error


def _tables(copy: sqlite3.Connection) -> set[str]:
    rows = copy.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    return {name for (name,) in rows}


def _noted(copy: sqlite3.Connection) -> dict[str, int] | None:
    """What a backup says of itself; None of a file that is no backup of a server."""
    try:
        ((application,),) = copy.execute("PRAGMA application_id").fetchall()
        rows = dict(copy.execute("SELECT key, value FROM meta").fetchall())
        keys = copy.execute("SELECT 1 FROM secret WHERE name = 'device'").fetchall()
        own = copy.execute("SELECT 1 FROM migration WHERE name LIKE 'server/%'").fetchall()
    except sqlite3.OperationalError:
        return None
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_NOTADB:
            return None
        raise
    noted = {key.removeprefix(_MARK): n for key, n in rows.items() if key.startswith(_MARK)}
    is_server = application == APPLICATION_ID and keys and own and "epoch" in rows
    return noted if is_server and "at" in noted else None


def _counts(copy: sqlite3.Connection) -> dict[str, int]:
    return {
        table: copy.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] for table in _COUNTED
    }


def _put_aside(target: Path, at: int) -> Path | None:
    """Moves a server's file with its side files to a name that is free; None if there is no file.

    Side files go first, and even where the file is gone: SQLite would play a log that stayed behind
    into the restored file.
    """
    number = 0
    while (aside := target.with_name(f"{target.stem}-replaced-{at}-{number}.db")).exists():
        number += 1
    replaced = aside if target.exists() else None
    for suffix in ("-wal", "-shm", ""):
        side = target.with_name(target.name + suffix)
        if side.exists():
            side.replace(aside.with_name(aside.name + suffix))
    return replaced
