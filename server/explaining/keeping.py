"""The table of adjustments, kept by a hook in the accepting transaction and compared by `verify`."""

from __future__ import annotations

from collections.abc import Sequence

from sync.adjusting import KIND, adjustment
from sync.ledger.apply import CellChange, number_places
from sync.ledger.database import Database, Row
from sync.value import Type, Value

__all__ = ["compare", "keep"]


async def keep(database: Database, changes: Sequence[CellChange]) -> None:
    """Brings the table to what those changes made of the ledger; inside the transaction."""
    adjusted = [change for change in changes if change.cell.kind == KIND]
    if not adjusted:
        return
    numbers = await number_places(database, {change.place for change in adjusted})
    for change in adjusted:
        key = (change.cell.subject, change.cell.field, numbers[change.place])
        said = adjustment(change.after[0].value) if change.after else None
        if said is None:
            await database.run(
                "DELETE FROM adjustment WHERE period = ? AND indicator = ? AND place = ?", key
            )
        else:
            await database.run(
                "INSERT INTO adjustment (period, indicator, place, amount) VALUES (?,?,?,?)"
                " ON CONFLICT (period, indicator, place) DO UPDATE SET amount = excluded.amount",
                (*key, said.amount),
            )


async def compare(database: Database) -> list[tuple[str, str, int]]:
    """Period, indicator and place's number of the rows that are not what a fresh fold has."""
    kept = set(await database.rows("SELECT period, indicator, place, amount FROM adjustment"))
    return sorted({row[:3] for row in kept ^ await _standing(database)})


async def _standing(database: Database) -> set[Row]:
    rows = await database.rows(
        "SELECT subject, field, place, type, number, text FROM version INDEXED BY"
        f" version_definitions WHERE kind <> 'value' AND kind = '{KIND}' AND shown = 1"
    )
    return {
        (subject, field, place, said.amount)
        for subject, field, place, kind, number, text in rows
        if (said := adjustment(Value(Type(kind), number, text)))
    }
