"""How much work the fold is where one cell is written very often."""

from __future__ import annotations

import pytest

from sync import history
from sync.commit import Change, Commit, commit_of
from sync.ids import DeviceId, GrantId, PersonId, PlaceId, RealmId
from sync.value import Cell, quantity_value

CELL = Cell("value", "2024", "A001")
COUNT = 300


def written(number: int, parents: list[Commit]) -> Commit:
    """A commit that writes the cell, one device's."""
    return commit_of(
        realm=RealmId(bytes(16)),
        place=PlaceId(bytes(16)),
        parents=[parent.id for parent in parents],
        device=DeviceId(bytes(16)),
        author=PersonId(bytes(16)),
        grant=GrantId(bytes(16)),
        changes=[Change(CELL, quantity_value(number), number << 20)],
    )


def chain() -> list[Commit]:
    """Each builds on the one before."""
    made: list[Commit] = []
    for number in range(1, COUNT + 1):
        made.append(written(number, made[-1:]))
    return made


def rivals() -> list[Commit]:
    """All build on one, and none has seen another."""
    first = written(1, [])
    return [first, *(written(number, [first]) for number in range(2, COUNT + 1))]


@pytest.mark.parametrize(
    "commits, standing", [(chain(), 1), (rivals(), COUNT - 1)], ids=["chain", "rivals"]
)
def test_the_work_grows_with_the_number_of_edits_only(
    commits: list[Commit], standing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One device can write a cell some thousand times: that must not stop a server."""
    compared = 0
    covered = history._covered

    def counted(*arguments: object) -> bool:
        nonlocal compared
        compared += 1
        return covered(*arguments)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(history, "_covered", counted)

    assert len(history.fold(commits)[CELL]) == standing
    assert compared <= 2 * COUNT
