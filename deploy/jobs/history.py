"""Every run of every job, in a small database: what is dealt with, what it came to, how long it took.

A run is written before it begins and again when it has ended; one that has begun and not ended when
the jobs start was cut short, and says so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sync.ledger.database import Row, translated

__all__ = ["CUT_SHORT", "History", "Ran"]

CUT_SHORT = "cut short"
_WORDS_CHARS_MAX = 2_000
_RUNS_KEPT = 10_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS job (name TEXT PRIMARY KEY, dealt_with TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS run (
    number INTEGER PRIMARY KEY, job TEXT NOT NULL, due_at TEXT NOT NULL, begun_at TEXT NOT NULL,
    ended_at TEXT, code INTEGER, attempts INTEGER, words TEXT NOT NULL,
    UNIQUE (job, due_at)) STRICT;
CREATE INDEX IF NOT EXISTS run_job ON run (job, number);
"""


class Ran(NamedTuple):
    """One run; `code` is the command's, None while it goes on or where it was cut short."""

    job: str
    due_at: datetime
    begun_at: datetime
    ended_at: datetime | None
    code: int | None
    attempts: int
    words: str


class History:
    """The database; opened by `of`."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    @classmethod
    @contextmanager
    def of(cls, path: Path) -> Iterator[History]:
        """Opens or makes it. Raises `storage-…`."""
        with translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, isolation_level=None)
        try:
            with translated(path):
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.executescript(_SCHEMA)
            yield cls(connection, path)
        finally:
            connection.close()

    def dealt_with(self, job: str) -> datetime | None:
        """The latest moment that was dealt with, None for a job that was never seen."""
        rows = self._rows("SELECT dealt_with FROM job WHERE name = ?", job)
        return datetime.fromisoformat(rows[0][0]) if rows else None

    def deal_with(self, job: str, at: datetime) -> None:
        """Notes that all moments up to that one are dealt with; never an earlier one than before."""
        self._run(
            "INSERT INTO job (name, dealt_with) VALUES (?, ?) ON CONFLICT (name) DO UPDATE"
            " SET dealt_with = max(dealt_with, excluded.dealt_with)",
            job,
            _text(at),
        )

    def begin(self, job: str, due_at: datetime, now: datetime) -> bool:
        """Notes that a run begins, and that its moment is dealt with; False if it was run already."""
        with translated(self._path):
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                fresh = self._connection.execute(
                    "INSERT INTO run (job, due_at, begun_at, words) VALUES (?, ?, ?, '')"
                    " ON CONFLICT DO NOTHING RETURNING number",
                    (job, _text(due_at), _text(now)),
                ).fetchall()
                self.deal_with(job, due_at)
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
        return bool(fresh)

    def end(
        self, job: str, due_at: datetime, now: datetime, code: int | None, attempts: int, words: str
    ) -> None:
        """Notes what a run came to; very old runs go."""
        self._run(
            "UPDATE run SET ended_at = ?, code = ?, attempts = ?, words = ?"
            " WHERE job = ? AND due_at = ?",
            _text(now),
            code,
            attempts,
            words[-_WORDS_CHARS_MAX:],
            job,
            _text(due_at),
        )
        self._run("DELETE FROM run WHERE number <= (SELECT max(number) FROM run) - ?", _RUNS_KEPT)

    def mark_cut_short(self, now: datetime) -> int:
        """Ends the runs that a dead process left; how many they were."""
        rows = self._rows("SELECT job, due_at FROM run WHERE ended_at IS NULL")
        for job, due_at in rows:
            self.end(job, datetime.fromisoformat(due_at), now, None, 1, CUT_SHORT)
        return len(rows)

    def latest(self, job: str, count: int) -> list[Ran]:
        """A job's last runs, the newest first."""
        rows = self._rows(
            "SELECT job, due_at, begun_at, ended_at, code, attempts, words FROM run WHERE job = ?"
            " ORDER BY number DESC LIMIT ?",
            job,
            count,
        )
        return [_ran(*row) for row in rows]

    def _rows(self, sql: str, *values: object) -> list[Row]:
        with translated(self._path):
            return self._connection.execute(sql, values).fetchall()

    def _run(self, sql: str, *values: object) -> None:
        with translated(self._path):
            self._connection.execute(sql, values)


def _text(moment: datetime) -> str:
    """A moment in one zone, so that texts stand in the order of time."""
    return moment.astimezone(UTC).isoformat()


def _ran(
    job: str,
    due_at: str,
    begun_at: str,
    ended_at: str | None,
    code: int | None,
    attempts: int | None,
    words: str,
) -> Ran:
    ended = datetime.fromisoformat(ended_at) if ended_at else None
    begun = datetime.fromisoformat(begun_at)
    return Ran(job, datetime.fromisoformat(due_at), begun, ended, code, attempts or 0, words)
