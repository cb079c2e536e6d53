"""What waits for whoever is signed in, counted by what they may do and where.

Each count is read from an index that holds little beside what is counted; nothing reads the figures.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from server.desk.desk import Desk
from server.desk.viewer import Need
from server.review.queue import COUNTED_MAX, Filters, counted
from sync.grants import KINDS
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger

__all__ = ["AWAY_SECONDS", "Tile", "tiles"]

AWAY_SECONDS = 30 * 24 * 3600


class Tile(NamedTuple):
    """So many of something wait: the key of its words, and the page that lists them.

    `more` says that there are more than were counted.
    """

    name: str
    number: int
    address: str
    more: bool = False


TRAYS: Mapping[str, tuple[str, str]] = {
    "changed": ("INDEXED BY form_standing_changed WHERE changed > 0", "/review?view=changed"),
    "asked": ("INDEXED BY form_standing_asked WHERE asked = 1", "/review?view=asked"),
    "locked-late": ("INDEXED BY form_standing_late WHERE locked_late = 1", "/review/late"),
}
"""Beside the queue itself, parts of it that have an index of their own; and where they are listed."""


async def tiles(desk: Desk, books: Ledger) -> list[Tile]:
    """What waits, in the order in which it is best done; what there is none of is left out."""
    viewer = desk.viewer
    found: list[Tile] = []
    if roots := viewer.roots(Need.REVIEW):
        number = await counted(books, viewer, Filters())
        found.append(Tile("review", number, "/review", number == COUNTED_MAX))
        inside = await _inside(books, roots)
        for name, (rows, address) in TRAYS.items():
            number = await _forms(books, rows, inside)
            found.append(Tile(name, number, address, number == COUNTED_MAX))
        found.append(Tile("reminders", await _reminders(desk, books), "/completeness/reminders"))
    found.append(Tile("conflicts", await _conflicts(desk, books), "/disputes"))
    found.append(Tile("aside", await _aside(desk, books), "/aside"))
    if viewer.roots(Need.ADMINISTER):
        found.append(Tile("away", await _away(desk, books), "/admin/devices?state=away"))
    return [one for one in found if one.number]


async def _forms(books: Ledger, rows: str, inside: tuple[str, tuple[str, ...]]) -> int:
    """How many of those forms lie inside, counted to `COUNTED_MAX` and no further."""
    where, values = inside
    found = await books.database.rows(
        f"SELECT count(*) FROM (SELECT 1 FROM form_standing {rows}{where} LIMIT {COUNTED_MAX})",
        values,
    )
    return int(found[0][0])


async def _inside(books: Ledger, roots: list[PlaceId]) -> tuple[str, tuple[str, ...]]:
    """The condition that a place's number lies at or below the roots; none for the whole realm."""
    inside = {one for root in roots for one in (root, *books.below(root))}
    if books.root in roots or len(inside) >= len(books.tree):
        return "", ()
    rows = await books.database.rows_in(
        "SELECT no FROM place_no WHERE id IN ({keys})", [(one,) for one in sorted(inside)]
    )
    numbers = json.dumps([number for (number,) in rows])
    return " AND place IN (SELECT value FROM json_each(?))", (numbers,)


async def _conflicts(desk: Desk, books: Ledger) -> int:
    """Cells of which different versions stand; registers of people and machines aside."""
    where, values = await _inside(books, desk.viewer.roots())
    kinds = ",".join(f"'{kind}'" for kind in sorted(KINDS))
    rows = await books.database.rows(
        "SELECT count(*) FROM (SELECT DISTINCT place, kind, subject, field FROM version"
        f" INDEXED BY version_rivals WHERE shown = 0 AND kind NOT IN ({kinds}){where}) d"
        " JOIN version v ON v.place = d.place AND v.kind = d.kind AND v.subject = d.subject"
        " AND v.field = d.field AND v.shown = 1 AND v.disputed = 1",
        values,
    )
    return int(rows[0][0])


async def _aside(desk: Desk, books: Ledger) -> int:
    """Commits that lie aside, refused or waiting."""
    rows = await books.database.rows(
        "SELECT place, count(*) FROM aside WHERE state IN ('parked', 'held') GROUP BY place"
    )
    return sum(count for place, count in rows if desk.viewer.sees(PlaceId(place)))


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
