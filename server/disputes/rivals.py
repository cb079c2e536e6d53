"""Where different values stand: found by the index of rival versions, which is small."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sync.ids import PlaceId
from sync.ledger.database import Database

__all__ = ["DisputedPlace", "disputed_places"]


class DisputedPlace(NamedTuple):
    """A place at which some cell has rival versions, with its number."""

    number: int
    place: PlaceId


async def disputed_places(
    database: Database, wanted: Callable[[PlaceId], bool]
) -> list[DisputedPlace]:
    """Those of the wanted places, by number. Steps from place to place in the index: the work grows
    with the disputed places, and not with what they hold or with how many there are in all.
    """
    rows = await database.rows(
        "WITH RECURSIVE at (no) AS ("
        " SELECT min(place) FROM version INDEXED BY version_rivals WHERE shown = 0"
        " UNION ALL SELECT (SELECT min(v.place) FROM version v INDEXED BY version_rivals"
        " WHERE v.shown = 0 AND v.place > at.no) FROM at WHERE at.no IS NOT NULL)"
        " SELECT at.no, p.id FROM at JOIN place_no p ON p.no = at.no"
    )
    return [DisputedPlace(no, PlaceId(place)) for no, place in rows if wanted(PlaceId(place))]
