"""Where rival values come from: what both had seen last, and whether one machine made both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from server.disputes.cases import Case
from server.explaining.cell import commits_of
from sync import clock, commit_bytes
from sync.commit import Commit, edit_id
from sync.ids import CommitId, DeviceId, EditId, PersonId
from sync.ledger.ledger import Ledger
from sync.value import Value

__all__ = ["Base", "Origin", "ancestors", "origin_of"]


class Base(NamedTuple):
    """The last value that the authors of all rivals had before them."""

    value: Value
    author: PersonId
    typed_at: int


class Origin(NamedTuple):
    """`hidden` are rivals that were typed on a page which did not show another one that lay there;
    `cloned` are machines that made two of them, neither on top of the other.
    """

    base: Base | None
    hidden: frozenset[EditId]
    cloned: frozenset[DeviceId]


async def origin_of(books: Ledger, case: Case) -> Origin:
    """As far as the commits that lie here tell."""
    rows = await commits_of(books, case.place, case.cell)
    commits = [commit_bytes.decode(row[0]) for row in rows]
    above = {
        side.version.commit: await ancestors(books, side.version.commit) for side in case.sides
    }
    unseen = _unseen(case, commits)
    names = {side.name for side in case.sides}
    return Origin(
        _base(case, commits, above, unseen),
        frozenset(name for name, others in unseen.items() if others & names),
        _cloned(case, above),
    )


async def ancestors(books: Ledger, commit: CommitId) -> set[CommitId]:
    """All that a commit was made on top of."""
    rows = await books.database.rows(
        "WITH RECURSIVE above (no) AS (SELECT e.parent FROM commits c JOIN parent e"
        " ON e.child = c.no WHERE c.id = ? UNION SELECT e.parent FROM above a JOIN parent e"
        " ON e.child = a.no) SELECT c.id FROM above a JOIN commits c ON c.no = a.no",
        (commit,),
    )
    return {CommitId(row[0]) for row in rows}


def _unseen(case: Case, commits: Sequence[Commit]) -> dict[EditId, set[EditId]]:
    found: dict[EditId, set[EditId]] = {}
    for commit in commits:
        for change in commit.changes:
            if change.cell == case.cell:
                name = edit_id(commit.device, case.place, case.cell, change.stamp, change.value)
                found.setdefault(name, set()).update(change.unseen)
    return {side.name: found.get(side.name, set()) for side in case.sides}


def _base(
    case: Case,
    commits: Sequence[Commit],
    above: Mapping[CommitId, set[CommitId]],
    unseen: Mapping[EditId, set[EditId]],
) -> Base | None:
    common = set.intersection(*above.values())
    standing = unseen.keys()
    missed = set().union(*unseen.values())
    found: list[tuple[int, Base]] = []
    for commit in commits:
        if commit.id not in common:
            continue
        for change in commit.changes:
            if change.cell != case.cell:
                continue
            name = edit_id(commit.device, case.place, case.cell, change.stamp, change.value)
            if name not in standing and name not in missed:
                base = Base(change.value, commit.author, clock.seconds(change.stamp))
                found.append((change.stamp, base))
    return max(found, key=lambda one: one[0])[1] if found else None


def _cloned(case: Case, above: Mapping[CommitId, set[CommitId]]) -> frozenset[DeviceId]:
    versions = [side.version for side in case.sides]
    return frozenset(
        one.device
        for at, one in enumerate(versions)
        for other in versions[at + 1 :]
        if one.device == other.device
        and one.commit != other.commit
        and one.commit not in above[other.commit]
        and other.commit not in above[one.commit]
    )
