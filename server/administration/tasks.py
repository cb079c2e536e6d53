"""Work that takes its time, begun on a page: it runs beside everything else, and its end is kept.

One of a kind runs at a time. What was running when the server stopped is found interrupted when it
starts again: nothing here is begun twice by itself.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from sync.ids import PersonId
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.problems import Problem

__all__ = ["Task", "Tasks", "Told", "Work"]

_LOG = logging.getLogger("tianji.fault")
_COLUMNS = "no, kind, person, begun_at, ended_at, state, done, total, result"
KEPT_MAX = 500

Told = Callable[[int, int], None]
"""Told how much is done, and of how much."""
Work = Callable[[Told], Awaitable[dict[str, Any]]]
"""What a task does; it returns what is to be kept of its result, as JSON has it."""


class Task(NamedTuple):
    """One piece of work; `state` is running, done, failed or interrupted.

    A failed one's result holds the problem's `code` and its `values`.
    """

    no: int
    kind: str
    person: PersonId
    begun_at: int
    ended_at: int | None
    state: str
    done: int
    total: int
    result: dict[str, Any]

    @property
    def problem(self) -> Problem | None:
        """Why it failed."""
        if self.state != "failed":
            return None
        return Problem(self.result["code"], **self.result["values"])


class Tasks:
    """The tasks of a running server."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._running: dict[str, asyncio.Task[None] | None] = {}
        self._progress: dict[int, tuple[int, int]] = {}

    async def begin(self, kind: str, person: PersonId, work: Work) -> int:
        """Begins a piece of work, and says its number. Raises `task-running`."""
        if kind in self._running:
            raise Problem("task-running")
        self._running[kind] = None  # while it is being noted, its place is taken already
        try:
            async with self._ledger.transaction() as database:
                await database.run(
                    "INSERT INTO task (kind, person, begun_at, state, done, total, result)"
                    " VALUES (?, ?, ?, 'running', 0, 0, '{}')",
                    (kind, person, self._ledger.now()),
                )
                ((number,),) = await database.rows("SELECT last_insert_rowid()")
                await database.run("DELETE FROM task WHERE no <= ?", (number - KEPT_MAX,))
        except BaseException:
            del self._running[kind]
            raise
        self._running[kind] = asyncio.create_task(self._do(number, kind, work))
        return int(number)

    async def ended(self, kind: str) -> None:
        """Waits until no task of that kind runs."""
        running = self._running.get(kind)
        if running is not None:
            await asyncio.wait([running])

    async def latest(self, database: Database, kind: str = "", most: int = 20) -> list[Task]:
        """The last tasks, of a kind or of all, the newest first."""
        where = "WHERE kind = ?" if kind else ""
        rows = await database.rows(
            f"SELECT {_COLUMNS} FROM task {where} ORDER BY no DESC LIMIT ?",
            (kind, most) if kind else (most,),
        )
        return [self._task(*row) for row in rows]

    async def last_done(self, database: Database, kind: str) -> Task | None:
        """The last task of a kind that came to its end."""
        rows = await database.rows(
            f"SELECT {_COLUMNS} FROM task WHERE kind = ? AND state = 'done'"
            " ORDER BY no DESC LIMIT 1",
            (kind,),
        )
        return self._task(*rows[0]) if rows else None

    async def find(self, database: Database, number: int) -> Task | None:
        """The task of that number."""
        rows = await database.rows(f"SELECT {_COLUMNS} FROM task WHERE no = ?", (number,))
        return self._task(*rows[0]) if rows else None

    async def open(self) -> None:
        """Notes that what was running when the server stopped was interrupted."""
        if await self._ledger.database.rows("SELECT 1 FROM task WHERE state = 'running' LIMIT 1"):
            async with self._ledger.transaction() as database:
                await database.run(
                    "UPDATE task SET state = 'interrupted', ended_at = ? WHERE state = 'running'",
                    (self._ledger.now(),),
                )

    async def close(self) -> None:
        """Stops what runs: it counts as interrupted."""
        running = [one for one in self._running.values() if one is not None]
        for one in running:
            one.cancel()
        if running:
            await asyncio.wait(running)

    async def _do(self, number: int, kind: str, work: Work) -> None:
        state, result = "interrupted", dict[str, Any]()
        try:
            result = await work(lambda done, total: self._told(number, done, total))
            state = "done"
        except Problem as problem:
            state, result = "failed", _of(problem)
        except Exception:  # noqa: BLE001 - whatever it is, the task ends and says so
            _LOG.exception("fault", extra={"code": kind})
            state, result = "failed", _of(Problem("task-failed"))
        finally:
            try:
                await self._end(number, state, result)
            finally:
                del self._running[kind]

    def _told(self, number: int, done: int, total: int) -> None:
        self._progress[number] = (done, total)

    async def _end(self, number: int, state: str, result: dict[str, Any]) -> None:
        done, total = self._progress.pop(number, (0, 0))
        kept = json.dumps(result, ensure_ascii=False)
        async with self._ledger.transaction() as database:
            await database.run(
                "UPDATE task SET state = ?, ended_at = ?, done = ?, total = ?, result = ?"
                " WHERE no = ?",
                (state, self._ledger.now(), done, total, kept, number),
            )

    def _task(self, *row: Any) -> Task:
        number, kind, person, begun, ended, state, done, total, result = row
        done, total = self._progress.get(number, (done, total))
        return Task(
            number, kind, PersonId(person), begun, ended, state, done, total, json.loads(result)
        )


def _of(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "values": {k: str(v) for k, v in problem.values.items()}}
