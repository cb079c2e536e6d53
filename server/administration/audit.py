"""The audit: what was accepted here, the latest first, found by who, where, when and what.

Each question is answered by an index: a place's commits, a person's, or all by their position. What
no index tells (the device, the kinds of cells within) is looked at commit by commit, a bounded
number for each page; a page that ends before its lines are full says how far it has looked.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from sync import commit_bytes
from sync.commit import Commit
from sync.grants import Device
from sync.ids import CommitId, DeviceId, PersonId, PlaceId
from sync.ledger.database import Database, Row
from sync.ledger.ledger import CHINA, Ledger
from sync.problems import Problem

__all__ = ["Line", "Page", "Wanted", "search"]

PAGE_LINES = 50
LOOKED_AT_ONCE = 200
LOOKED_MAX = 1_000
LOOKED_BYTES_MAX = 8 * 2**20
POSITION_MAX = 2**62


class Wanted(NamedTuple):
    """Which commits: of that person, on that device, at that place or below it, with a cell of that
    kind, accepted on these days; `before` is the position before which to go on.
    """

    person: PersonId | None = None
    device: DeviceId | None = None
    place: PlaceId | None = None
    kind: str = ""
    since: date | None = None
    until: date | None = None
    before: int = POSITION_MAX


class Line(NamedTuple):
    """One accepted commit."""

    position: int
    at: int
    place: PlaceId
    commit: Commit


class Page(NamedTuple):
    """Lines, and the position before which the next page begins; None where nothing is left."""

    lines: list[Line]
    following: int | None


async def search(ledger: Ledger, scope: Container[object], wanted: Wanted) -> Page:
    """A page of commits at places of the scope."""
    database = ledger.database
    places = _places(ledger, scope, wanted)
    way = await _way(ledger, places, wanted)
    among = scope if places is None else frozenset(places)
    least = await _position_at(database, wanted.since, days_more=0) if wanted.since else 0
    before = wanted.before
    if wanted.until:
        before = min(before, await _position_at(database, wanted.until, days_more=1))
    lines: list[Line] = []
    looked = size = 0
    while looked < LOOKED_MAX and size < LOOKED_BYTES_MAX:
        numbers = await way.numbers(database, least, before)
        for row in await _rows(database, numbers):
            before, looked, size = row[0], looked + 1, size + len(row[4])
            if (line := _line(row, among, wanted)) is not None:
                lines.append(line)
            if len(lines) == PAGE_LINES or size >= LOOKED_BYTES_MAX:
                return Page(lines, before)
        if len(numbers) < LOOKED_AT_ONCE:
            return Page(lines, None)
    return Page(lines, before)


class _Everything:
    """All commits by their position."""

    async def numbers(self, database: Database, least: int, before: int) -> list[int]:
        rows = await database.rows(
            "SELECT no FROM commits WHERE position >= ? AND position < ?"
            " ORDER BY position DESC LIMIT ?",
            (least, before, LOOKED_AT_ONCE),
        )
        return [number for (number,) in rows]


class _OfPerson(NamedTuple):
    """A person's commits, wherever they are."""

    person: PersonId

    async def numbers(self, database: Database, least: int, before: int) -> list[int]:
        rows = await database.rows(
            "SELECT no FROM commits WHERE author = ? AND position >= ? AND position < ?"
            " ORDER BY position DESC LIMIT ?",
            (self.person, least, before, LOOKED_AT_ONCE),
        )
        return [number for (number,) in rows]


class _OfPlaces(NamedTuple):
    """The commits of many places: only the places with the latest ones can hold the page's."""

    places: Sequence[int]

    async def numbers(self, database: Database, least: int, before: int) -> list[int]:
        latest = await database.rows_in(
            "SELECT DISTINCT p.no, (SELECT max(c.position) FROM commits c WHERE c.place = p.no"
            f" AND c.position < {before:d}) AS last FROM place_no p WHERE p.no IN ({{keys}})"
            f" AND last >= {least:d}",
            [(number,) for number in self.places],
        )
        top = sorted(latest, key=lambda row: -row[1])[:LOOKED_AT_ONCE]
        if not top:
            return []
        from_here = max(least, top[-1][1]) if len(top) == LOOKED_AT_ONCE else least
        rows = await database.rows_in(
            "SELECT position, no FROM commits WHERE place IN ({keys})"
            f" AND position >= {from_here:d} AND position < {before:d}"
            f" ORDER BY position DESC LIMIT {LOOKED_AT_ONCE}",
            [(number,) for number, _ in top],
        )
        return [number for _, number in sorted(rows, reverse=True)[:LOOKED_AT_ONCE]]


