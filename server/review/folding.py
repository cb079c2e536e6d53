"""How far all forms have come, made anew from the cells that stand; and compared with what is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple

from server.catalogue.keeping import catalogue_of
from server.review.keeping import (
    COMPLETENESS,
    STANDINGS,
    Posted,
    around_forms,
    note_due,
    places_of,
    post,
    write,
    write_rows,
)
from server.review.standings import COLUMNS, Counts, Key, Standing, key_of, standings
from server.rollup import chains
from server.rollup.folding import known_numbers
from sync.ids import PlaceId
from sync.ledger.apply import number_places
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger

__all__ = ["Difference", "compare", "make_if_new", "rebuild"]

_PLACES_AT_ONCE = 200
_DIFFERENCES_LISTED_MAX = 20
_COMPARED = {STANDINGS: COLUMNS, COMPLETENESS: ", ".join(Counts._fields)}


class Difference(NamedTuple):
    """A row that is kept otherwise than a fresh fold has it: place's number, period, form."""

    table: str
    place: int
    period: str
    form: str


async def make_if_new(ledger: Ledger) -> None:
    """Makes the tables of a ledger that was begun before there were any."""
    said = await ledger.database.rows(
        f"SELECT 1 FROM version INDEXED BY version_definitions WHERE {_SAID} LIMIT 1"
    )
    if said and not await _is_made(ledger.database):
        await rebuild(ledger)


async def rebuild(ledger: Ledger) -> None:
    """Makes all anew, in one transaction; what needs eyes is looked for again afterwards."""
    async with ledger.transaction() as database:
        for table in (STANDINGS, COMPLETENESS, "attention", "attention_due"):
            await database.run(f"DELETE FROM {table}")
        async for found, posted in _folded(database, ledger):
            await write_rows(database, found)
            await write(database, posted, number_places)
            await note_due(database, sorted(found))


async def compare(ledger: Ledger) -> tuple[int, list[Difference]]:
    """How many rows differ from a fresh fold of the cells that stand, and the first of them; none
    before the tables were ever made.

    Works on the connection's temporary tables, within whatever transaction it is in.
    """
    database = ledger.database
    if not await _is_made(database):
        return 0, []
    for table in _COMPARED:
        await database.run(f"DROP TABLE IF EXISTS temp.fresh_{table}")
        await database.run(f"CREATE TEMP TABLE fresh_{table} AS SELECT * FROM {table} LIMIT 0")
        await database.run(
            f"CREATE UNIQUE INDEX temp.fresh_{table}_key ON fresh_{table} (place, period, form)"
        )
    async for found, posted in _folded(database, ledger):
        await write_rows(database, found, f"temp.fresh_{STANDINGS}")
        await write(database, posted, known_numbers, f"temp.fresh_{COMPLETENESS}")
    count, differences = 0, []
    for table, columns in _COMPARED.items():
        kept = f"SELECT place, period, form, {columns} FROM {table}"
        fresh = f"SELECT place, period, form, {columns} FROM temp.fresh_{table}"
        rows = await database.rows(
            "SELECT DISTINCT place, period, form FROM"
            f" (SELECT * FROM ({kept} EXCEPT {fresh})"
            f" UNION ALL SELECT * FROM ({fresh} EXCEPT {kept}))"
        )
        count += len(rows)
        differences += [Difference(table, *row) for row in rows[:_DIFFERENCES_LISTED_MAX]]
        await database.run(f"DROP TABLE temp.fresh_{table}")
    return count, differences


async def _is_made(database: Database) -> bool:
    return bool(await database.rows("SELECT 1 FROM form_standing LIMIT 1"))


async def _folded(
    database: Database, ledger: Ledger
) -> AsyncIterator[tuple[Mapping[Key, Standing], Posted]]:
    """All forms about which anything was filed, some places at a time."""
    catalogue = await catalogue_of(ledger)
    chain = chains.now(ledger.tree, ledger.root)
    numbers = await database.rows(
        f"SELECT DISTINCT place FROM version INDEXED BY version_definitions WHERE {_SAID}"
        " ORDER BY place"
    )
    for start in range(0, len(numbers), _PLACES_AT_ONCE):
        part = numbers[start : start + _PLACES_AT_ONCE]
        rows = await database.rows_in(
            "SELECT DISTINCT place, kind, subject, field FROM version WHERE place IN ({keys})"
            " AND kind IN ('submission', 'review', 'correction')",
            part,
        )
        keys = sorted({key for row in rows if (key := key_of(*row)) is not None})
        names: dict[int, PlaceId] = await places_of(database, {number for (number,) in part})
        around = await around_forms(ledger, database, names, keys)
        found = await standings(database, catalogue, keys, around)
        posted: Posted = {}
        post(posted, names, found, chain)
        yield found, posted


_SAID = "kind <> 'value' AND kind IN ('submission', 'review', 'correction')"
