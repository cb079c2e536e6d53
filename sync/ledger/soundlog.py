"""The write-ahead log beside a database: whether it still holds all that was committed to it.

SQLite reads a log up to the first frame that doesn't fit and says nothing of the rest, so that a log
which lost its end, or one byte, makes commits disappear in silence. Two witnesses tell: the index of
a process that was killed (`-shm`) says how many frames were committed, and frames behind a broken
one that fit each other were written after it. Without either a lost end can't be told.

These functions read the files themselves. They must not be used while this process has the database
open: closing a file gives up all locks that the process holds on it.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from typing import NamedTuple

from sync.limits import LOG_BYTES_SUMMED_MAX

__all__ = ["Log", "in_use", "log_of", "mend"]

_HEADER_BYTES, _FRAME_BYTES, _INDEX_BYTES = 32, 24, 48
_MAGIC, _VERSION = 0x377F0682, 3007000
_DATABASE_PAGE_SIZE_AT = 16
_LOCK_AT = 128  # the byte of the index on which everyone who has the database open holds a lock

Sums = tuple[int, int]


class Log(NamedTuple):
    """Frames of a log: how many fit, how many were committed as far as can be told."""

    good: int
    meant: int
    page_bytes: int
    salts: bytes

    @property
    def is_whole(self) -> bool:
        """Whether nothing that was committed is known to be missing."""
        return self.good >= self.meant


def log_of(database: Path) -> Log | None:
    """What can be told of a database's log; None if there is none, or none that says anything."""
    index = _index(database)
    file = _beside(database, "-wal")
    content = file.read_bytes() if file.exists() else b""
    if index != _index(database):
        return None  # somebody writes right now
    if len(content) < _HEADER_BYTES + _FRAME_BYTES:
        missing = index is not None and index.frames > index.copied
        return Log(0, index.frames, 0, b"") if missing and index is not None else None
    read = _Read(content, _page_bytes(database, content))
    if read.salts is None:
        return None
    if len(content) > LOG_BYTES_SUMMED_MAX and read.header_fits:
        good = (len(content) - _HEADER_BYTES) // (_FRAME_BYTES + read.page_bytes)
    else:
        good = read.good()
    is_its_index = index is not None and index.salts == read.salts
    meant = index.frames if index is not None and is_its_index else read.meant(good)
    return Log(good, meant, read.page_bytes, read.salts)


def mend(database: Path, log: Log) -> bool:
    """Makes a copy's log such that SQLite reads all its frames that were committed and are there;
    says whether all are.

    What is wrong within a frame stays wrong: whoever reads the rows must check each.
    """
    file = _beside(database, "-wal")
    content = bytearray(file.read_bytes())
    header = struct.pack(">IIII", _MAGIC, _VERSION, log.page_bytes, 0) + log.salts
    sums = _summed(header, (0, 0))
    content[:_HEADER_BYTES] = header + struct.pack(">II", *sums)
    step = _FRAME_BYTES + log.page_bytes
    end = min(_HEADER_BYTES + log.meant * step, len(content) - (len(content) - 32) % step)
    for at in range(_HEADER_BYTES, end, step):
        sums = _summed(bytes(content[at : at + 8]), sums)
        sums = _summed(bytes(content[at + _FRAME_BYTES : at + step]), sums)
        content[at + 8 : at + _FRAME_BYTES] = log.salts + struct.pack(">II", *sums)
    file.write_bytes(content[:end])
    return end == _HEADER_BYTES + log.meant * step


def in_use(database: Path) -> bool:
    """Whether another process has the database open, where the system can be asked."""
    file = _beside(database, "-shm")
    if sys.platform != "linux" or not file.exists():
        return False
    import fcntl

    layout = "@hhqqi"
    with file.open("rb") as opened:
        asked = struct.pack(layout, fcntl.F_WRLCK, 0, _LOCK_AT, 1, 0)
        answer = fcntl.fcntl(opened, fcntl.F_GETLK, asked)
    return bool(struct.unpack(layout, answer)[0] != fcntl.F_UNLCK)


class _Index(NamedTuple):
    """What the index says: frames committed, frames copied to the database since, and whose."""

    frames: int
    copied: int
    salts: bytes


