"""SQLite in the simulator: the same files and statements, without threads and without waiting.

Only the driver under `sync.ledger.database` is another one. Nothing is synced, since no power fails
but in `traps.py`, which knows what would have been. A copy of a disk is a copy of the database file
made by SQLite itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Self

from server.intake import answer
from sync import commit_bytes, receipt, trust
from sync.ledger import database as module
from sync.ledger import receive
from sync.ledger.ledger import FILE_NAME
from tests.sim.traps import TRAPS

_CHECKPOINT_PAGES = 60
_decode = lru_cache(100_000)(commit_bytes.decode)
_is_signed = lru_cache(100_000)(trust.is_signed)


class Inline:
    """What `Database` uses of an aiosqlite connection, carried out at once."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], *_: object) -> None:
        self._thread = SimpleNamespace(daemon=True)
        self._connection = connect()
        ((_, _, path),) = self._connection.execute("PRAGMA database_list").fetchall()
        self._path = Path(path)
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")

    def __await__(self) -> Generator[None, None, Self]:
        return self._itself().__await__()

    async def _itself(self) -> Self:
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._connection.close()

    @property
    def in_transaction(self) -> bool:
        return bool(self._connection.in_transaction)

    async def execute(self, sql: str, values: Iterable[Any] = ()) -> None:
        if sql != "PRAGMA synchronous = FULL":
            self._meet(sql)
            self._connection.execute(sql, tuple(values))

    async def executemany(self, sql: str, rows: Iterable[Any]) -> None:
        self._meet(sql)
        self._connection.executemany(sql, rows)

    async def execute_fetchall(self, sql: str, values: Iterable[Any] = ()) -> list[Any]:
        self._meet(sql)
        return list(self._connection.execute(sql, tuple(values)).fetchall())

    async def backup(self, target: Inline, *, pages: int = -1) -> None:
        self._connection.backup(target._connection, pages=pages)

    async def close(self) -> None:
        self._connection.close()

    def _meet(self, sql: str) -> None:
        trap = TRAPS.get(self._path)
        if trap is not None:
            trap.meet(self._connection, self._path, sql)


def _connect(path: Path, **options: Any) -> Inline:
    return Inline(partial(sqlite3.connect, path, **options))


@contextmanager
def quick() -> Iterator[None]:
    """All databases opened within run without threads and without fsync.

    What is the same for the same bytes for ever, a signature's check and a commit's decoding, is
    done once for all replicas of the process: in a simulated world one commit goes past dozens.
    """
    patched: list[tuple[ModuleType, str, Any]] = [
        (module, "aiosqlite", SimpleNamespace(Connection=Inline, connect=_connect)),
        (commit_bytes, "decode", _decode),
        *((one, "is_signed", _is_signed) for one in (receipt, receive, answer, trust)),
    ]
    before = [(one, name, vars(one)[name]) for one, name, _ in patched]
    try:
        for one, name, value in patched:
            vars(one)[name] = value
        yield
    finally:
        for one, name, value in before:
            vars(one)[name] = value


def image(folder: Path) -> bytes:
    """The database in a folder as one consistent file's bytes."""
    connection = sqlite3.connect(folder / FILE_NAME)
    try:
        return connection.serialize()
    finally:
        connection.close()


@contextmanager
def calm(folder: Path) -> Iterator[None]:
    """No trap lies in wait for that folder's database within."""
    path = folder / FILE_NAME
    trap = TRAPS.pop(path, None)
    try:
        yield
    finally:
        if trap is not None:
            TRAPS[path] = trap


def put_back(folder: Path, content: bytes, log: bytes = b"") -> None:
    """Makes a folder's database what it was; nobody may have it open."""
    folder.mkdir(parents=True, exist_ok=True)
    for suffix in ("", "-wal", "-shm"):
        (folder / f"{FILE_NAME}{suffix}").unlink(missing_ok=True)
    (folder / FILE_NAME).write_bytes(content)
    if log:
        (folder / f"{FILE_NAME}-wal").write_bytes(log)
