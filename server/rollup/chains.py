"""Which places a place's figures count in: itself and all above it, by a day's hierarchy.

When a place gets another parent, what has lain under it is taken out of the old chain: `Formerly`
is the hierarchy as it was before some cells changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from sync import places
from sync.ids import PlaceId
from sync.ledger.apply import CellChange
from sync.ledger.database import Database
from sync.limits import TREE_DEPTH_MAX
from sync.places import Setting, Tree
from sync.value import Cell, Type, Value

__all__ = ["Chain", "Formerly", "days_of_moves", "now"]

Chain = Callable[[PlaceId, date], tuple[PlaceId, ...]]
"""The place, all above it on that day, the realm's own last."""


def now(tree: Tree, root: PlaceId) -> Chain:
    """The chains of the hierarchy as it stands."""

    def chain(place: PlaceId, on: date) -> tuple[PlaceId, ...]:
        if place == root:
            return (root,)
        return (place, *tree.ancestors(place, on), root)

    return chain


class Formerly:
    """The hierarchy as it was before cells of places changed."""

    def __init__(self, tree: Tree, root: PlaceId, before: Tree, changed: Iterable[PlaceId]) -> None:
        """`before` holds the former settings of the places that changed."""
        self._tree = tree
        self._root = root
        self._before = before
        self._changed = frozenset(changed)

    @classmethod
    async def of(
        cls, database: Database, tree: Tree, root: PlaceId, changes: Sequence[CellChange]
    ) -> Formerly:
        """Undoes the changes in memory; the database holds what they led to."""
        changed = {change.place for change in changes}
        cells: dict[tuple[PlaceId, Cell], Value] = {}
        for place, kind, subject, field, *value in await database.rows_in(
            "SELECT p.id, v.kind, v.subject, v.field, v.type, v.number, v.text FROM place_no p"
            " JOIN version v ON v.place = p.no AND v.kind = 'place' AND v.shown = 1"
            " WHERE p.id IN ({keys})",
            [(place,) for place in changed],
        ):
            cells[PlaceId(place), Cell(kind, subject, field)] = Value(Type(value[0]), *value[1:])
        for change in changes:
            cells.pop((change.place, change.cell), None)
            if change.before:
                cells[change.place, change.cell] = change.before[0].value
        settings: dict[PlaceId, list[Setting]] = {}
        for (one, cell), filed in cells.items():
            if setting := places.read(cell, filed):
                settings.setdefault(one, []).append(setting)
        return cls(tree, root, Tree(settings), changed)

    def chain(self, place: PlaceId, on: date) -> tuple[PlaceId, ...]:
        """The place and all that lay above it then, the realm's own last."""
        found: dict[PlaceId, None] = {place: None}
        above = None if place == self._root else self._parent(place, on)
        while above is not None and above not in found and len(found) <= TREE_DEPTH_MAX:
            found[above] = None
            above = self._parent(above, on)
        return tuple(dict.fromkeys((*found, self._root)))

    def level(self, place: PlaceId) -> str:
        """The level that the place had last."""
        return self._of(place).level(place, date.max)

    def _parent(self, place: PlaceId, on: date) -> PlaceId | None:
        return self._of(place).parent(place, on)

    def _of(self, place: PlaceId) -> Tree:
        return self._before if place in self._changed else self._tree


async def days_of_moves(database: Database) -> list[date]:
    """The days on which any place came to lie under another parent than before, in order."""
    rows = await database.rows(
        "SELECT subject FROM version INDEXED BY version_definitions WHERE kind <> 'value'"
        " AND kind = 'place' AND field = 'parent' GROUP BY subject"
    )
    cells = (Cell(places.KIND, subject, "name") for (subject,) in rows)
    found = (places.read(cell, Value(Type.TEXT, 0, "")) for cell in cells)
    return sorted(setting.effective for setting in found if setting)
