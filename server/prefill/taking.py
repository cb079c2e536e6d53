"""Prefilled values taken in: good rows are filed, each cell once, with the source beside it.

What stands already is not filed again, so the same body twice files nothing new. Rows are staged in
a temporary file; a transaction holds a thousand, so that laptops and pages get their turn between.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date
from itertools import groupby, islice
from typing import NamedTuple

from server.catalogue.keeping import catalogue_of
from server.exchange.listing import Reach, listed
from server.exchange.parsing import Parser
from server.exchange.staging import StagedRow, Staging, single, standing
from server.filing import Filed, file_within
from server.prefill.odd import outliers_among
from server.prefill.owners import owned_by
from server.prefill.report import Coverage, Fault, Outlier, Report
from server.prefill.rows import Row
from sync.catalogue import Catalogue
from sync.ids import GrantId, PersonId, PlaceId
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.limits import NAME_CHARS_MAX, PREFILL_LISTED_MAX
from sync.period import parse
from sync.problems import Problem
from sync.review import prefill_cell, prefill_source_cell
from sync.value import Cell, Value, text_value

__all__ = ["Sender", "take"]

_ROWS_PER_TRANSACTION = 1_000
_ROWS_STAGED_AT_ONCE = 500
_UNKNOWN_MAX = 100_000  # codes that are told apart
_GROUPS_MAX = 50
_LACKING_MAX = 20

Progress = Callable[[int], None]
"""Told how many rows were dealt with."""


class Sender(NamedTuple):
    """Whose values they are: the owner as the catalogue names it, and the system, '' if unnamed.

    `sign` gives in whose name, under which grant, they are filed at a place.
    """

    owner: str
    system: str
    reach: Reach
    sign: Callable[[PlaceId], tuple[PersonId, GrantId]]
    judged: bool = False

    @property
    def source(self) -> str:
        """What officers read beside the value."""
        words = f"{self.owner}（{self.system}）" if self.system else self.owner
        return words[:NAME_CHARS_MAX]


async def take(
    ledger: Ledger,
    rows: Iterable[Row],
    sender: Sender,
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Files what is good of these rows (in a dry run only looks), and reports.

    Raises `prefill-owner-unknown`, and what reading the rows raises, before anything is filed.
    """
    async with ledger.transaction():
        pass  # another process may have written: what is in memory is read anew
    catalogue = await catalogue_of(ledger)
    codes = owned_by(catalogue, sender.owner)
    if not codes:
        raise Problem("prefill-owner-unknown", owner=sender.owner[:40])
    with closing(sqlite3.connect("")) as connection:
        taking = _Taking(ledger, catalogue, codes, sender, Staging(connection))
        await taking.stage(rows)
        await taking.file(progress or (lambda _: None), dry_run=dry_run)
        return await taking.report(dry_run=dry_run)


