"""What a server sends down: the accepted commits of a scope that the asker's heads don't reach.

A cursor saves the work of comparing heads in the usual case. Nothing depends on it: where it is
wrong, the fingerprints differ after it was used, and the asker sends its heads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple

from sync.digest import scope_fingerprint
from sync.ids import CommitId, PlaceId, tagged_hash
from sync.ledger import aside
from sync.ledger.acceptance import accepted_heads, ahead
from sync.ledger.aside import State
from sync.ledger.database import Database
from sync.ledger.outbox import bounded, landmarks, reached, turn, with_receipts
from sync.limits import MESSAGE_COMMITS_MAX, PAGE_BYTES
from sync.wire import Cursor, Offered, SyncRequest

_WIDE_SCOPE_PLACES = 400
_POSITION_MAX = 2**63 - 1  # what a database holds


class Feed(NamedTuple):
    """One page: commits to send, whether there are more, and where the asker then stands."""

    commits: list[Offered]
    more: bool
    cursor: Cursor
    wants: tuple[CommitId, ...]
    have: dict[PlaceId, tuple[CommitId, ...]]
    told: tuple[CommitId, ...] = ()
    """Commits that the asker has, and whose receipts it lacks."""


EMPTY = scope_fingerprint({})


async def feed(
    database: Database, epoch: bytes, scope: Collection[PlaceId], request: SyncRequest
) -> Feed:
    """The page that answers a request, within a scope that the asker may see."""
    places = scope_hash(scope)
    sent = {one.sealed.body for one in request.commits}
    if request.heads is not None:
        return await _by_heads(database, epoch, scope, request, sent)
    since = await _position(database, epoch, places, request.cursor)
    wants, have = await _wants(database, scope, set(request.outside), request.at)
    if since is None and request.fingerprint != EMPTY:
        return Feed([], False, Cursor(epoch, 0, b"", places), wants, have)
    return await _since(database, epoch, scope, since or 0, sent, (wants, have))


def scope_hash(scope: Collection[PlaceId]) -> bytes:
    """Names a set of places: a cursor is good only for the scope that it was given for."""
    return tagged_hash("scope", *sorted(scope))[:8]


async def _position(
    database: Database, epoch: bytes, places: bytes, cursor: Cursor | None
) -> int | None:
    if cursor is None or cursor.epoch != epoch or cursor.scope != places:
        return None
    if cursor.position == 0:
        return 0
    if not 0 < cursor.position <= _POSITION_MAX:
        return None
    rows = await database.rows("SELECT id FROM commits WHERE position = ?", (cursor.position,))
    return cursor.position if rows and rows[0][0] == cursor.commit else None


async def _since(
    database: Database,
    epoch: bytes,
    scope: Collection[PlaceId],
    since: int,
    sent: set[bytes],
    asked: tuple[tuple[CommitId, ...], dict[PlaceId, tuple[CommitId, ...]]],
) -> Feed:
    latest = await _latest(database, epoch, scope)
    rows = await _numbers_since(database, scope, since, latest.position)
    more = len(rows) > MESSAGE_COMMITS_MAX
    rows = rows[:MESSAGE_COMMITS_MAX]
    found = await with_receipts(database, [number for number, *_ in rows])
    page = bounded(found, PAGE_BYTES)
    more = more or len(page) < len(found)
    cursor = latest
    if more and page:
        _, position, commit = rows[len(page) - 1]
        cursor = Cursor(epoch, position, commit, latest.scope)
    return Feed([c for c in page if c.sealed.body not in sent], more, cursor, *asked)


async def _numbers_since(
    database: Database, scope: Collection[PlaceId], since: int, until: int
) -> list[tuple[int, int, bytes]]:
    columns = (
        "SELECT c.no, c.position, c.id, p.id FROM commits c JOIN place_no p ON p.no = c.place"
        f" WHERE c.position > {since:d} AND c.position <= {until:d}"
    )
    if len(scope) > _WIDE_SCOPE_PLACES:
        rows = await database.rows(f"{columns} ORDER BY c.position")
        inside = set(scope)
        rows = [row for row in rows if row[3] in inside]
    else:
        rows = await database.rows_in(f"{columns} AND p.id IN ({{keys}})", [(p,) for p in scope])
        rows.sort(key=lambda row: int(row[1]))
    return [(row[0], row[1], row[2]) for row in rows[: MESSAGE_COMMITS_MAX + 1]]


async def _by_heads(
    database: Database,
    epoch: bytes,
    scope: Collection[PlaceId],
    request: SyncRequest,
    sent: set[bytes],
) -> Feed:
    heads = request.heads or {}
    latest = await _latest(database, epoch, scope)
    ours = await accepted_heads(database, scope)
    numbers = await database.rows_in(
        "SELECT id, no FROM place_no WHERE id IN ({keys})", [(place,) for place in ours]
    )
    lacking: list[int] = []
    for place, number in numbers:
        if set(ours[place]) != set(heads.get(place, ())):
            theirs = (*heads.get(place, ()), *request.landmarks.get(place, ()))
            lacking += await reached(database, number, ours[place], theirs)
        if len(lacking) > MESSAGE_COMMITS_MAX:
            break
    found = [
        one
        for one in await with_receipts(database, lacking[:MESSAGE_COMMITS_MAX])
        if one.sealed.body not in sent
    ]
    page = bounded(found, PAGE_BYTES)
    more = len(lacking) > MESSAGE_COMMITS_MAX or len(page) < len(found)
    named = {commit for place in heads if place in set(scope) for commit in heads[place]}
    others = {*request.held, *request.outside}
    earlier, told = await _times(database, scope, request.ahead)
    wants, have = await _wants(database, scope, named | others, request.at, earlier)
    return Feed(page, more, latest, wants, have, told)


async def _times(
    database: Database, scope: Collection[PlaceId], theirs: dict[CommitId, int]
) -> tuple[dict[CommitId, PlaceId], tuple[CommitId, ...]]:
    """Commits whose earlier acceptance the asker goes by, with their places; and commits whose
    receipts it lacks, because it goes by another time than is known here.
    """
    found = await ahead(database, scope)
    ours = {commit: at for there in found.values() for commit, at in there.items()}
    rows = await database.rows_in(
        "SELECT c.id, c.accepted_at, p.id FROM commits c JOIN place_no p ON p.no = c.place"
        " WHERE c.id IN ({keys})",
        [(commit,) for commit in theirs],
    )
    inside = set(scope)
    earlier = {
        CommitId(name): PlaceId(place)
        for name, at, place in rows
        if theirs[name] < at and place in inside
    }
    told = sorted(commit for commit, at in ours.items() if theirs.get(commit) != at)
    return earlier, tuple(told)[:MESSAGE_COMMITS_MAX]


async def _wants(
    database: Database,
    scope: Collection[PlaceId],
    named: set[CommitId],
    now: int,
    earlier: Mapping[CommitId, PlaceId] = MappingProxyType({}),
) -> tuple[tuple[CommitId, ...], dict[PlaceId, tuple[CommitId, ...]]]:
    """What the server lacks: heads that it doesn't know, receipts, and parents of what it holds."""
    held = await aside.in_state(database, State.HELD, scope)
    asked = named | {parent for one in held for parent in one.commit.parents}
    if not asked and not earlier:
        return (), {}
    known = await database.rows_in(
        "SELECT id FROM commits WHERE id IN ({keys})", [(name,) for name in asked]
    )
    waiting = {one.commit.id for one in held}
    lacking = (asked - {CommitId(row[0]) for row in known} - waiting) | earlier.keys()
    if not lacking:
        return (), {}
    heads = await accepted_heads(database, scope)
    marks = await landmarks(database, scope)
    there: dict[PlaceId, set[CommitId]] = defaultdict(set)
    for commit, place in earlier.items():
        there[place].add(commit)
    ordered = _ordered(lacking, named | earlier.keys(), turn(now))
    return tuple(ordered)[:MESSAGE_COMMITS_MAX], {
        place: tuple(sorted({*heads.get(place, ()), *marks.get(place, ()), *there[place]}))
        for place in sorted(heads.keys() | there.keys())
    }


def _ordered(lacking: set[CommitId], named: set[CommitId], start: bytes) -> list[CommitId]:
    """What the asker named comes first, since it has that. Of the others nobody may have any."""
    return sorted(lacking, key=lambda name: (name not in named, name < start, name))


async def _latest(database: Database, epoch: bytes, scope: Collection[PlaceId]) -> Cursor:
    rows = await database.rows(
        "SELECT position, id FROM commits WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1"
    )
    position, commit = rows[0] if rows else (0, b"")
    return Cursor(epoch, position, commit, scope_hash(scope))
