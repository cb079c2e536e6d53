"""The fold: what a place's graph of commits makes of each of its cells.

A cell is a multi-value register. The rule, for two edits of one cell:

    an edit is covered by another edit that a later commit made,
        if the later commit has a commit of the first as an ancestor and doesn't list the
        first as unseen, or if it lists the first, of its own device, as replaced;
        unless the first was made again by a commit that has the later one as an ancestor.

What no edit covers are the cell's versions. Where a device repeats its edits so that all of a cell
cover each other in a circle, those of the latest commits stand: a cell that was written never shows
nothing. The rule speaks of sets only, so the state is the same
for every order, repetition and split of delivery. An edit sealed in two commits (a cloned disk) is
one edit with two commits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sync import clock
from sync.commit import Change, Commit, edit_id
from sync.ids import CommitId, DeviceId, EditId, PersonId, PlaceId
from sync.value import Cell, Value


class Version(NamedTuple):
    """One value that stands in a cell, and the commit that brought it (the least, if several)."""

    value: Value
    stamp: int
    device: DeviceId
    author: PersonId
    commit: CommitId

    def edit(self, place: PlaceId, cell: Cell) -> EditId:
        """The name of the edit that made it."""
        return edit_id(self.device, place, cell, self.stamp, self.value)


class Key(NamedTuple):
    """What makes two changes of one cell the same edit."""

    device: DeviceId
    stamp: int
    value: Value


@dataclass(slots=True)
class _Edit:
    commits: int = 0
    made: list[tuple[int, Change]] = field(default_factory=list)
    least: Commit | None = None


def fold(
    commits: Collection[Commit], cells: Collection[Cell] | None = None
) -> dict[Cell, tuple[Version, ...]]:
    """The versions of each cell (of all, or of those asked for), from one place's commits.

    `commits` must hold the parents of each. A cell nobody wrote is absent.
    """
    ordered = topological(commits)
    ancestors = ancestor_masks(ordered)
    edits: dict[Cell, dict[Key, _Edit]] = {}
    for index, commit in enumerate(ordered):
        for change in commit.changes:
            if cells is not None and change.cell not in cells:
                continue
            key = Key(commit.device, change.stamp, change.value)
            edit = edits.setdefault(change.cell, {}).setdefault(key, _Edit())
            edit.commits |= 1 << index
            edit.made.append((index, change))
            if edit.least is None or commit.id < edit.least.id:
                edit.least = commit
    return {cell: _versions(cell, held, ancestors) for cell, held in edits.items()}


def topological(commits: Iterable[Commit]) -> list[Commit]:
    """The commits with each after its parents; those of equal standing by id."""
    by_id = {commit.id: commit for commit in commits}
    ordered: list[Commit] = []
    done: set[CommitId] = set()
    for start in sorted(by_id):
        stack = [start]
        while stack:
            name = stack[-1]
            waiting = [p for p in by_id[name].parents if p in by_id and p not in done]
            if waiting and name not in done:
                stack.extend(waiting)
                continue
            stack.pop()
            if name not in done:
                done.add(name)
                ordered.append(by_id[name])
    return ordered


def ancestor_masks(ordered: list[Commit]) -> list[int]:
    """For each of the ordered commits, which of them its history holds, as bits (not itself)."""
    position = {commit.id: index for index, commit in enumerate(ordered)}
    masks: list[int] = []
    for commit in ordered:
        mask = 0
        for parent in commit.parents:
            if parent in position:
                mask |= masks[position[parent]] | 1 << position[parent]
        masks.append(mask)
    return masks


def covers_all(commit: Commit, heads: Collection[CommitId]) -> bool:
    """Whether the commit's history holds all that its place has: the usual case, no graph walk."""
    return set(heads) <= set(commit.parents)


