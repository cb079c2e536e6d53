"""The fold, against its definition written a second time."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from sync import history
from sync.commit import Commit
from tests.property.graphs import CELLS, PLACE, by_definition, histories


@given(histories())
def test_the_fold_is_what_its_definition_says(commits: list[Commit]) -> None:
    """Exactly the edits that no other covers are a cell's versions (C3, C4)."""
    folded = {
        cell: {(v.device, v.stamp, v.value) for v in versions}
        for cell, versions in history.fold(commits).items()
    }

    assert folded == by_definition(commits)


@given(histories())
def test_a_cell_that_was_written_never_shows_nothing(commits: list[Commit]) -> None:
    """Not even where a hostile device repeats an edit on top of what covered it (C4)."""
    written = {change.cell for commit in commits for change in commit.changes}
    folded = history.fold(commits)

    assert {cell for cell, versions in folded.items() if versions} == written


@given(histories(), st.randoms(use_true_random=False))
def test_the_fold_is_the_same_in_every_order(commits: list[Commit], random: Random) -> None:
    """Order and repetition of delivery don't show in the state (C3)."""
    mixed = commits * 2
    random.shuffle(mixed)

    assert history.fold(mixed) == history.fold(commits)


@given(histories())
def test_a_cell_folds_alone_as_with_all_others(commits: list[Commit]) -> None:
    """Folding the touched cells only gives what folding all would (C3)."""
    whole = history.fold(commits)

    for cell in CELLS:
        assert history.fold(commits, {cell}).get(cell) == whole.get(cell)


@given(histories())
def test_a_step_forward_is_the_fold_where_a_commit_covers_all(commits: list[Commit]) -> None:
    """Along a line of commits whose edits are new, the quick step equals the fold (C3)."""
    *before, last = commits
    inner = {parent for commit in before for parent in commit.parents}
    heads = {commit.id for commit in before} - inner
    if not heads <= set(last.parents):
        return
    known = {(c.device, ch.cell, ch.stamp, ch.value) for c in before for ch in c.changes}
    state = history.fold(before)
    for change in last.changes:
        if (last.device, change.cell, change.stamp, change.value) in known:
            return
        state[change.cell] = history.supersede(PLACE, last, change, state.get(change.cell, ()))

    assert state == history.fold(commits)
