"""Gathering what a laptop's folder and machine are like, for `health.py` to judge; and mending it."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import sys
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from field_client import people
from field_client.aside import held_names
from field_client.copies import FOLDER as COPIES
from field_client.copies import copies_in
from field_client.desk import Desk
from field_client.health import Facts, risky_place
from field_client.unsent import unsent
from sync import clock
from sync.entry.desk import moment
from sync.ledger import connector, identity
from sync.ledger.database import translated
from sync.ledger.ledger import FILE_NAME
from sync.problems import Problem

__all__ = [
    "examine",
    "examine_closed",
    "free_bytes",
    "holds_together",
    "make_private",
    "remember_folder",
]

_FOLDER = "folder"
"""Setting of the database: where it lay when it was opened last."""
_OTHERS = stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH


async def examine(desk: Desk, *, sound: bool | None) -> Facts:
    """The facts about an open laptop; `sound` is what looking the file over found, None if nobody
    has looked.
    """
    database = desk.ledger.database
    meta = database.meta
    folder = database.path.parent.absolute()
    ((parked,),) = await database.rows("SELECT count(*) FROM aside WHERE state = 'parked'")
    return _of_folder(folder, desk.now())._replace(
        sound=sound,
        clock_wrong_seconds=await desk.clock_wrong_by(),
        last_contact=await meta("last_contact"),
        unsent=await unsent(desk),
        oldest_unsent=await _oldest_unsent(desk),
        aside=parked + len(await held_names(desk)),
        revoked=await people.is_revoked(desk),
        twin=_twin(folder, await meta(_FOLDER)),
    )


def examine_closed(folder: Path, damage: Problem, now: int) -> Facts:
    """The facts about a laptop whose database did not open."""
    return _of_folder(folder.absolute(), now)._replace(damage=damage)


async def remember_folder(desk: Desk) -> None:
    """Notes where the laptop lies, unless it lies in two places: that is for a person to end."""
    folder = desk.ledger.database.path.parent.absolute()
    known = await desk.ledger.database.meta(_FOLDER)
    if known != str(folder) and not _twin(folder, known):
        async with desk.ledger.database.writing():
            await desk.ledger.database.set_meta(_FOLDER, str(folder))


def holds_together(file: Path) -> bool:
    """Whether the pages of a file that may be open fit each other; SQLite alone works at it, so
    that whoever types meanwhile is not held up. What can't be read now is no damage.
    """
    try:
        with closing(connector.connect(file, query="mode=ro")) as opened:
            ((verdict,),) = opened.execute("PRAGMA quick_check(1)").fetchall()
    except connector.ERRORS as error:
        damaged = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
        return getattr(error, "sqlite_errorcode", 0) & 0xFF not in damaged
    return bool(verdict == "ok")


def make_private(folder: Path) -> None:
    """Lets nobody but their owner read the laptop's files. Raises `storage-…`."""
    if sys.platform == "win32":
        return
    for path in _private_paths(folder):
        with translated(path):
            path.chmod(0o700 if path.is_dir() else 0o600)


def _of_folder(folder: Path, now: int) -> Facts:
    copies = copies_in(folder)
    file = folder / FILE_NAME
    return Facts(
        now=now,
        folder=str(folder),
        has_identity=_has_identity(folder),
        encrypted=connector.is_marked(folder),
        file_bytes=file.stat().st_size if file.is_file() else 0,
        free_bytes=free_bytes(folder),
        copies=len(copies),
        newest_copy=copies[0].made if copies else None,
        today=moment(now).date(),
        readable=_is_readable(folder),
        risk=risky_place(str(folder), _file_system(folder)),
        version=version("tianji"),
        sqlite=sqlite3.sqlite_version,
    )


def free_bytes(folder: Path) -> int | None:
    """How much of the disk under a folder is free, None where it can't be told."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


async def _oldest_unsent(desk: Desk) -> int | None:
    ((pending, sealed),) = await desk.ledger.database.rows(
        "SELECT (SELECT min(stamp) FROM pending),"
        " (SELECT min(last_stamp) FROM commits WHERE accepted_at IS NULL)"
    )
    stamps = [stamp for stamp in (pending, sealed) if stamp is not None]
    return clock.seconds(min(stamps)) if stamps else None


def _has_identity(folder: Path) -> bool:
    try:
        return identity.read(folder) is not None
    except Problem:
        return False


def _private_paths(folder: Path) -> list[Path]:
    names = (FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm", identity.FILE_NAME)
    copies = folder / COPIES
    own = [path for name in names if (path := folder / name).exists()]
    return own + ([copies, *copies.glob("*.db")] if copies.is_dir() else [])


def _is_readable(folder: Path) -> bool | None:
    """Whether others of this machine can read the files: not where the folder keeps them out."""
    if sys.platform == "win32":
        return None  # a person's own folders are private there
    try:
        if not folder.stat().st_mode & (stat.S_IXGRP | stat.S_IXOTH):
            return False
        return any(path.stat().st_mode & _OTHERS for path in _private_paths(folder))
    except OSError:
        return None


def _file_system(folder: Path) -> str:
    """The kind of file system that a folder lies on, as Linux tells it; '' elsewhere."""
    try:
        mounts = Path("/proc/self/mounts").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    best, kind = -1, ""
    for line in mounts:
        _, where, system, *_ = line.split(" ")
        point = where.encode().decode("unicode_escape")
        if folder.is_relative_to(point) and len(point) > best:
            best, kind = len(point), system
    return kind


def _twin(folder: Path, known: object) -> str:
    """Another folder in which this laptop lies as well: two of one device would contradict it."""
    if not isinstance(known, str) or known == str(folder):
        return ""
    other = Path(known) / FILE_NAME
    own = _device_key(folder / FILE_NAME)
    try:
        is_same_file = other.exists() and other.samefile(folder / FILE_NAME)
    except OSError:
        return ""
    return "" if is_same_file or own is None or _device_key(other) != own else known


def _device_key(file: Path) -> bytes | None:
    if not file.is_file():
        return None
    try:
        with closing(connector.connect(file, query="mode=ro", timeout=1)) as opened:
            rows = opened.execute("SELECT value FROM secret WHERE name = 'device'").fetchall()
    except connector.ERRORS:
        return None
    except Problem:
        return None
    return bytes(rows[0][0]) if rows else None