def supersede(
    place: PlaceId, commit: Commit, change: Change, before: tuple[Version, ...]
) -> tuple[Version, ...]:
    """A cell's versions after a change by a commit that covers all that the place has.

    Equal to `fold` where the edit is new to the place.
    """
    kept: tuple[Version, ...] = ()
    if change.unseen:
        named = set(change.unseen)
        replaced = set(change.replaced)
        kept = tuple(
            v for v in before if _stays(v, v.edit(place, change.cell), named, replaced, commit)
        )
    mine = Version(change.value, change.stamp, commit.device, commit.author, commit.id)
    return tuple(sorted((*kept, mine), key=_version_order))


def shown_first(
    versions: Iterable[Version], accepted_at: Callable[[CommitId], int | None]
) -> tuple[Version, ...]:
    """The versions with the one that is shown first: the same everywhere.

    It is the latest of (typed, but no later than accepted), then device, then stamp.
    """

    def order(version: Version) -> tuple[int, DeviceId, int, Value]:
        typed = clock.seconds(version.stamp)
        accepted = accepted_at(version.commit)
        when = typed if accepted is None else min(typed, accepted)
        return when, version.device, version.stamp, version.value

    return tuple(sorted(versions, key=order, reverse=True))


def disputed(versions: Collection[Version]) -> bool:
    """Whether the versions differ in value: equal values are no conflict."""
    return len({version.value for version in versions}) > 1


def _versions(cell: Cell, edits: Mapping[Key, _Edit], ancestors: list[int]) -> tuple[Version, ...]:
    covering = _covering(edits, ancestors)
    inner = 0
    for index, _, _ in covering:
        inner |= ancestors[index]
    replacing = {other.device for _, other, change in covering if change.replaced}
    standing = [
        key
        for key, edit in edits.items()
        if not (edit.commits & inner or key.device in replacing)
        or not any(
            other != key and _covered(cell, key, edit, index, change, ancestors, other)
            for index, other, change in covering
        )
    ]
    if not standing:
        standing = _latest(edits, ancestors)
    versions = []
    for key in standing:
        least = edits[key].least
        assert least is not None
        versions.append(Version(key.value, key.stamp, key.device, least.author, least.id))
    return tuple(sorted(versions, key=_version_order))


def _covering(edits: Mapping[Key, _Edit], ancestors: list[int]) -> list[tuple[int, Key, Change]]:
    """The changes that can cover any edit at all, the latest first: it covers most.

    Without this, a cell that a device writes some thousand times costs the square of that.
    """
    written = 0
    for edit in edits.values():
        written |= edit.commits
    found = [
        (index, key, change)
        for key, edit in edits.items()
        for index, change in edit.made
        if change.replaced or ancestors[index] & written
    ]
    return sorted(found, key=lambda one: one[0], reverse=True)


def _latest(edits: Mapping[Key, _Edit], ancestors: list[int]) -> list[Key]:
    """The edits of those commits that no other commit which wrote the cell builds on."""
    inner = 0
    for edit in edits.values():
        for index, _ in edit.made:
            inner |= ancestors[index]
    return [key for key, edit in edits.items() if edit.commits & ~inner]


def _covered(
    cell: Cell,
    key: Key,
    edit: _Edit,
    index: int,
    change: Change,
    ancestors: list[int],
    other: Key,
) -> bool:
    seen = bool(ancestors[index] & edit.commits)
    if not seen and not change.replaced:
        return False
    # Who has seen an edit that was made once stands after it: only the others need a look.
    is_plain = seen and len(edit.made) == 1
    if not is_plain and any(ancestors[again] >> index & 1 for again, _ in edit.made):
        return False
    if seen and not change.unseen:
        return True
    assert edit.least is not None
    name = edit_id(key.device, edit.least.place, cell, key.stamp, key.value)
    if other.device == key.device and name in change.replaced:
        return True
    return seen and name not in change.unseen


def _stays(
    version: Version, name: EditId, unseen: set[EditId], replaced: set[EditId], commit: Commit
) -> bool:
    if version.device == commit.device and name in replaced:
        return False
    return name in unseen


def _version_order(version: Version) -> tuple[DeviceId, int, Value, CommitId]:
    return version.device, version.stamp, version.value, version.commit
