"""Which places are to be checked again, noted in the transaction that changes their values."""

from __future__ import annotations

from collections.abc import Sequence

from sync.ids import PlaceId
from sync.inforce import FIELD
from sync.ledger.apply import CellChange, number_places
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.placecontext import period_of

__all__ = ["EVERYTHING", "Due"]

EVERYTHING = "check_everything_after"
"""The setting that says up to which place's number everything was checked; unset when all is."""

_FIGURES = {"value", "prefill"}
_RULING = {"indicator", "check", "parameter"}


class Due:
    """The hook of a server's ledger that notes what to check."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def note(self, database: Database, changes: Sequence[CellChange]) -> None:
        """Notes places with changed values; after a change of definitions, everything."""
        years: set[tuple[PlaceId, int]] = set()
        for place, cell, *_ in changes:
            if cell.kind in _FIGURES:
                period = period_of(cell.subject)
                if period is not None:
                    years.add((place, period.start.year))
            elif cell.kind in _RULING and cell.field == FIELD and place == self._ledger.root:
                await database.set_meta(EVERYTHING, 0)
        if years:
            numbers = await number_places(database, {place for place, _ in years})
            await database.run_many(
                "INSERT INTO check_due (place, year) VALUES (?, ?) ON CONFLICT DO NOTHING",
                sorted((numbers[place], year) for place, year in years),
            )
