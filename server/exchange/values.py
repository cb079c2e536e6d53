"""Importing values: good rows are filed as commits, one a place and batch; bad ones are listed.

Rows are staged in a temporary file of SQLite's own, so that memory stays bounded and each place is
filed once. What stands already is not filed again: an import that is cut short is completed by the
same import.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import groupby, islice
from typing import IO, NamedTuple

from server.catalogue.keeping import catalogue_of
from server.exchange.authors import author_named
from server.exchange.csvfile import rows_of
from server.exchange.parsing import Parser
from server.exchange.staging import StagedRow, Staging, single, standing
from server.filing import Filed, file_within
from sync.ids import GrantId, PersonId, PlaceId
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.problems import Problem
from sync.texts import Language
from sync.value import Cell

__all__ = ["COLUMNS", "RowError", "ValuesImported", "import_values"]

COLUMNS = ("place_code", "period", "indicator", "value")
OPTIONAL = ("reason",)
ERRORS_LISTED_MAX = 200
ROWS_PER_TRANSACTION = 10_000
_ROWS_PER_COMMIT = 1_000
_ROWS_STAGED_AT_ONCE = 5_000

Progress = Callable[[str, int], None]
"""Told `read` or `filed` and how many rows so far."""


class RowError(NamedTuple):
    """One row that was not taken in: its line (the heading is 1) and what is wrong."""

    line: int
    problem: Problem

    @property
    def code(self) -> str:
        """The stable code of what is wrong."""
        return self.problem.code

    def say(self, language: Language) -> str:
        """What is wrong and how to mend it."""
        return self.problem.say(language)


class ValuesImported(NamedTuple):
    """Rows that were read, filed (or would be), stood already; the first errors and their count."""

    rows: int
    filed: int
    unchanged: int
    errors: list[RowError]
    errors_count: int


async def import_values(
    ledger: Ledger,
    stream: IO[bytes],
    *,
    author: str,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ValuesImported:
    """Takes in a CSV of `place_code,period,indicator,value[,reason]` in that person's name.

    Raises `values-…` where the file cannot be read to its end, before anything is filed.
    """
    with closing(sqlite3.connect("")) as staging:
        one = _Import(ledger, Staging(staging), progress or (lambda _step, _rows: None))
        await one.stage(stream)
        await one.file(author, dry_run=dry_run)
        return ValuesImported(
            one.rows, one.filed, one.unchanged, sorted(one.errors, key=_line), one.errors_count
        )


def _line(error: RowError) -> int:
    return error.line


class _Import:
    def __init__(self, ledger: Ledger, staging: Staging, progress: Progress) -> None:
        self._ledger = ledger
        self._staging = staging
        self._progress = progress
        self.rows = self.filed = self.unchanged = self.errors_count = 0
        self.errors: list[RowError] = []

    async def stage(self, stream: IO[bytes]) -> None:
        """Reads and checks all rows."""
        async with self._ledger.transaction():
            pass  # another process may have written: what is in memory is read anew
        catalogue = await catalogue_of(self._ledger)
        parser = Parser(self._ledger.tree, catalogue, self._ledger.today())
        good = self._good(stream, parser)
        while part := list(islice(good, _ROWS_STAGED_AT_ONCE)):
            self._staging.add(part)
            self._progress("read", self.rows)

    async def file(self, author: str, *, dry_run: bool) -> None:
        """Files what does not stand already, in transactions of bounded size."""
        rows = single(self._staging.rows(), self._again)
        while part := list(islice(rows, ROWS_PER_TRANSACTION)):
            if dry_run:
                self.filed += len(await self._fresh(self._ledger.database, part))
            else:
                await self._file(author, part)
            self._progress("filed", self.filed + self.unchanged)

    async def _file(self, author: str, rows: Sequence[StagedRow]) -> None:
        version = (await catalogue_of(self._ledger)).version
        async with self._ledger.transaction() as database:
            fresh = await self._fresh(database, rows)
            if fresh:
                person, grant = await author_named(self._ledger, database, author)
                filed = list(_commits(fresh, person, grant, version))
                await file_within(self._ledger, database, filed)
        self.filed += len(fresh)

    def _good(self, stream: IO[bytes], parser: Parser) -> Iterator[tuple[StagedRow, str]]:
        """Rows to stage, and the code by which neighbours come together: they share rollups."""
        tree, today = self._ledger.tree, self._ledger.today()
        beside: dict[PlaceId, str] = {}
        for line, values in rows_of(stream, COLUMNS, OPTIONAL):
            self.rows += 1
            if isinstance(values, Problem):
                self._fault(line, values)
                continue
            try:
                place, period, code, value = parser.parse(values)
            except Problem as problem:
                self._fault(line, problem)
            else:
                key = beside.get(place)
                if key is None:
                    key = beside[place] = tree.code(place, today)
                filed = (int(value.type), value.number, value.text)
                yield StagedRow(place, period, code, *filed, line), key

    def _again(self, first: StagedRow, row: StagedRow) -> None:
        """Of rows of one cell the first counts, and those that differ are errors."""
        if row.value == first.value:
            self.unchanged += 1
        else:
            self._fault(row.line, Problem("row-twice", line=first.line))

    async def _fresh(self, database: Database, rows: Sequence[StagedRow]) -> list[StagedRow]:
        """The rows whose value does not stand yet. What is disputed stays so until it is settled."""
        there = await standing(database, "value", [(row.place, row.period) for row in rows])
        fresh = [row for row in rows if there.get(row.cell) != row[3:6]]
        self.unchanged += len(rows) - len(fresh)
        return fresh

    def _fault(self, line: int, problem: Problem) -> None:
        self.errors_count += 1
        if len(self.errors) < ERRORS_LISTED_MAX:
            self.errors.append(RowError(line, problem))


def _commits(
    rows: Sequence[StagedRow], person: PersonId, grant: GrantId, version: str
) -> Iterator[Filed]:
    for place, there in groupby(rows, key=lambda row: row.place):
        while part := list(islice(there, _ROWS_PER_COMMIT)):
            cells = [(Cell("value", row.period, row.code), row.value) for row in part]
            yield Filed(PlaceId(place), person, grant, cells, version)
