"""One SQLite file: opened, checked, migrated, and written by one transaction at a time."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiosqlite

from sync.ledger import connector
from sync.limits import DATABASE_BUSY_SECONDS
from sync.problems import Problem

Row = tuple[Any, ...]
"""A row as SQLite gives it; whoever selects knows its columns."""

APPLICATION_ID = 0x7469616E  # 'tian', in the file's header
_VARIABLES_MAX = 512
_STATEMENTS_KEPT = 512
_ROWS_AT_ONCE = 64


class Database:
    """A connection that writes, under a lock: `writing()` is one transaction."""

    def __init__(self, path: Path, connection: aiosqlite.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = asyncio.Lock()
        self._data_version = 0
        self._held: tuple[int, int] | None = None

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: Path, schemas: Sequence[str], *, create: bool = False, check: bool = True
    ) -> AsyncIterator[Database]:
        """Opens the file (or makes it, if `create`), checks it and brings its schema up to date.

        `schemas` are packages whose `schema/` folders hold numbered migrations.
        Raises `data-missing`, `data-newer`, `data-foreign`, `data-unfit`, `storage-…`.
        """
        if not create and not path.exists():
            raise Problem("data-missing", folder=str(path.parent))
        with translated(path):
            if create:
                path.parent.mkdir(parents=True, exist_ok=True)
            connect = connector.opener(
                path, isolation_level=None, cached_statements=_STATEMENTS_KEPT
            )
            connection = aiosqlite.Connection(connect, _ROWS_AT_ONCE)
            connection._thread.daemon = True  # noqa: SLF001 - a connection left open must not hang exit
            await _connected(connection)
            held = connector.hold(path)
        database = cls(path, connection)
        try:
            with translated(path):
                await database._prepare(create=create, check=check)
                for package in schemas:
                    await database._migrate(package, create=create)
            yield database
        finally:
            await connection.close()
            connector.release(held)

    @classmethod
    async def open_to_read(cls, path: Path) -> Database:
        """A connection beside the one that writes, which can't; to be closed by `close`.

        Raises `storage-…`.
        """
        with translated(path):
            connect = connector.opener(
                path, isolation_level=None, cached_statements=_STATEMENTS_KEPT
            )
            connection = aiosqlite.Connection(connect, _ROWS_AT_ONCE)
            connection._thread.daemon = True  # noqa: SLF001 - as above
            await _connected(connection)
            for pragma in (
                f"busy_timeout = {int(DATABASE_BUSY_SECONDS * 1000)}",
                "query_only = ON",
                "temp_store = MEMORY",
            ):
                await connection.execute(f"PRAGMA {pragma}")
        database = cls(path, connection)
        database._held = connector.hold(path)
        return database

    async def close(self) -> None:
        """Closes what `open_to_read` opened."""
        await self._connection.close()
        if self._held is not None:
            connector.release(self._held)
            self._held = None

    async def add(self, package: str) -> None:
        """Brings one more package's tables up to date, also in a file that never had any of them.

        Raises `data-newer`, `storage-…`.
        """
        with translated(self.path):
            await self._migrate(package, create=True)

    async def _prepare(self, *, create: bool, check: bool) -> None:
        wait = int(DATABASE_BUSY_SECONDS * 1000)
        await self._connection.execute(f"PRAGMA busy_timeout = {wait}")
        ((application,),) = await self.rows("PRAGMA application_id")
        ((tables,),) = await self.rows("SELECT count(*) FROM sqlite_schema")
        if application not in (0, APPLICATION_ID) or (application == 0 and tables):
            raise Problem("data-foreign", file=str(self.path))
        if application == 0 and not create:
            raise Problem("data-unfit", file=str(self.path))
        for pragma in (
            "journal_mode = WAL",  # it changes the file: first it must be known to be ours
            "synchronous = FULL",
            "foreign_keys = ON",
            "temp_store = MEMORY",
        ):
            await self._connection.execute(f"PRAGMA {pragma}")
        if application == 0:
            await self._mark()
        if check:
            ((verdict,),) = await self.rows("PRAGMA quick_check(1)")
            if verdict != "ok":
                raise Problem("storage-damaged", file=str(self.path))

    async def _mark(self) -> None:
        async with self.writing():
            await self._connection.execute(
                "CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, sha256 TEXT NOT NULL)"
                " STRICT"
            )
            await self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")

    async def _migrate(self, package: str, *, create: bool) -> None:
        folder = files(package) / "schema"
        known = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
        done: dict[str, str] = dict(
            await self.rows(
                "SELECT name, sha256 FROM migration WHERE name LIKE ?", (f"{package}/%",)
            )
        )
        if not done and not create:
            raise Problem("data-unfit", file=str(self.path))
        names = [f"{package}/{name}" for name in known]
        if not set(done) <= set(names):
            raise Problem("data-newer", file=str(self.path))
        for name in names:
            text = (folder / name.rpartition("/")[2]).read_text("utf-8")
            digest = hashlib.sha256(text.encode()).hexdigest()
            if name in done:
                if done[name] != digest:
                    raise Problem("data-newer", file=str(self.path))
                continue
            async with self.writing():
                for statement in _statements(text):
                    await self._connection.execute(statement)
                await self._connection.execute(
                    "INSERT INTO migration (name, sha256) VALUES (?, ?)", (name, digest)
                )

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """One transaction: durable when the block is left, undone if it is left by an error."""
        async with self._lock:
            with translated(self.path):
                try:
                    await self._connection.execute("BEGIN IMMEDIATE")
                    yield
                    await self._connection.execute("COMMIT")
                except BaseException:
                    await asyncio.shield(self._roll_back())
                    raise

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Many queries of one moment, none of them about what isn't durable yet.

        Outside of it, a query sees what a transaction that is open here has written so far.
        """
        async with self._lock:
            with translated(self.path):
                try:
                    await self._connection.execute("BEGIN")
                    yield
                finally:
                    await asyncio.shield(self._roll_back())

    async def settled(self) -> None:
        """Waits until a transaction that is under way here is over."""
        async with self._lock:
            pass

    async def _roll_back(self) -> None:
        # Whoever was cancelled may have left a BEGIN under way on the connection's thread.
        await self._connection.execute("SELECT 1")
        if self._connection.in_transaction:
            await self._connection.execute("ROLLBACK")

    async def changed_elsewhere(self) -> bool:
        """Whether another process has written since this was last asked."""
        ((version,),) = await self.rows("PRAGMA data_version")
        changed = self._data_version not in (0, version)
        self._data_version = version
        return changed

    async def rows(self, sql: str, values: Iterable[object] = ()) -> list[Row]:
        """All rows of a query."""
        with translated(self.path):
            return list(await self._connection.execute_fetchall(sql, tuple(values)))  # type: ignore[arg-type]  # its stub wants Iterable[Row]

    async def rows_in(self, sql: str, keys: Sequence[Sequence[object]]) -> list[Row]:
        """All rows of a query that takes many keys, asked for in bounded parts: in `IN ({keys})`, or
        as `FROM {seek} t ON t.a = k.column1 AND …`, which seeks each key of several columns by an
        index of the table, where `IN` would read all of it.
        """
        found: list[Row] = []
        if not keys:
            return found
        width = len(keys[0])
        step = _VARIABLES_MAX // width
        for start in range(0, len(keys), step):
            part = _evened(keys[start : start + step])
            mark = "?" if width == 1 else "(" + ",".join("?" * width) + ")"
            marks = ",".join([mark] * len(part))
            listed = marks if width == 1 else f"VALUES {marks}"
            flat = [value for key in part for value in key]
            seek = f"(SELECT DISTINCT * FROM (VALUES {marks})) k CROSS JOIN"
            asked = sql.replace("{keys}", listed).replace("{seek}", seek)
            found += await self.rows(asked, flat)
        return found

    async def run(self, sql: str, values: Iterable[object] = ()) -> None:
        """One statement, inside `writing()`."""
        await self._connection.execute(sql, tuple(values))

    async def run_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """One statement for many rows, inside `writing()`."""
        if rows:
            await self._connection.executemany(sql, rows)

    async def meta(self, key: str) -> Any:
        """A setting of this database, None if it isn't set."""
        found = await self.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return found[0][0] if found else None

    async def set_meta(self, key: str, value: object) -> None:
        """Keeps a setting, inside `writing()`."""
        await self.run(
            "INSERT INTO meta (key, value) VALUES (?, ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )

    async def back_up(self, target: Path) -> None:
        """Writes a consistent copy to a file while others go on reading and writing."""
        with translated(target):
            async with aiosqlite.Connection(connector.opener(target), _ROWS_AT_ONCE) as copy:
                await self._connection.backup(copy, pages=1000)


def _evened(keys: Sequence[Sequence[object]]) -> Sequence[Sequence[object]]:
    """The keys, the last one repeated to a power of two: few lengths are few statements, and SQLite
    keeps those prepared.
    """
    return [*keys, *[keys[-1]] * ((1 << (len(keys) - 1).bit_length()) - len(keys))]


async def _connected(connection: aiosqlite.Connection) -> None:
    """Whoever is cancelled or fails here waits: the connection's thread answers to a loop that must
    still run, or its complaint would stand beside the one sentence for the person.
    """
    opening = asyncio.ensure_future(connection)
    try:
        await asyncio.shield(opening)
    except asyncio.CancelledError:
        await asyncio.wait([opening])
        if not opening.exception():
            await connection.close()
        raise
    except Exception:
        await asyncio.to_thread(connection._thread.join)  # noqa: SLF001 - it ends by itself now
        raise


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turns what SQLite and the file system raise into problems of the catalogue."""
    try:
        yield
    except connector.ERRORS as error:
        raise Problem(_code(error), file=str(path)) from error
    except PermissionError as error:
        raise Problem("storage-readonly", file=str(path)) from error
    except OSError as error:
        raise Problem("storage-failed", file=str(path)) from error


_CODES = {
    sqlite3.SQLITE_FULL: "storage-full",
    sqlite3.SQLITE_READONLY: "storage-readonly",
    sqlite3.SQLITE_CANTOPEN: "storage-readonly",
    sqlite3.SQLITE_BUSY: "storage-busy",
    sqlite3.SQLITE_LOCKED: "storage-busy",
    sqlite3.SQLITE_CORRUPT: "storage-damaged",
    sqlite3.SQLITE_NOTADB: "storage-damaged",
    sqlite3.SQLITE_IOERR: "storage-failed",
}


def _code(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", None)
    found = _CODES.get(code & 0xFF) if code is not None else None
    if found is None:
        raise error  # a wrong statement is our own mistake: it must be seen, not worded
    return found


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    assert not statement.strip(), statement
