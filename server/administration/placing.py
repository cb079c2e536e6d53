"""Changing one place by hand: what is filed, and what it does to totals and to people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Literal, NamedTuple

from server.desk.viewer import Need, Viewer
from sync.ids import PersonId, PlaceId
from sync.ledger.ledger import Ledger
from sync.limits import NAME_CHARS_MAX
from sync.period import parse
from sync.places import KIND, Setting
from sync.problems import Problem

__all__ = [
    "WHATS",
    "Affected",
    "Change",
    "Past",
    "affected",
    "history",
    "laptops_at",
    "settings_of",
]

What = Literal["rename", "move", "end", "resume"]
WHATS: tuple[What, ...] = ("rename", "move", "end", "resume")


class Change(NamedTuple):
    """What is to become of a place from a day on; `value` is its new name, or its new parent."""

    what: What
    place: PlaceId
    day: date
    name: str = ""
    parent: PlaceId | None = None


class Affected(NamedTuple):
    """What a change does: which totals lose what lies at the place and below, which gain it, and
    how much was recorded there for periods that end on the day or later.
    """

    losing: list[PlaceId]
    gaining: list[PlaceId]
    villages: int
    laptops: int
    periods: list[tuple[str, int]]


class Past(NamedTuple):
    """One setting of a place: from which day, what, by whom and when it was filed."""

    day: str
    field: str
    text: str
    author: PersonId
    at: int


def settings_of(ledger: Ledger, viewer: Viewer, change: Change) -> list[Setting]:
    """What to file for a change.

    Raises `place-name-malformed`, `place-parent-wrong`, `place-has-places`, `place-same`,
    `place-unknown`, `not-allowed`.
    """
    tree, place, day = ledger.tree, change.place, change.day
    if change.what == "rename":
        name = change.name.strip()
        if not 0 < len(name) <= NAME_CHARS_MAX or not name.isprintable():
            raise Problem("place-name-malformed", most=NAME_CHARS_MAX)
        if name == tree.name(place, day):
            raise Problem("place-same")
        return [Setting(day, "name", name)]
    if change.what == "move":
        assert change.parent is not None
        viewer.demand(Need.DEFINE, change.parent)
        _demand_parent(ledger, change, change.parent)
        return [Setting(day, "parent", change.parent)]
    if change.what == "end":
        if tree.children(place, day):
            raise Problem("place-has-places", count=len(tree.children(place, day)))
        return [Setting(day, "end", day.isoformat())]
    return [Setting(day, "end", "")]


def _demand_parent(ledger: Ledger, change: Change, parent: PlaceId) -> None:
    """A place lies under one of a higher level that goes on that day, and not under itself."""
    tree, place, day = ledger.tree, change.place, change.day
    if tree.parent(place, day) == parent:
        raise Problem("place-same")
    levels = tree.levels(day)
    ranks = [
        levels.index(one)
        for one in (tree.level(parent, day), tree.level(place, day))
        if one in levels
    ]
    below = place == parent or place in tree.ancestors(parent, day)
    if below or not tree.active(parent, day) or len(ranks) < 2 or ranks[0] >= ranks[1]:
        raise Problem("place-parent-wrong", name=tree.name(parent, day))


async def affected(ledger: Ledger, change: Change) -> Affected:
    """What a change does to totals: nothing where a place is only called otherwise."""
    tree, place, day = ledger.tree, change.place, change.day
    here = [place, *tree.below(place, day)]
    levels = [tree.level(one, day) for one in here]
    lowest = tree.levels(day)[-1:]
    losing: list[PlaceId] = []
    gaining: list[PlaceId] = []
    if change.what == "move" and change.parent is not None:
        before = tree.ancestors(place, day)
        after = (change.parent, *tree.ancestors(change.parent, day))
        losing = [one for one in before if one not in after]
        gaining = [one for one in after if one not in before]
    periods = [] if change.what == "rename" else await _figures(ledger, place, day)
    return Affected(
        losing,
        gaining,
        sum(level in lowest for level in levels),
        sum(laptops_at(ledger, here).values()),
        periods,
    )


def laptops_at(ledger: Ledger, places: Collection[PlaceId]) -> dict[PlaceId, int]:
    """How many devices in use are registered at each of the places that has any."""
    wanted = set(places)
    found: dict[PlaceId, int] = {}
    for name, device in ledger.register.devices.items():
        if name != ledger.device.hex():
            for place in device.in_use_at:
                if place in wanted:
                    found[place] = found.get(place, 0) + 1
    return found


async def _figures(ledger: Ledger, place: PlaceId, day: date) -> list[tuple[str, int]]:
    """How many figures are recorded at a place and below, by the periods that end on that day or
    later, from the rollups.
    """
    rows = await ledger.database.rows(
        "SELECT r.period, sum(r.reported) FROM place_no p JOIN rollup r ON r.place = p.no"
        " WHERE p.id = ? AND r.carried = 0 AND r.series NOT GLOB '*[^A-Za-z0-9_]*'"
        " GROUP BY r.period ORDER BY r.period",
        (place,),
    )
    return [(text, count) for text, count in rows if count and _ends(text) >= day]


async def open_periods(ledger: Ledger, places: Sequence[PlaceId], day: date) -> int:
    """How many periods of those places have figures and end on that day or later."""
    rows = await ledger.database.rows_in(
        "SELECT DISTINCT r.place, r.period FROM place_no p JOIN rollup r ON r.place = p.no"
        " WHERE p.id IN ({keys})",
        [(place,) for place in places],
    )
    return sum(_ends(period) >= day for _, period in set(rows))


def _ends(text: str) -> date:
    try:
        return parse(text).end
    except Problem:
        return date.min


async def history(ledger: Ledger, place: PlaceId) -> list[Past]:
    """All that stands of a place, by the day from which it holds."""
    rows = await ledger.database.rows(
        "SELECT v.subject, v.field, v.text, c.author, c.accepted_at FROM place_no p"
        " JOIN version v ON v.place = p.no AND v.kind = ? JOIN commits c ON c.no = v.commit_no"
        " WHERE p.id = ? AND v.shown = 1 ORDER BY v.subject DESC, v.field",
        (KIND, place),
    )
    return [Past(day, field, text, PersonId(author), at) for day, field, text, author, at in rows]
