"""Looks in the server's ledger for what was typed, and for each trouble that was planted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

from deploy.demo.times import moment
from deploy.demo.trouble import Trouble
from sync import clock, commit_bytes, history
from sync.catalogue import Catalogue
from sync.commit import Commit, edit_id
from sync.ids import CommitId, DeviceId, EditId, PlaceId
from sync.ledger import aside
from sync.ledger.aside import State
from sync.ledger.ledger import Ledger
from sync.period import parse
from sync.value import Cell, Type, Value

__all__ = ["Books", "DisputedCell", "edits_of", "read", "troubled"]

DisputedCell = tuple[str, str, str]
"""A village's code, a period and an indicator."""

_CLOCK_WRONG_SECONDS = 10 * 366 * 24 * 3600
_AWAY_SECONDS = 100 * 24 * 3600
_SAME_VISIT_SECONDS = 7 * 24 * 3600


class Books(NamedTuple):
    """What the server's ledger holds of the villages' laptops, and what it refused."""

    villages: Mapping[PlaceId, str]
    commits: list[Commit]
    accepted_at: dict[CommitId, int]
    parked: list[Commit]
    held: int
    standing: set[EditId]
    disputed: set[DisputedCell]
    explained: int


async def read(ledger: Ledger, villages: Mapping[PlaceId, str]) -> Books:
    """Reads it from the commits themselves; `villages` are codes by place."""
    database = ledger.database
    rows = await database.rows_in(
        "SELECT c.body, c.accepted_at FROM commits c JOIN place_no p ON p.no = c.place"
        " WHERE p.id IN ({keys})",
        [(place,) for place in villages],
    )
    found = [(commit_bytes.decode(body), at) for body, at in rows]
    parked = await aside.in_state(database, State.PARKED)
    held = await aside.in_state(database, State.HELD)
    standing, disputed, explained = await _state(ledger, villages)
    return Books(
        villages,
        [commit for commit, _ in found if commit.device != ledger.device],
        {commit.id: at for commit, at in found},
        [one.commit for one in parked if one.reason == "grant-ended"],
        len(held),
        standing,
        disputed,
        explained,
    )


def edits_of(commits: Iterable[Commit]) -> set[EditId]:
    """The names of all edits that the commits brought."""
    return {
        edit_id(commit.device, commit.place, change.cell, change.stamp, change.value)
        for commit in commits
        for change in commit.changes
    }


def troubled(books: Books, catalogue: Catalogue) -> dict[Trouble, set[str]]:
    """The villages by the trouble that the ledger shows them to have been in."""
    by_device: dict[DeviceId, list[Commit]] = {}
    for commit in books.commits:
        by_device.setdefault(commit.device, []).append(commit)
    found: dict[Trouble, set[str]] = {trouble: set() for trouble in Trouble}
    for commits in by_device.values():
        for trouble in _shown_by(books, commits, catalogue):
            found[trouble].add(books.villages[commits[0].place])
    devices = {(books.villages[commit.place], commit.device) for commit in books.commits}
    codes = [code for code, _ in devices]
    found[Trouble.TWO_LAPTOPS] |= {code for code in codes if codes.count(code) > 1}
    found[Trouble.GRANT_ENDED] |= {books.villages[commit.place] for commit in books.parked}
    return found


def _shown_by(books: Books, commits: list[Commit], catalogue: Catalogue) -> Iterator[Trouble]:
    """What one device's commits show: a wrong clock, a long absence, a late report, two disks."""
    waits = [
        books.accepted_at[commit.id] - clock.seconds(change.stamp)
        for commit in commits
        for change in commit.changes
    ]
    if min(waits) < -_CLOCK_WRONG_SECONDS:
        yield Trouble.CLOCK_2099
    elif max(waits) > _CLOCK_WRONG_SECONDS:
        yield Trouble.CLOCK_1970
    else:
        if max(waits) > _AWAY_SECONDS:
            yield Trouble.OFFLINE
        if any(_is_late(commit, catalogue) for commit in commits):
            yield Trouble.LATE
    apart = [
        abs(books.accepted_at[one] - books.accepted_at[other])
        for one, other in _concurrent(books, commits)
    ]
    if apart:
        # Two living copies report in the same days; an old one wakes up when the other is gone.
        yield Trouble.CLONED_DISK if min(apart) < _SAME_VISIT_SECONDS else Trouble.OLD_COPY


def _is_late(commit: Commit, catalogue: Catalogue) -> bool:
    """Whether it hands in a form after the days that the form gives for it."""
    for change in commit.changes:
        if change.cell.kind == "submission":
            days = catalogue.forms[change.cell.field].due_days
            due = moment(parse(change.cell.subject).end + timedelta(days=days + 1), 0)
            if clock.seconds(change.stamp) >= due:
                return True
    return False


def _concurrent(books: Books, commits: list[Commit]) -> Iterator[tuple[CommitId, CommitId]]:
    """Pairs of one device's commits of which neither had seen the other."""
    place = commits[0].place
    ordered = history.topological(commit for commit in books.commits if commit.place == place)
    seen = dict(
        zip((commit.id for commit in ordered), history.ancestor_masks(ordered), strict=True)
    )
    bit = {commit.id: 1 << index for index, commit in enumerate(ordered)}
    names = [commit.id for commit in commits]
    for index, one in enumerate(names):
        for other in names[:index]:
            if not seen[one] & bit[other] and not seen[other] & bit[one]:
                yield one, other


async def _state(
    ledger: Ledger, villages: Mapping[PlaceId, str]
) -> tuple[set[EditId], set[DisputedCell], int]:
    """The edits that stand in the villages' cells, the disputed cells, and the explanations."""
    standing: set[EditId] = set()
    disputed: set[DisputedCell] = set()
    explained = 0
    for (
        place,
        device,
        *cell,
        kind,
        number,
        text,
        stamp,
        is_disputed,
    ) in await ledger.database.rows_in(
        "SELECT p.id, c.device, v.kind, v.subject, v.field, v.type, v.number, v.text, v.stamp,"
        " v.disputed FROM version v JOIN place_no p ON p.no = v.place"
        " JOIN commits c ON c.no = v.commit_no WHERE p.id IN ({keys})",
        [(place,) for place in villages],
    ):
        if device == ledger.device:
            continue
        standing.add(edit_id(device, place, Cell(*cell), stamp, Value(Type(kind), number, text)))
        explained += cell[0] == "explain"
        if is_disputed:
            disputed.add((villages[place], cell[1], cell[2]))
    return standing, disputed, explained
