"""Traps in a simulated disk: at some statement the process dies, the power fails, or SQLite does.

A power failure loses what was not synced: of the log's sectors that a commit wrote, each may be
there, be what it was or be rubbish, and so may the pages that a checkpoint copied out of the log.
What SQLite syncs before it goes on (`synchronous=FULL`) is there: a new log's header before its
frames, the log before a checkpoint.
"""

from __future__ import annotations

import sqlite3
import struct
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

SECTOR_BYTES: Final = 512
_LOG_HEADER_BYTES, _FRAME_HEADER_BYTES = 32, 24

KINDS: Final = ("process killed", "power cut", "disk full", "read error")
DEADLY: Final = KINDS[:2]


class Crash(BaseException):
    """The process is gone; nothing in it may go on."""


class Left(NamedTuple):
    """What a disk holds after a crash."""

    database: bytes
    log: bytes


@dataclass
class Trap:
    """What happens at the `count`th statement that it waits for."""

    kind: str
    count: int
    random: Random
    fired: bool = False
    left: Left = field(default_factory=lambda: Left(b"", b""))

    def meet(self, connection: sqlite3.Connection, path: Path, sql: str) -> None:
        """Called before each statement. Raises `Crash`, or what SQLite raises."""
        if self.fired:
            if self.kind in DEADLY:
                raise Crash
            return
        if not self._waits_for(sql):
            return
        self.count -= 1
        if self.count > 0:
            return
        self.fired = True
        if self.kind == "disk full":
            raise _error("database or disk is full", sqlite3.SQLITE_FULL)
        if self.kind == "read error":
            raise _error("disk I/O error", sqlite3.SQLITE_IOERR)
        before = _files(path)
        if self.kind == "process killed":
            self.left = before
        else:
            connection.execute("COMMIT")
            self.left = _torn(self.random, before, _files(path))
        raise Crash

    def _waits_for(self, sql: str) -> bool:
        first = sql.split(None, 1)[0].upper()
        if self.kind == "power cut":
            return first == "COMMIT"
        if self.kind == "read error":
            return first in ("SELECT", "WITH") and "FROM" in sql  # what reads the file
        return first in ("INSERT", "UPDATE", "DELETE", "COMMIT")


TRAPS: dict[Path, Trap] = {}
"""The traps that lie in wait, by the database's file."""


def _error(text: str, code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


def _files(path: Path) -> Left:
    log = path.with_name(f"{path.name}-wal")
    return Left(path.read_bytes(), log.read_bytes() if log.exists() else b"")


def _torn(random: Random, before: Left, after: Left) -> Left:
    if before.database != after.database:  # a checkpoint: the log was synced before it
        return Left(_torn_pages(random, before.database, after), after.log)
    header = slice(0, _LOG_HEADER_BYTES)
    if before.log[header] != after.log[header] and random.random() < 0.2:
        return before
    log = bytearray(after.log[header])
    spared = random.random() < 0.3
    for start in range(_LOG_HEADER_BYTES, len(after.log), SECTOR_BYTES):
        part = slice(start, start + SECTOR_BYTES)
        old, new = before.log[part], after.log[part]
        either = _either(random, old, new)
        log += new if spared else either
    return Left(after.database, bytes(log[: len(after.log)]))


def _torn_pages(random: Random, before: bytes, after: Left) -> bytes:
    page_bytes, salts = struct.unpack(">8xI4x8s", after.log[:24])
    database = bytearray(after.database)
    step = _FRAME_HEADER_BYTES + page_bytes
    for start in range(_LOG_HEADER_BYTES, len(after.log), step):
        number, frame_salts = struct.unpack(">I4x8s", after.log[start : start + 16])
        if frame_salts != salts:
            break
        part = slice((number - 1) * page_bytes, number * page_bytes)
        either = _either(random, before[part], bytes(database[part]))
        if len(database) >= part.stop:
            database[part] = either
    return bytes(database)


def _either(random: Random, old: bytes, new: bytes) -> bytes:
    """One of what was there, what was written, and neither, from the first byte that was written.

    As much chance is used up whatever the bytes are: a log begins with some that SQLite throws dice for.
    """
    which, rubbish = random.randrange(4), random.randbytes(len(new))
    same = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(old))
    written = new[same:]
    before = old[same:].ljust(len(written), b"\0")[: len(written)]
    return new[:same] + (before, written, written, rubbish[same:])[which]
