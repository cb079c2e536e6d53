"""The places of a laptop, to be found by what one types; kept in memory and made anew when one moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from weakref import WeakKeyDictionary

from field_client.desk import Desk
from sync import places
from sync.ids import PlaceId
from sync.ledger.apply import CellChange
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.places import Tree
from sync.screens.picker import Named, Picker

__all__ = ["Choice", "children", "choices", "picker_of"]


class Choice(NamedTuple):
    """A place to choose: its code, its name, an earlier name that it was found by, where it lies."""

    place: PlaceId
    code: str
    name: str
    former: str
    above: str


class _Kept:
    """The picker of one ledger, with what it was made from."""

    def __init__(self) -> None:
        self.tree: Tree | None = None
        self.day: date | None = None
        self.stale = True
        self.picker = Picker(())

    async def note(self, _: Database, changes: Sequence[CellChange]) -> None:
        """The hook of the ledger: whether a place changed."""
        self.stale = self.stale or any(one.cell.kind == places.KIND for one in changes)


_ALL: WeakKeyDictionary[Ledger, _Kept] = WeakKeyDictionary()


def picker_of(desk: Desk) -> Picker:
    """All places that this laptop files for, by their present and former names and codes."""
    ledger = desk.ledger
    kept = _ALL.get(ledger)
    if kept is None:
        kept = _ALL[ledger] = _Kept()
        ledger.hooks.append(kept.note)
    today = desk.today()
    if kept.stale or kept.tree is not ledger.tree or kept.day != today:
        kept.picker = Picker(_named(desk, place, today) for place in desk.places())
        kept.tree, kept.day, kept.stale = ledger.tree, today, False
    return kept.picker


def choices(desk: Desk, text: str, most: int) -> list[Choice]:
    """The places that the text may mean, the likeliest first."""
    return [
        Choice(PlaceId(one.place), one.code, one.name, one.former, _above(desk, one.place))
        for one in picker_of(desk).find(text, most)
    ]


def children(desk: Desk, place: PlaceId) -> list[Choice]:
    """The places right below one, by code."""
    below = desk.ledger.tree.children(place, desk.today())
    return [Choice(one, desk.code(one), desk.name(one), "", "") for one in below]


def _named(desk: Desk, place: PlaceId, today: date) -> Named:
    tree = desk.ledger.tree
    names = [tree.name(place, today), *(str(one) for one in tree.ever(place, "name"))]
    return Named(place, tree.code(place, today), tuple(dict.fromkeys(one for one in names if one)))


def _above(desk: Desk, place: bytes) -> str:
    """The names of the places above, the highest first, as far as this laptop files for them."""
    tree, today = desk.ledger.tree, desk.today()
    names = []
    for one in tree.ancestors(PlaceId(place), today):
        names.append(tree.name(one, today))
        if one == desk.place:
            break
    return " ".join(reversed([name for name in names if name]))
