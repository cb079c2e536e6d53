"""What places have filed, as contributions are made of it: the shown values, and which are disputed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sync import history
from sync.aggregate import Contributions, contributions
from sync.catalogue import Catalogue
from sync.ledger.apply import CellChange
from sync.ledger.database import Database
from sync.placecontext import PlaceContext, period_of
from sync.value import Type, Value

__all__ = ["Filings", "load", "places_with_values"]

Key = tuple[str, str]
"""Period text and indicator code."""


@dataclass
class Filings:
    """One place's values by period and code; periods that are none are left out."""

    cells: dict[str, dict[str, Value]] = field(default_factory=dict)
    disputed: set[Key] = field(default_factory=set)

    def set(self, period: str, code: str, value: Value | None, *, disputed: bool) -> None:
        """Puts a value in the place of what was there; None takes it out."""
        if value is not None:
            self.cells.setdefault(period, {})[code] = value
        elif period in self.cells:
            self.cells[period].pop(code, None)
            if not self.cells[period]:
                del self.cells[period]
        (self.disputed.add if disputed else self.disputed.discard)((period, code))

    def before(self, changes: Iterable[CellChange]) -> Filings:
        """What was filed before those changes."""
        former = Filings(
            {period: dict(codes) for period, codes in self.cells.items()}, set(self.disputed)
        )
        for change in changes:
            former._take(change, change.before)
        return former

    def after(self, changes: Iterable[CellChange]) -> Filings:
        """Takes those changes in, where they were not read from the database."""
        for change in changes:
            self._take(change, change.after)
        return self

    def contributions(
        self, catalogue: Catalogue, level: str, touched: Collection[Key] | None = None
    ) -> Contributions:
        """What the place adds to those above it."""
        return contributions(PlaceContext(catalogue, self.cells, level), self.disputed, touched)

    def _take(self, change: CellChange, versions: tuple[history.Version, ...]) -> None:
        if period_of(change.cell.subject) is not None:
            value = versions[0].value if versions else None
            rival = len(versions) > 1 and history.disputed(versions)
            self.set(change.cell.subject, change.cell.field, value, disputed=rival)


async def load(
    database: Database, places: Collection[int], codes: Collection[str] | None = None
) -> dict[int, Filings]:
    """What the places with these numbers have filed (of these codes only, if given)."""
    only = ""
    if codes is not None:
        only = " AND field IN ('" + "','".join(sorted(codes)) + "')"
    found = {place: Filings() for place in places}
    for place, period, code, kind, number, text, disputed in await database.rows_in(
        "SELECT place, subject, field, type, number, text, disputed FROM {seek} version v"
        " ON v.place = k.column1 AND v.kind = k.column2 WHERE shown = 1" + only,
        [(place, "value") for place in places],
    ):
        if period_of(period) is not None:
            filed = Value(Type(kind), number, text)
            found[place].set(period, code, filed, disputed=bool(disputed))
    return found


async def places_with_values(database: Database) -> list[tuple[int, bytes]]:
    """The numbers and ids of the places that have filed any value, by number."""
    return await database.rows(
        "SELECT p.no, p.id FROM place_no p WHERE EXISTS"
        " (SELECT 1 FROM version v WHERE v.place = p.no AND v.kind = 'value') ORDER BY p.no"
    )
