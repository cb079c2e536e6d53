"""Random graphs of commits at one place, and the fold as its definition says, written anew."""

from __future__ import annotations

from hypothesis import strategies as st

from sync.commit import Change, Commit, commit_of, edit_id
from sync.ids import CommitId, DeviceId, GrantId, PersonId, PlaceId, RealmId, mint
from sync.value import Cell, Value, quantity_value

REALM = RealmId(mint("realm", b"property"))
PLACE = PlaceId(mint("place", b"property"))
PERSON = PersonId(mint("person", b"property"))
GRANT = GrantId(mint("grant", b"property"))
DEVICES = [DeviceId(mint("device", bytes([number]))) for number in range(3)]
CELLS = [Cell("value", "2024", "A1"), Cell("value", "2024", "A2")]

Named = tuple[DeviceId, int, Value]


@st.composite
def histories(draw: st.DrawFn, most: int = 9) -> list[Commit]:
    """Commits in an order in which each comes after its parents; edits may come twice."""
    commits: list[Commit] = []
    for _ in range(draw(st.integers(1, most))):
        parents = draw(st.lists(st.sampled_from(commits), max_size=3)) if commits else []
        device = draw(st.sampled_from(DEVICES))
        changes = [
            draw(changes_of(cell, commits, device))
            for cell in draw(st.lists(st.sampled_from(CELLS), min_size=1, max_size=2, unique=True))
        ]
        commits.append(
            commit_of(
                realm=REALM,
                place=PLACE,
                parents=[parent.id for parent in parents],
                device=device,
                author=PERSON,
                grant=GRANT,
                changes=changes,
            )
        )
    return list({commit.id: commit for commit in commits}.values())


@st.composite
def changes_of(draw: st.DrawFn, cell: Cell, commits: list[Commit], device: DeviceId) -> Change:
    """A change of a cell that may name what was there as unseen or replaced."""
    names = [
        edit_id(commit.device, PLACE, cell, change.stamp, change.value)
        for commit in commits
        for change in commit.changes
        if change.cell == cell
    ]
    some = st.lists(st.sampled_from(names), max_size=2) if names else st.just([])
    return Change(
        cell,
        quantity_value(draw(st.integers(0, 2)) * 10_000),
        draw(st.integers(1, 6)) << 20,
        tuple(draw(some)),
        tuple(draw(some)),
    )


def by_definition(commits: list[Commit]) -> dict[Cell, set[Named]]:
    """The edits of each cell that no edit of a later commit covers."""
    parents = {commit.id: commit.parents for commit in commits}
    found: dict[Cell, set[Named]] = {}
    for cell in {change.cell for commit in commits for change in commit.changes}:
        made = [
            (commit, change)
            for commit in commits
            for change in commit.changes
            if change.cell == cell
        ]
        edits = {(commit.device, change.stamp, change.value) for commit, change in made}
        found[cell] = {
            edit
            for edit in edits
            if not any(_covers(commit, change, edit, made, parents) for commit, change in made)
        } or {
            (commit.device, change.stamp, change.value)
            for commit, change in made
            if not any(commit.id in _above(other.id, parents) for other, _ in made)
        }
    return found


def _covers(
    commit: Commit,
    change: Change,
    edit: Named,
    made: list[tuple[Commit, Change]],
    parents: dict[CommitId, tuple[CommitId, ...]],
) -> bool:
    device, stamp, value = edit
    if (commit.device, change.stamp, change.value) == edit:
        return False
    homes = {c.id for c, ch in made if (c.device, ch.stamp, ch.value) == edit}
    if any(commit.id in _above(home, parents) for home in homes):
        return False
    name = edit_id(device, PLACE, change.cell, stamp, value)
    if name in change.replaced and device == commit.device:
        return True
    return name not in change.unseen and not homes.isdisjoint(_above(commit.id, parents))


def _above(name: CommitId, parents: dict[CommitId, tuple[CommitId, ...]]) -> set[CommitId]:
    found: set[CommitId] = set()
    left = list(parents[name])
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += parents[one]
    return found
