"""What places of one kind filed: those of one level under one county, at the period's end."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from server.review.reasons import Peers
from sync.ids import PlaceId
from sync.ledger.database import Database
from sync.period import Period
from sync.places import LEVELS, Tree
from sync.value import Type

__all__ = ["Group", "group_of", "peers_in"]

Group = tuple[PlaceId | None, str]
"""The county (or what stands for it) and the level."""

_COUNTY = LEVELS[2]


def group_of(tree: Tree, place: PlaceId, day: date) -> Group:
    """Whose figures a place's are compared with: its county's; without one, its parent's."""
    above = tree.ancestors(place, day)
    county = next((one for one in above if tree.level(one, day) == _COUNTY), None)
    return county or (above[0] if above else None), tree.level(place, day)


async def peers_in(
    database: Database, tree: Tree, group: Group, period: Period, codes: Collection[str]
) -> Peers:
    """The quantities that the group's places filed for the period, of those indicators."""
    above, level = group
    places = tree.below(above, period.end, level)
    numbers = await database.rows_in(
        "SELECT no FROM place_no WHERE id IN ({keys})", [(place,) for place in places]
    )
    wanted = set(codes)
    by_code: dict[str, dict[int, int]] = {code: {} for code in codes}
    for place, code, units in await database.rows_in(
        "SELECT v.place, v.field, v.number FROM {seek} version v"
        " ON v.place = k.column1 AND v.kind = k.column2 AND v.subject = k.column3"
        f" WHERE v.shown = 1 AND v.type = {int(Type.QUANTITY)}",
        [(number, "value", period.text) for (number,) in numbers],
    ):
        if code in wanted:
            by_code[code][place] = units
    found: Mapping[str, Mapping[int, int]] = by_code
    return Peers(found)
