"""Differences of rollup rows, gathered in memory and written by one statement."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from sync.aggregate import Contribution
from sync.ids import PlaceId
from sync.ledger.database import Database, Row
from sync.rollup import Sums

__all__ = ["LOW_BITS", "TABLES", "Numbered", "Sheet", "Tables", "read", "read_carried", "sums_of"]

LOW_BITS = 62
_LOW = (1 << LOW_BITS) - 1
_COLUMNS = "place, period, series, reported, no_value, total_high, total_low, disputed"


class Tables(NamedTuple):
    """Where rows lie: by the period's hierarchy, and what today's adds to that."""

    period: str
    today: str


TABLES = Tables("rollup", "rollup_today")

Numbered = Callable[[Database, Iterable[PlaceId]], Awaitable[dict[PlaceId, int]]]
"""Gives this file's numbers of places."""

Key = tuple[PlaceId, str, str]
"""Place, period and series."""


class Sheet:
    """What is to be added to the rows of one table."""

    def __init__(
        self,
        table: str,
        carried: Mapping[str, bool],
        numbered: Numbered,
        *,
        signed: bool = False,
    ) -> None:
        """`carried` says of each series whether it is filed on change.

        `signed` marks a table whose counts can be negative and come to nothing in any way.
        """
        self._table = table
        self._numbered = numbered
        self._carried = carried
        self._signed = signed
        self._rows: dict[Key, list[int]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def add(
        self, places: Iterable[PlaceId], contributions: Iterable[Contribution], sign: int = 1
    ) -> None:
        """Adds contributions to the rows of those places (takes them away, if the sign is -1)."""
        rows, places = self._rows, tuple(places)
        for series, period, reported, no_value, total, disputed in map(_fields, contributions):
            for place in places:
                row = rows.get((place, period, series))
                if row is None:
                    row = rows[place, period, series] = [0, 0, 0, 0]
                row[0] += sign * reported
                row[1] += sign * no_value
                row[2] += sign * total
                row[3] += sign * disputed

    def clear(self) -> None:
        """Forgets all that was gathered."""
        self._rows.clear()

    async def write(self, database: Database) -> None:
        """Adds all that was gathered to the table, inside a transaction, and forgets it."""
        rows = {key: row for key, row in sorted(self._rows.items()) if any(row)}
        self.clear()
        if rows:
            numbers = await self._numbered(database, {place for place, *_ in rows})
            await self._upsert(database, numbers, rows)

    async def _upsert(
        self,
        database: Database,
        numbers: Mapping[PlaceId, int],
        rows: Mapping[Key, Sequence[int]],
    ) -> None:
        table, carried = self._table, self._carried
        await database.run_many(
            f"INSERT INTO {table} (place, period, series, reported, no_value, total_high, total_low,"
            " disputed, carried) VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (place, period, series)"
            " DO UPDATE SET reported = reported + excluded.reported,"
            " no_value = no_value + excluded.no_value, total_high = total_high"
            f" + excluded.total_high + ((total_low + excluded.total_low) >> {LOW_BITS}),"
            f" total_low = (total_low + excluded.total_low) & {_LOW},"
            " disputed = disputed + excluded.disputed",
            [
                (numbers[place], period, series, *_columns(row), int(carried[series]))
                for (place, period, series), row in rows.items()
            ],
        )
        await database.run_many(
            f"DELETE FROM {table} WHERE place = ? AND period = ? AND series = ? AND reported = 0"
            " AND no_value = 0 AND total_high = 0 AND total_low = 0 AND disputed = 0",
            [
                (numbers[place], period, series)
                for (place, period, series), row in rows.items()
                if self._signed or carried[series] or min(row[0], row[1], row[3]) < 0
            ],
        )


def sums_of(row: Sequence[int]) -> Sums:
    """The columns reported, no_value, total_high, total_low, disputed."""
    reported, no_value, high, low, disputed = row
    return Sums(reported, no_value, (high << LOW_BITS) + low, disputed)


async def read(
    database: Database, table: str, places: Sequence[int], periods: Iterable[str]
) -> list[Row]:
    """Rows of these places' numbers: those of these periods, except of what is carried.

    Columns: place, period, series, reported, no_value, total_high, total_low, disputed.
    """
    return await database.rows_in(
        f"SELECT {_COLUMNS} FROM {table} WHERE carried = 0 AND (place, period) IN ({{keys}})",
        [(place, period) for place in places for period in periods],
    )


async def read_carried(database: Database, table: str, places: Sequence[int]) -> list[Row]:
    """The same columns of all that is carried there, of every period."""
    return await database.rows_in(
        f"SELECT {_COLUMNS} FROM {table} WHERE carried = 1 AND place IN ({{keys}})",
        [(place,) for place in places],
    )


def _columns(row: Sequence[int]) -> tuple[int, int, int, int, int]:
    reported, no_value, total, disputed = row
    return reported, no_value, total >> LOW_BITS, total & _LOW, disputed


def _fields(one: Contribution) -> tuple[str, str, int, int, int, int]:
    return one.series, one.period, one.reported, one.no_value, one.total, one.disputed
