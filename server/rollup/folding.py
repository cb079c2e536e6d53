"""Rollups made anew from the values that stand, whole or in part; and compared with those kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from datetime import date
from typing import NamedTuple

from server.catalogue.keeping import catalogue_of
from server.rollup import chains
from server.rollup.cells import load, places_with_values
from server.rollup.posting import DAY, Posting, day_of
from server.rollup.sheet import TABLES, Tables
from sync.catalogue import Catalogue
from sync.ids import PlaceId
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger

__all__ = ["Difference", "advance", "compare", "fold_again", "known_numbers", "rebuild"]

_PLACES_AT_ONCE = 200
_DIFFERENCES_LISTED_MAX = 20
_FRESH = Tables("temp.fresh_rollup", "temp.fresh_rollup_today")


class Difference(NamedTuple):
    """A row that is kept otherwise than a fresh fold has it: place's number, period, series."""

    table: str
    place: int
    period: str
    series: str


async def rebuild(ledger: Ledger) -> None:
    """Makes all rollups anew, in one transaction."""
    async with ledger.transaction() as database:
        for table in TABLES:
            await database.run(f"DELETE FROM {table}")
        day = ledger.today()
        await database.set_meta(DAY, day.isoformat())
        days = await chains.days_of_moves(database)
        catalogue = await catalogue_of(ledger)
        await _fold(database, ledger, Posting(database, ledger, catalogue, day, days))


async def fold_again(
    database: Database,
    ledger: Ledger,
    catalogue: Catalogue,
    series: Mapping[str, Collection[str]],
) -> None:
    """Makes the rollups of some indicators anew, given by code with all their series."""
    names = [(name,) for those in series.values() for name in those]
    for table in TABLES:
        await database.run_many(f"DELETE FROM {table} WHERE series = ?", names)
    day = await day_of(database) or ledger.today()
    days = await chains.days_of_moves(database)
    await _fold(database, ledger, Posting(database, ledger, catalogue, day, days, only=series))


async def advance(ledger: Ledger) -> None:
    """Makes the sums by today's hierarchy anew, if it has become another one since."""
    day = await day_of(ledger.database)
    today = ledger.today()
    if day is None or day == today:
        return
    earlier, later = sorted((day, today))
    async with ledger.transaction() as database:
        days = await chains.days_of_moves(database)
        await database.set_meta(DAY, today.isoformat())
        if not any(earlier < move <= later for move in days):
            return
        await database.run(f"DELETE FROM {TABLES.today}")
        chain = chains.now(ledger.tree, ledger.root)
        catalogue = await catalogue_of(ledger)
        posting = Posting(database, ledger, catalogue, today, days)
        elsewhere = {
            place
            for place in ledger.tree
            if any(
                chain(place, move) != chain(place, today) for move in (date.min, *days, date.max)
            )
        }
        async for _ in _folded(database, ledger, posting, elsewhere):
            await posting.write_today()


async def compare(ledger: Ledger) -> tuple[int, list[Difference]]:
    """How many rows differ from a fresh fold of the values that stand, and the first of them.

    Works on the connection's temporary tables, within whatever transaction it is in.
    """
    database = ledger.database
    for table, fresh in zip(TABLES, _FRESH, strict=True):
        await database.run(f"DROP TABLE IF EXISTS {fresh}")
        await database.run(f"CREATE TEMP TABLE {fresh[5:]} AS SELECT * FROM {table} LIMIT 0")
        await database.run(
            f"CREATE UNIQUE INDEX {fresh}_key ON {fresh[5:]} (place, period, series)"
        )
    day = await day_of(database) or ledger.today()
    posting = Posting(
        database,
        ledger,
        await catalogue_of(ledger),
        day,
        await chains.days_of_moves(database),
        tables=_FRESH,
        numbered=known_numbers,
    )
    await _fold(database, ledger, posting)
    count, found = 0, []
    for table, fresh in zip(TABLES, _FRESH, strict=True):
        rows = await database.rows(
            f"SELECT DISTINCT place, period, series FROM (SELECT * FROM (SELECT * FROM {table}"
            f" EXCEPT SELECT * FROM {fresh}) UNION ALL SELECT * FROM (SELECT * FROM {fresh}"
            f" EXCEPT SELECT * FROM {table}))"
        )
        count += len(rows)
        found += [Difference(table, *row) for row in rows[:_DIFFERENCES_LISTED_MAX]]
        await database.run(f"DROP TABLE {fresh}")
    return count, found


async def _fold(database: Database, ledger: Ledger, posting: Posting) -> None:
    async for _ in _folded(database, ledger, posting):
        if posting.is_large:
            await posting.write()
    await posting.write()


async def _folded(
    database: Database,
    ledger: Ledger,
    posting: Posting,
    places: Collection[PlaceId] | None = None,
) -> AsyncIterator[None]:
    """Posts all that these places (or all places) contribute, some at a time."""
    held = [
        (no, PlaceId(place))
        for no, place in await places_with_values(database)
        if places is None or place in places
    ]
    for start in range(0, len(held), _PLACES_AT_ONCE):
        part = dict(held[start : start + _PLACES_AT_ONCE])
        for number, filed in (await load(database, part)).items():
            level = ledger.tree.level(part[number], date.max)
            contributed = filed.contributions(posting.catalogue, level)
            posting.post(part[number], contributed.values())
        yield


async def known_numbers(database: Database, places: Iterable[PlaceId]) -> dict[PlaceId, int]:
    """The numbers that places have; those without one get negative ones, which nothing kept has."""
    wanted = sorted(set(places))
    rows = await database.rows_in(
        "SELECT id, no FROM place_no WHERE id IN ({keys})", [(place,) for place in wanted]
    )
    unknown = {place: -1 - at for at, place in enumerate(wanted)}
    return unknown | {PlaceId(place): number for place, number in rows}
