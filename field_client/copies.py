"""Rolling copies of a laptop's database in its own folder: made while others write, tried by opening.

A copy helps where the file is damaged and there is no network to fetch everything anew. It holds the
laptop's key like the file itself, and is as private. Kept are the newest three and the newest of each
of the last seven days with one, as far as the disk has room; the last copy is never given up.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterable
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from field_client.desk import Desk
from sync.entry.desk import moment
from sync.ledger import connector
from sync.ledger.database import translated
from sync.ledger.ledger import FILE_NAME
from sync.problems import Problem

__all__ = ["FOLDER", "Copy", "copies_in", "is_due", "is_whole", "keep_copy", "prune", "surplus"]

FOLDER = "copies"
NEWEST_KEPT = 3
DAYS_KEPT = 7
FREE_BYTES_KEPT = 2**30
"""So much of the disk copies leave to others."""
_PREFIX, _SUFFIX, _FORM = "tianji-", ".db", "%Y%m%d-%H%M%S"


class Copy(NamedTuple):
    """One copy: when it was made, by China's time, and its size."""

    file: Path
    made: datetime
    bytes: int


def copies_in(folder: Path) -> list[Copy]:
    """The copies of a laptop's folder, the newest first; what isn't one of ours is left alone."""
    found = []
    for file in (folder / FOLDER).glob(f"{_PREFIX}*{_SUFFIX}"):
        try:
            made = datetime.strptime(file.name, f"{_PREFIX}{_FORM}{_SUFFIX}")  # noqa: DTZ007 - China's
            found.append(Copy(file, made, file.stat().st_size))
        except (ValueError, OSError):
            continue
    return sorted(found, key=lambda one: one.made, reverse=True)


def surplus(copies: Iterable[Copy], free: int) -> list[Copy]:
    """Which of the copies may go, the oldest first, where so many bytes of the disk are free."""
    ordered = sorted(copies, key=lambda one: one.made, reverse=True)
    days: dict[date, Copy] = {}
    for one in ordered:
        days.setdefault(one.made.date(), one)
    kept = {*ordered[:NEWEST_KEPT], *list(days.values())[:DAYS_KEPT]}
    gone = [one for one in reversed(ordered) if one not in kept]
    free += sum(one.bytes for one in gone)
    for one in sorted(kept, key=lambda one: one.made)[:-1]:
        if free >= FREE_BYTES_KEPT:
            break
        gone.append(one)
        free += one.bytes
    return sorted(gone, key=lambda one: one.made)


def is_due(folder: Path, now: datetime, hours: float) -> bool:
    """Whether the newest copy is that old and the file was written to since, or there is none."""
    copies = copies_in(folder)
    if not copies:
        return True
    newest = copies[0].made
    written = max(
        file.stat().st_mtime
        for name in (FILE_NAME, f"{FILE_NAME}-wal")
        if (file := folder / name).exists()
    )
    return now - newest >= timedelta(hours=hours) and written > copies[0].file.stat().st_mtime


async def keep_copy(desk: Desk) -> Copy:
    """Makes a copy, tries it, and lets go of what is too many.

    Raises `copy-no-room`, `copy-unsound`, `storage-…`; nothing of a copy that failed is left.
    """
    database = desk.ledger.database
    folder = database.path.parent / FOLDER
    with translated(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        _demand_room(database.path, folder)
    made = moment(desk.now()).replace(tzinfo=None, microsecond=0)
    file = folder / f"{_PREFIX}{made:{_FORM}}{_SUFFIX}"
    part = file.with_suffix(".part")
    try:
        await asyncio.to_thread(_write, database.path, part)
        if not await asyncio.to_thread(is_whole, part):
            raise Problem("copy-unsound", file=str(file))
        with translated(file):
            part.replace(file)
    finally:
        with translated(part):
            part.unlink(missing_ok=True)
    prune(database.path.parent)
    return Copy(file, made, file.stat().st_size)


def prune(folder: Path) -> None:
    """Lets go of copies that are too many, and of what a copy that was cut off left."""
    there = folder / FOLDER
    if not there.is_dir():
        return
    with translated(there):
        for part in there.glob(f"{_PREFIX}*.part"):
            part.unlink(missing_ok=True)
        for one in surplus(copies_in(folder), shutil.disk_usage(folder).free):
            one.file.unlink(missing_ok=True)


def is_whole(file: Path) -> bool:
    """Whether a copy opens and holds together; it is read alone, and nothing is left beside it."""
    try:
        with closing(connector.connect(file, query="mode=ro&immutable=1")) as opened:
            ((verdict,),) = opened.execute("PRAGMA integrity_check(1)").fetchall()
            ((commits,),) = opened.execute("SELECT count(*) FROM commits").fetchall()
            ((keys,),) = opened.execute("SELECT count(*) FROM secret").fetchall()
    except connector.ERRORS:
        return False
    except (OSError, Problem):
        return False
    return bool(verdict == "ok" and commits >= 0 and keys == 1)


def _write(source: Path, part: Path) -> None:
    """One moment of the file, through a connection of its own: nobody who writes has to wait."""
    with translated(part):
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with (
            closing(connector.connect(source, query="mode=ro")) as opened,
            closing(connector.connect(part)) as copy,
        ):
            opened.backup(copy)


def _demand_room(source: Path, folder: Path) -> None:
    wanted = source.stat().st_size + FREE_BYTES_KEPT // 8
    if shutil.disk_usage(folder).free < wanted:
        raise Problem("copy-no-room", folder=str(folder))