def _index(database: Path) -> _Index | None:
    file = _beside(database, "-shm")
    if not file.exists():
        return None
    with file.open("rb") as opened:
        content = opened.read(2 * _INDEX_BYTES + 4)
    first, second = content[:_INDEX_BYTES], content[_INDEX_BYTES : 2 * _INDEX_BYTES]
    if len(content) < 2 * _INDEX_BYTES + 4 or first != second:
        return None
    version, frames = struct.unpack_from("=I12xI", first)
    if version != _VERSION or not first[12] or not frames:
        return None
    (copied,) = struct.unpack_from("=I", content, 2 * _INDEX_BYTES)
    return _Index(frames, copied, first[32:40])


class _Read:
    """A log's bytes, frame by frame."""

    def __init__(self, content: bytes, page_bytes: int) -> None:
        self._content = content
        self.page_bytes = page_bytes
        self._step = _FRAME_BYTES + page_bytes
        self._count = (len(content) - _HEADER_BYTES) // self._step if page_bytes else 0
        self._order = ">" if content[3] & 1 else "<"
        sums = _summed(content[:24], (0, 0), self._order)
        self.header_fits = struct.unpack_from(">II", content, 24) == sums
        self.salts = self._salts()

    def _salts(self) -> bytes | None:
        if self.header_fits:
            return self._content[16:24]
        if not self._count:
            return None
        self._order = "<" if sys.byteorder == "little" else ">"
        return self._content[_HEADER_BYTES + 8 : _HEADER_BYTES + 16]

    def good(self) -> int:
        """How many frames fit, from the first on."""
        if not self.header_fits:
            return 0
        sums: Sums = struct.unpack_from(">II", self._content, 24)
        return self._run(0, sums)[0]

    def meant(self, good: int) -> int:
        """How many frames were committed, by what fits behind the broken one.

        The last transaction may have been under way: one that is alone behind the break says nothing.
        """
        if good >= self._count:
            return good
        for sums in (self._stored(good), self._sums(good, self._stored(good - 1))):
            end, commits = self._run(good + 1, sums)
            own = self._is_commit(good)
            if commits and len(commits) + own > 1 and end > good + 1:
                return commits[-1] + 1
        return good

    def _run(self, start: int, sums: Sums) -> tuple[int, list[int]]:
        """How far frames fit each other from one on, and which of them end a transaction."""
        commits = []
        number = start
        while number < self._count:
            at = _HEADER_BYTES + number * self._step
            if self._content[at + 8 : at + 16] != self.salts:
                break
            sums = self._sums(number, sums)
            if sums != self._stored(number):
                break
            if self._is_commit(number):
                commits.append(number)
            number += 1
        return number, commits

    def _sums(self, number: int, sums: Sums) -> Sums:
        at = _HEADER_BYTES + number * self._step
        sums = _summed(self._content[at : at + 8], sums, self._order)
        return _summed(self._content[at + _FRAME_BYTES : at + self._step], sums, self._order)

    def _stored(self, number: int) -> Sums:
        at = 24 if number < 0 else _HEADER_BYTES + number * self._step + 16
        first, second = struct.unpack_from(">II", self._content, at)
        return first, second

    def _is_commit(self, number: int) -> bool:
        at = _HEADER_BYTES + number * self._step + 4
        return self._content[at : at + 4] != b"\0\0\0\0"


def _summed(content: bytes, sums: Sums, order: str = "<") -> Sums:
    """SQLite's running checksum over pairs of words."""
    first, second = sums
    words = struct.unpack(f"{order}{len(content) // 4}I", content)
    for left, right in zip(words[::2], words[1::2], strict=True):
        first = (first + left + second) & 0xFFFFFFFF
        second = (second + right + first) & 0xFFFFFFFF
    return first, second


def _page_bytes(database: Path, content: bytes) -> int:
    """The page size by the log's header, or by the database's where that is no page size."""
    (size,) = struct.unpack_from(">I", content, 8)
    if _is_page_size(size):
        return int(size)
    with database.open("rb") as opened:
        head = opened.read(_DATABASE_PAGE_SIZE_AT + 2)
    size = int.from_bytes(head[_DATABASE_PAGE_SIZE_AT:], "big")
    size = 65536 if size == 1 else size
    return size if _is_page_size(size) else 0


def _is_page_size(size: int) -> bool:
    return 512 <= size <= 65536 and size & (size - 1) == 0


def _beside(database: Path, suffix: str) -> Path:
    return database.with_name(database.name + suffix)
