"""What waits for whoever is signed in, counted by what they may do and where.

Each count is read from an index that holds little beside what is counted; nothing reads the figures.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

from server.desk.desk import Desk
from server.desk.viewer import Need
from sync.ids import PlaceId
from sync.ledger.database import Row
from sync.ledger.ledger import Ledger
from sync.review import Stage

__all__ = ["AWAY_SECONDS", "Tile", "tiles"]

AWAY_SECONDS = 30 * 24 * 3600
_PLACES_ASKED_MAX = 2_000


class Tile(NamedTuple):
    """So many of something wait: the key of its words, and the page that lists them."""

    name: str
    number: int
    address: str


async def tiles(desk: Desk, books: Ledger) -> list[Tile]:
    """What waits, in the order in which it is best done; what there is none of is left out."""
    viewer = desk.viewer
    found: list[Tile] = []
    if viewer.roots(Need.REVIEW):
        forms = await _forms(desk, books)
        found += [Tile(name, forms[name], address) for name, address in FORM_TILES.items()]
        found.append(Tile("reminders", await _reminders(desk, books), "/completeness/reminders"))
    found.append(Tile("conflicts", await _conflicts(desk, books), "/conflicts"))
    if viewer.roots(Need.REVIEW) or viewer.roots(Need.ADMINISTER):
        found.append(Tile("parked", await _parked(desk, books), "/parked"))
    if viewer.roots(Need.ADMINISTER):
        found.append(Tile("away", await _away(desk, books), "/admin/devices?state=away"))
    return [one for one in found if one.number]


FORM_TILES: Mapping[str, str] = {
    "review": "/review",
    "changed": "/review?state=changed",
    "asked": "/review?state=asked",
    "locked-late": "/review?state=late",
}
"""Counts of forms that wait for a reviewer, by name, with the page that lists them."""

_HANDED_IN = frozenset({Stage.SUBMITTED, Stage.RESUBMITTED, Stage.BEGUN})


async def _forms(desk: Desk, books: Ledger) -> Counter[str]:
    """Forms that wait for this person: handed in, changed since approval, asked back, too late.

    What a town reviews waits for the town, then for the county; what no town reviews, for the county.
    """
    found: Counter[str] = Counter()
    for stage, direct, *_, count in await _waiting(books, desk.viewer.roots(Need.REVIEW_TOWN)):
        if stage in _HANDED_IN and not direct:
            found["review"] += count
    for stage, direct, *_, count in await _waiting(books, desk.viewer.roots(Need.REVIEW_COUNTY)):
        if stage == Stage.APPROVED_TOWN or (stage in _HANDED_IN and direct):
            found["review"] += count
    for *_, changed, asked, late, count in await _waiting(books, desk.viewer.roots(Need.REVIEW)):
        for name, holds in (("changed", changed), ("asked", asked), ("locked-late", late)):
            found[name] += count if holds else 0
    return found


async def _waiting(books: Ledger, roots: list[PlaceId]) -> list[Row]:
    """Stage, whether no town reviews it, whether changed, asked back and too late; and how many."""
    if not roots:
        return []
    where, values = await _inside(books, roots)
    return await books.database.rows(
        "SELECT stage, direct, changed > 0, asked, locked_late, count(*) FROM form_standing"
        f" INDEXED BY form_standing_waiting WHERE waiting = 1{where} GROUP BY 1, 2, 3, 4, 5",
        values,
    )


async def _inside(
    books: Ledger, roots: list[PlaceId], column: str = "place"
) -> tuple[str, tuple[str, ...]]:
    """The condition that a place's number lies at or below the roots; none for the whole realm."""
    if books.root in roots:
        return "", ()
    inside = {one for root in roots for one in (root, *books.below(root))}
    if len(inside) > _PLACES_ASKED_MAX:
        rows = await books.database.rows("SELECT no, id FROM place_no")
        numbers = [no for no, place in rows if place in inside]
    else:
        rows = await books.database.rows_in(
            "SELECT no FROM place_no WHERE id IN ({keys})", [(one,) for one in sorted(inside)]
        )
        numbers = [no for (no,) in rows]
    return f" AND {column} IN (SELECT value FROM json_each(?))", (json.dumps(numbers),)


async def _conflicts(desk: Desk, books: Ledger) -> int:
    """Values of which different versions stand."""
    where, values = await _inside(books, desk.viewer.roots(), "r.place")
    rows = await books.database.rows(
        "SELECT count(*) FROM (SELECT DISTINCT r.place, r.subject, r.field FROM version r"
        f" INDEXED BY version_rivals WHERE r.shown = 0 AND r.kind = 'value'{where}) d"
        " JOIN version v ON v.place = d.place AND v.kind = 'value' AND v.subject = d.subject"
        " AND v.field = d.field AND v.shown = 1 AND v.disputed = 1",
        values,
    )
    return int(rows[0][0])


async def _parked(desk: Desk, books: Ledger) -> int:
    """Commits that were refused and lie aside."""
    rows = await books.database.rows(
        "SELECT place, count(*) FROM aside WHERE state = 'parked' GROUP BY place"
    )
    return _seen(rows, desk.viewer.sees)


async def _reminders(desk: Desk, books: Ledger) -> int:
    """People who wait for a reminder that somebody asked for."""
    rows = await books.database.rows("SELECT person FROM mail_wanted")
    if not rows:
        return 0
    wanted = {person.hex() for (person,) in rows}
    near = {
        grant.person
        for grant in books.register.grants.values()
        if grant.person in wanted and desk.viewer.may(Need.REVIEW, grant.place)
    }
    return len(near)


async def _away(desk: Desk, books: Ledger) -> int:
    """Devices in use that were not here for long."""
    rows = await books.database.rows(
        "SELECT device FROM device_seen WHERE at < ?", (books.now() - AWAY_SECONDS,)
    )
    own, count = books.device.hex(), 0
    for (name,) in rows:
        device = books.register.devices.get(name.hex())
        if device is None or device.revoked or name.hex() == own:
            continue
        count += any(desk.viewer.may(Need.ADMINISTER, place) for place in device.places)
    return count


def _seen(rows: list[tuple[bytes, int]], sees: Callable[[PlaceId], bool]) -> int:
    return sum(count for place, count in rows if sees(PlaceId(place)))