class _Taking:
    def __init__(
        self,
        ledger: Ledger,
        catalogue: Catalogue,
        codes: frozenset[str],
        sender: Sender,
        staging: Staging,
    ) -> None:
        self._ledger = ledger
        self._catalogue = catalogue
        self._codes = codes
        self._sender = sender
        self._staging = staging
        self._rows = self._new = self._changed = self._unchanged = self._faults_count = 0
        self._faults: list[Fault] = []
        self._unknown: set[str] = set()
        self._outliers: list[Outlier] = []
        self._outliers_count = 0

    async def stage(self, rows: Iterable[Row]) -> None:
        """Reads and checks all rows."""
        good = self._good(rows)
        while part := list(islice(good, _ROWS_STAGED_AT_ONCE)):
            self._staging.add(part)
            await asyncio.sleep(0)

    def _good(self, rows: Iterable[Row]) -> Iterator[tuple[StagedRow, str]]:
        tree, today = self._ledger.tree, self._ledger.today()
        parser = Parser(tree, self._catalogue, today)
        for line, values in rows:
            self._rows += 1
            try:
                if isinstance(values, Problem):
                    raise values
                row = self._parsed(parser, values, line)
            except Problem as problem:
                self._fault(line, problem)
                if problem.code == "row-place-unknown" and len(self._unknown) < _UNKNOWN_MAX:
                    self._unknown.add(str(problem.values["code"]))
            else:
                yield row, tree.code(PlaceId(row.place), today)

    def _parsed(self, parser: Parser, values: Sequence[str], line: int) -> StagedRow:
        if values[2] in self._catalogue.indicators and values[2] not in self._codes:
            raise Problem("prefill-not-owned", code=values[2], owner=self._sender.owner)
        place, period, code, value = parser.parse(values)
        if not self._sender.reach.covers(place):
            raise Problem("row-place-unknown", code=values[0][:40], period=period)
        return StagedRow(place, period, code, int(value.type), value.number, value.text, line)

    async def file(self, progress: Progress, *, dry_run: bool) -> None:
        """Files what does not stand already."""
        rows = single(self._staging.rows(), self._again)
        while part := list(islice(rows, _ROWS_PER_TRANSACTION)):
            if dry_run:
                await self._compare(self._ledger.database, part)
            else:
                async with self._ledger.transaction() as database:
                    cells = await self._compare(database, part)
                    filed = list(self._commits(cells))
                    if filed:
                        await file_within(self._ledger, database, filed, judged=self._sender.judged)
            progress(self._new + self._changed + self._unchanged)
            await asyncio.sleep(0)

    async def _compare(
        self, database: Database, rows: Sequence[StagedRow]
    ) -> list[tuple[PlaceId, Cell, Value]]:
        """The cells to write: values that differ from what stands, and sources that do."""
        there = await standing(database, "prefill", [(row.place, row.period) for row in rows])
        source = text_value(self._sender.source)
        cells = []
        for row in rows:
            place, before = PlaceId(row.place), there.get(row.cell)
            if before == row[3:6]:
                self._unchanged += 1
            else:
                self._new += before is None
                self._changed += before is not None
                cells.append((place, prefill_cell(row.period, row.code), row.value))
            cell = prefill_source_cell(row.period, row.code)
            if there.get((row.place, row.period, cell.field)) != tuple(source):
                cells.append((place, cell, source))
        odd = await outliers_among(self._ledger, database, self._catalogue, rows)
        self._outliers_count += len(odd)
        self._outliers += odd[: PREFILL_LISTED_MAX - len(self._outliers)]
        return cells

    def _commits(self, cells: Sequence[tuple[PlaceId, Cell, Value]]) -> Iterator[Filed]:
        for place, there in groupby(cells, key=lambda one: one[0]):
            person, grant = self._sender.sign(place)
            pairs = [(cell, value) for _, cell, value in there]
            yield Filed(place, person, grant, pairs, self._catalogue.version)

    async def report(self, *, dry_run: bool) -> Report:
        """What came of it."""
        roots = self._sender.reach.roots
        top = roots[0] if roots else self._ledger.root
        coverage = []
        for code, period, filed in self._staging.groups()[:_GROUPS_MAX]:
            coverage.append(self._coverage(code, period, filed))
            await asyncio.sleep(0)
        return Report(
            self._sender.owner,
            dry_run,
            self._rows,
            self._new,
            self._changed,
            self._unchanged,
            self._faults_count,
            sorted(self._faults, key=lambda fault: fault.line),
            self._staging.places_count(),
            len(self._unknown),
            self._outliers_count,
            self._outliers,
            coverage,
            top.hex(),
        )

    def _coverage(self, code: str, period: str, filed: int) -> Coverage:
        tree = self._ledger.tree
        day = min(parse(period).end, self._ledger.today())
        have = self._staging.places(code, period)
        level = self._catalogue.indicators[code].level
        missing = [place for place in self._wanted(day, level) if place not in have]
        lacking = [(tree.code(one, day), tree.name(one, day)) for one in missing[:_LACKING_MAX]]
        return Coverage(code, period, filed, len(missing), lacking)

    def _wanted(self, day: date, level: str) -> Sequence[PlaceId]:
        """The places in reach that file on that level; none where no place is of it."""
        if level not in self._ledger.tree.levels(day):
            return ()
        return listed(self._ledger.tree, day, self._sender.reach, "", level)

    def _again(self, first: StagedRow, row: StagedRow) -> None:
        if row.value == first.value:
            self._unchanged += 1
        else:
            self._fault(row.line, Problem("row-twice", line=first.line))

    def _fault(self, line: int, problem: Problem) -> None:
        self._faults_count += 1
        if len(self._faults) < PREFILL_LISTED_MAX:
            self._faults.append(Fault.of(line, problem))
