"""Differences of rollup rows, gathered in memory and written by one statement."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sync.aggregate import Contribution
from sync.ids import PlaceId
from sync.ledger.database import Database, Row
from sync.rollup import Sums

__all__ = ["LOW_BITS", "TABLES", "Numbered", "Sheet", "Tables", "read", "read_carried", "sums_of"]

LOW_BITS = 62
_LOW = (1 << LOW_BITS) - 1
_SERIES_SOUGHT_MAX = 40
_COLUMNS = "place, period, series, reported, no_value, total_high, total_low, disputed"


class Tables(NamedTuple):
    """Where rows lie: by the period's hierarchy, and what today's adds to that."""

    period: str
    today: str


TABLES = Tables("rollup", "rollup_today")

Numbered = Callable[[Database, Iterable[PlaceId]], Awaitable[dict[PlaceId, int]]]
"""Gives this file's numbers of places."""

Key = tuple[str, str]
"""Period and series."""


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
        self._rows: dict[PlaceId, dict[Key, list[int]]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._rows.values()))

    def add(
        self, places: Iterable[PlaceId], contributions: Iterable[Contribution], sign: int = 1
    ) -> None:
        """Adds contributions to the rows of those places (takes them away, if the sign is -1)."""
        fields = [
            (
                (c.period, c.series),
                (sign * c.reported, sign * c.no_value, sign * c.total, sign * c.disputed),
            )
            for c in contributions
        ]
        for place in places:
            there = self._rows.setdefault(place, {})
            for key, (reported, no_value, total, disputed) in fields:
                row = there.get(key)
                if row is None:
                    there[key] = [reported, no_value, total, disputed]
                else:
                    row[0] += reported
                    row[1] += no_value
                    row[2] += total
                    row[3] += disputed

    def clear(self) -> None:
        """Forgets all that was gathered."""
        self._rows.clear()

    async def write(self, database: Database) -> None:
        """Adds all that was gathered to the table, inside a transaction, and forgets it.

        In the order of the table's key, so that neighbouring rows are written together.
        """
        numbers = await self._numbered(database, self._rows) if self._rows else {}
        added = [
            (number, period, series, *_columns(row), int(self._carried[series]))
            for number, place in sorted((number, place) for place, number in numbers.items())
            for (period, series), row in sorted(self._rows[place].items())
            if any(row)
        ]
        self.clear()
        await database.run_many(_ADD.format(table=self._table), added)
        gone = [
            (number, period, series)
            for number, period, series, reported, no_value, _, _, disputed, carried in added
            if self._signed or carried or reported < 0 or no_value < 0 or disputed < 0
        ]
        await database.run_many(_TIDY.format(table=self._table), gone)


_ADD = (
    "INSERT INTO {table} (place, period, series, reported, no_value, total_high, total_low,"
    " disputed, carried) VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (place, period, series)"
    " DO UPDATE SET reported = reported + excluded.reported,"
    " no_value = no_value + excluded.no_value, total_high = total_high"
    f" + excluded.total_high + ((total_low + excluded.total_low) >> {LOW_BITS}),"
    f" total_low = (total_low + excluded.total_low) & {_LOW},"
    " disputed = disputed + excluded.disputed"
)
_TIDY = (
    "DELETE FROM {table} WHERE place = ? AND period = ? AND series = ? AND reported = 0"
    " AND no_value = 0 AND total_high = 0 AND total_low = 0 AND disputed = 0"
)


def sums_of(row: Sequence[int]) -> Sums:
    """The columns reported, no_value, total_high, total_low, disputed."""
    reported, no_value, high, low, disputed = row
    return Sums(reported, no_value, (high << LOW_BITS) + low, disputed)


async def read(
    database: Database,
    table: str,
    places: Sequence[int],
    periods: Iterable[str],
    series: Collection[str] | None = None,
) -> list[Row]:
    """Rows of these places' numbers: those of these periods, except of what is carried.

    `series` are those that are wanted, None is all; few are sought one by one.
    Columns: place, period, series, reported, no_value, total_high, total_low, disputed.
    """
    keys: list[tuple[object, ...]] = [(place, period) for place in places for period in periods]
    seek = "r.place = k.column1 AND r.period = k.column2"
    if series is not None and len(series) <= _SERIES_SOUGHT_MAX:
        keys = [(*key, one) for key in keys for one in sorted(series)]
        seek += " AND r.series = k.column3"
    return await database.rows_in(
        f"SELECT {_COLUMNS} FROM {{seek}} {table} r ON {seek} WHERE carried = 0", keys
    )


async def read_carried(
    database: Database, table: str, places: Sequence[int], series: Collection[str]
) -> list[Row]:
    """The same columns of all that is carried there in those series, of every period."""
    found = await database.rows_in(
        f"SELECT {_COLUMNS} FROM {table} INDEXED BY {table}_carried"
        " WHERE carried = 1 AND place IN ({keys})",
        [(place,) for place in places],
    )
    return [row for row in found if row[2] in series]


def _columns(row: Sequence[int]) -> tuple[int, int, int, int, int]:
    reported, no_value, total, disputed = row
    return reported, no_value, total >> LOW_BITS, total & _LOW, disputed