_Way = _Everything | _OfPerson | _OfPlaces


def _places(ledger: Ledger, scope: Container[object], wanted: Wanted) -> Sequence[PlaceId] | None:
    """The places that are asked about, as far as they are in the scope; None for all of them."""
    if wanted.place is not None and wanted.place != ledger.root:
        found: Iterable[PlaceId] = _below(ledger, wanted.place)
    elif wanted.device is not None and wanted.device != ledger.device:
        device = ledger.register.devices.get(wanted.device.hex(), Device())
        found = (below for place in device.places for below in (place, *ledger.below(place)))
    elif ledger.root in scope:
        return None
    else:
        found = ledger.tree
    return [place for place in dict.fromkeys(found) if place in scope]


def _below(ledger: Ledger, place: PlaceId) -> list[PlaceId]:
    """The place and all that lies or lay below it when it ended: what is over is audited too."""
    tree, today = ledger.tree, ledger.today()
    return [place, *(one for one in tree if place in tree.ancestors(one, today))]


async def _way(ledger: Ledger, places: Sequence[PlaceId] | None, wanted: Wanted) -> _Way:
    """By which index to look: that of the places where these are few, else the person's.

    Where most places are asked about, most of the latest commits are of them.
    """
    if wanted.person is not None and (places is None or len(places) > LOOKED_AT_ONCE):
        return _OfPerson(wanted.person)
    if places is None or 2 * len(places) > len(ledger.tree):
        return _Everything()
    rows = await ledger.database.rows_in(
        "SELECT no FROM place_no WHERE id IN ({keys})", [(place,) for place in places]
    )
    return _OfPlaces(sorted({number for (number,) in rows}))


async def _rows(database: Database, numbers: Sequence[int]) -> list[Row]:
    """The commits of those numbers, the latest first."""
    rows = await database.rows_in(
        "SELECT c.position, c.accepted_at, p.id, c.author, c.body FROM commits c"
        " JOIN place_no p ON p.no = c.place WHERE c.no IN ({keys})",
        [(number,) for number in numbers],
    )
    return sorted({row[0]: row for row in rows}.values(), reverse=True)


def _line(row: Row, among: Container[object], wanted: Wanted) -> Line | None:
    """The commit, if it is one of those that are wanted."""
    position, at, place, author, body = row
    if place not in among or (wanted.person is not None and author != wanted.person):
        return None
    commit = commit_bytes.decode(body)
    if wanted.device is not None and commit.device != wanted.device:
        return None
    if wanted.kind and all(change.cell.kind != wanted.kind for change in commit.changes):
        return None
    if (wanted.since and at < midnight(wanted.since)) or (
        wanted.until and at >= midnight(wanted.until + timedelta(days=1))
    ):
        return None
    return Line(position, at, PlaceId(place), commit)


async def _position_at(database: Database, day: date, *, days_more: int) -> int:
    """The first position accepted on a day or after it, by halving: times grow with positions."""
    second = midnight(day + timedelta(days=days_more))
    ((low, high),) = await database.rows(
        "SELECT coalesce((SELECT min(position) FROM commits), 0),"
        " coalesce((SELECT max(position) FROM commits), 0) + 1"
    )
    while low < high:
        middle = (low + high) // 2
        ((position, at),) = await database.rows(
            "SELECT position, accepted_at FROM commits WHERE position >= ?"
            " ORDER BY position LIMIT 1",
            (middle,),
        )
        low, high = (low, middle) if at >= second else (position + 1, high)
    return int(low)


def midnight(day: date) -> int:
    return int(datetime.combine(day, time(), CHINA).timestamp())


async def one(ledger: Ledger, name: CommitId) -> tuple[Row, Commit] | None:
    """One commit by its id: its row (number, position, when, signature) and what it says."""
    rows = await ledger.database.rows(
        "SELECT no, position, accepted_at, signature, body FROM commits WHERE id = ?", (name,)
    )
    if not rows:
        return None
    *row, body = rows[0]
    try:
        return tuple(row), commit_bytes.decode(body)
    except Problem:
        return None
