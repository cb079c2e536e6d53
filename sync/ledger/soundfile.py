"""Whether a database file can be trusted: looked at before it is opened, and blamed only if guilty.

At opening: is it there, is a rebuild under way, does its log hold what was committed, do its pages
fit each other, as far as a bounded time goes. Later: whatever fails while the file is open makes
somebody look whether it holds what nobody ever wrote; only then is the file named as the cause.
What no look can tell is a value that became another one: that is found by `verify` in all that is
signed, and by nothing in an edit that isn't sealed yet.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from sync.ledger import connector, identity, replacing, salvage, soundlog
from sync.ledger.database import APPLICATION_ID
from sync.ledger.identity import Identity, Kind
from sync.ledger.ledger import FILE_NAME
from sync.ledger.migrated import has_its_schema, was_migrated
from sync.limits import LOOK_SECONDS_MAX
from sync.problems import Problem

__all__ = ["fault_in", "is_guilty", "missing", "sound"]

_DAMAGED = {"laptop": "laptop-damaged", "server": "server-damaged"}
_GONE = {"laptop": "laptop-gone", "server": "server-gone"}
_UNFINISHED = {"laptop": "laptop-rebuild-unfinished", "server": "server-rebuild-unfinished"}
# What SQLite says of a file that may be whole: it is busy, forbidden, or the look took too long.
_NOT_ITS_FAULT = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_AUTH,
}

# What code that trusts its own database may raise when that holds what nobody wrote.
_SUSPICIOUS: tuple[type[Exception], ...] = (
    *connector.ERRORS,
    msgspec.MsgspecError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AssertionError,
)
_SUSPICIOUS_CODES = ("commit-malformed", "definition-", "formula-", "catalogue-")

_open: Counter[Path] = Counter()
"""Files that this process has open: of those, the log must not be read behind SQLite's back."""


@contextmanager
def sound(folder: Path, kind: Kind, seconds: float | None = LOOK_SECONDS_MAX) -> Iterator[None]:
    """Around all that is done with a folder's database: damage is one problem, whenever it shows.

    Raises `laptop-damaged`, `laptop-gone`, `laptop-rebuild-unfinished` or the server's like.
    """
    path = (folder / FILE_NAME).absolute()
    if replacing.is_unfinished(folder):
        raise Problem(_UNFINISHED[kind], folder=str(folder))
    if not (path.is_file() and path.stat().st_size):
        raise missing(folder, kind)
    damaged = Problem(_DAMAGED[kind], file=str(path), folder=str(folder))
    if not _open[path] and fault_in(path, seconds):
        raise damaged
    _open[path] += 1
    try:
        yield
    except Problem as problem:
        is_suspicious = problem.code.startswith(_SUSPICIOUS_CODES)
        if problem.code == "storage-damaged" or (is_suspicious and is_guilty(path)):
            raise damaged from problem
        raise
    except _SUSPICIOUS as error:
        if is_guilty(path):
            raise damaged from error
        raise
    finally:
        _open[path] -= 1


def missing(folder: Path, kind: Kind) -> Problem:
    """What to say of a folder without a database: `data-missing`, or that a rebuild brings it back."""
    known = identity.read(folder)
    if known is not None and known.kind == kind:
        return Problem(_GONE[kind], folder=str(folder))
    return Problem("data-missing", folder=str(folder))


def fault_in(path: Path, seconds: float | None) -> bool:
    """Whether a file that isn't open here is damaged, as far as that long a look tells; None is as
    long as it takes.
    """
    try:
        # Whoever has it open has read its log, and found it whole.
        log = None if soundlog.in_use(path) else soundlog.log_of(path)
        if log is not None and not log.is_whole:
            return True
        return _pages_fault(path, seconds, identity.read(path.parent))
    except OSError:
        return False  # whoever opens it will be told why it can't be read


def is_guilty(path: Path) -> bool:
    """Whether a file, opened here or not, holds what nobody wrote; takes all the time it needs."""
    known = identity.read(path.parent)
    return _pages_fault(path, None, known) or salvage.is_short(path)


def _pages_fault(path: Path, seconds: float | None, known: Identity | None) -> bool:
    has_log = path.with_name(path.name + "-wal").exists()
    try:
        with salvage.looking(path) as opened:
            ((application,),) = opened.execute("PRAGMA application_id").fetchall()
            if application != APPLICATION_ID:
                return _has_our_tables(opened)  # else it is another's, which opening it says
            if known is not None and identity.contradicts(known, opened):
                return True
            if not was_migrated(opened):
                return True
            if seconds is None and not has_its_schema(opened):
                return True
            with _interrupted(opened, seconds):
                ((verdict,),) = opened.execute("PRAGMA integrity_check(1)").fetchall()
            is_fault = bool(verdict != "ok")
    except connector.ERRORS as error:
        code = getattr(error, "sqlite_errorcode", None)  # of a text that is none, there is none
        is_fault = code is None or code & 0xFF not in _NOT_ITS_FAULT
    except UnicodeDecodeError:
        is_fault = True  # SQLite's complaint quotes a text that is none
    if is_fault and not has_log and path.with_name(path.name + "-wal").exists():
        return _pages_fault(path, seconds, known)  # somebody came in between
    return is_fault


@contextmanager
def _interrupted(opened: sqlite3.Connection, seconds: float | None) -> Iterator[None]:
    """Breaks off what goes on for longer: the look at a large table is a single step of SQLite's,
    between whose parts it asks for nothing but this.
    """
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, opened.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _has_our_tables(opened: sqlite3.Connection) -> bool:
    names = {name for (name,) in opened.execute("SELECT name FROM sqlite_schema")}
    return names >= {"migration", "commits", "pending", "place_no"}
