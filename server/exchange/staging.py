"""Rows on their way in: kept in a temporary file that SQLite sorts, so that memory stays bounded and
each place is filed once, and compared with what stands.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from sync.ledger.database import Database
from sync.value import Type, Value

__all__ = ["Filed", "StagedRow", "Staging", "single", "standing"]

Filed = tuple[bytes, str, str]
"""Place, period and indicator."""


class StagedRow(NamedTuple):
    """A good row; `line` is where it stood."""

    place: bytes
    period: str
    code: str
    type: int
    number: int
    text: str
    line: int

    @property
    def cell(self) -> Filed:
        """What it is a value of."""
        return self.place, self.period, self.code

    @property
    def value(self) -> Value:
        """What it says."""
        return Value(Type(self.type), self.number, self.text)


class Staging:
    """The temporary file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("PRAGMA cache_size = -8000")
        connection.execute(
            "CREATE TABLE staged (place BLOB, period TEXT, code TEXT, type INTEGER, number INTEGER,"
            " text TEXT, line INTEGER, beside TEXT)"
        )

    def add(self, rows: Sequence[tuple[StagedRow, str]]) -> None:
        """Keeps rows, each with the code by which neighbours come together: they share rollups."""
        self._connection.executemany(
            "INSERT INTO staged VALUES (?,?,?,?,?,?,?,?)",
            [(*row, beside) for row, beside in rows],
        )

    def rows(self) -> Iterator[StagedRow]:
        """All of them, neighbours together and each cell's rows by line."""
        ordered = self._connection.execute(
            "SELECT place, period, code, type, number, text, line FROM staged"
            " ORDER BY beside, place, period, code, line"
        )
        return map(StagedRow._make, ordered)

    def groups(self) -> list[tuple[str, str, int]]:
        """Indicators and periods, with how many places have a row of each; the largest first."""
        found: list[tuple[str, str, int]] = self._connection.execute(
            "SELECT code, period, count(DISTINCT place) FROM staged GROUP BY code, period"
            " ORDER BY 3 DESC, code, period"
        ).fetchall()
        return found

    def places(self, code: str, period: str) -> set[bytes]:
        """The places that have a row of that indicator and period."""
        found = self._connection.execute(
            "SELECT DISTINCT place FROM staged WHERE code = ? AND period = ?", (code, period)
        )
        return {place for (place,) in found}

    def places_count(self) -> int:
        """How many places have any row."""
        ((count,),) = self._connection.execute("SELECT count(DISTINCT place) FROM staged")
        return int(count)


def single(
    rows: Iterable[StagedRow], again: Callable[[StagedRow, StagedRow], None]
) -> Iterator[StagedRow]:
    """Each cell once: of several rows the first counts; `again` is told of the others."""
    first: StagedRow | None = None
    for row in rows:
        if first is None or row.cell != first.cell:
            first = row
            yield row
        else:
            again(first, row)


async def standing(
    database: Database, kind: str, keys: Iterable[tuple[bytes, str]]
) -> dict[tuple[bytes, str, str], tuple[int, int, str]]:
    """The shown values of a kind by place, subject and field, for these places and subjects."""
    wanted = list(dict.fromkeys(keys))
    numbers: dict[bytes, int] = dict(
        await database.rows_in(
            "SELECT id, no FROM place_no WHERE id IN ({keys})",
            [(place,) for place in dict.fromkeys(place for place, _ in wanted)],
        )
    )
    names = {number: place for place, number in numbers.items()}
    return {
        (names[number], subject, field): (type_, number_, text)
        for number, subject, field, type_, number_, text in await database.rows_in(
            "SELECT place, subject, field, type, number, text FROM {seek} version v"
            " ON v.place = k.column1 AND v.kind = k.column2 AND v.subject = k.column3 WHERE shown = 1",
            [(numbers[place], kind, subject) for place, subject in wanted if place in numbers],
        )
    }
