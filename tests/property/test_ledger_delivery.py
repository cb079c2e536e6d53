"""Delivery to a real ledger: whatever the order, the repetition and the split, the state is the fold."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sync import history
from sync.commit import Commit
from sync.history import Version
from sync.ledger import aside
from sync.ledger.apply import Arrival, apply, version_of
from sync.ledger.database import Database
from sync.ledger.ledger import FILE_NAME, SCHEMAS
from sync.ledger.take import take
from sync.receipt import Receipt, receipts
from sync.trust import KeySigner
from sync.value import Cell
from tests.property.graphs import REALM, histories
from tests.sim import disk

SERVER = KeySigner(bytes(32))
State = dict[Cell, tuple[Version, ...]]


async def state_of(database: Database) -> State:
    """The version table as versions, the shown one first."""
    found: State = {}
    for row in await database.rows(
        "SELECT v.kind, v.subject, v.field, v.type, v.number, v.text, v.stamp, c.device, c.author,"
        " c.id FROM version v JOIN commits c ON c.no = v.commit_no ORDER BY v.shown DESC"
    ):
        cell = Cell(*row[:3])
        found[cell] = (*found.get(cell, ()), version_of(row[3:]))
    return found


def signed(commits: Sequence[Commit]) -> dict[bytes, Receipt]:
    """A receipt for each commit."""
    names = [commit.id for commit in commits]
    return dict(zip(names, receipts(SERVER, REALM, 4, names), strict=True))


async def taken(
    folder: Path, parts: Sequence[Sequence[Commit]], given: dict[bytes, Receipt]
) -> State:
    """The state of a new ledger that was given those parts, each in one transaction."""
    async with Database.open(folder / FILE_NAME, SCHEMAS, create=True) as database:
        for part in parts:
            async with database.writing():
                arrivals = [Arrival(commit, bytes(64), (given[commit.id],)) for commit in part]
                await take(database, arrivals, 0)
        assert await aside.in_state(database, aside.State.HELD) == []
        heads = await database.rows("SELECT c.id FROM head h JOIN commits c ON c.no = h.commit_no")
        every = {commit for part in parts for commit in part}
        assert {row[0] for row in heads} == {c.id for c in every} - {
            parent for commit in every for parent in commit.parents
        }
        return await state_of(database)


def shown(commits: Sequence[Commit]) -> State:
    """What the fold says, the shown version first."""
    return {
        cell: history.shown_first(versions, lambda _: 4)
        for cell, versions in history.fold(commits).items()
        if versions
    }


def same(one: State, other: State) -> bool:
    """Whether two states are equal, the shown version in its place and the others in any order."""
    return {c: (v[0], set(v)) for c, v in one.items()} == {
        c: (v[0], set(v)) for c, v in other.items()
    }


@settings(max_examples=60)
@given(histories(), st.data())
def test_every_delivery_comes_to_the_fold(commits: list[Commit], data: st.DataObject) -> None:
    """Commits that come in any order, twice and in any parts are applied once (C3, L4, L5)."""
    order = data.draw(st.permutations(commits))
    again = data.draw(st.lists(st.sampled_from(commits), max_size=4))
    sent = [*order, *again]
    cuts = sorted(data.draw(st.sets(st.integers(0, len(sent)), max_size=3)))
    parts = [sent[a:b] for a, b in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    with disk.quick(), tempfile.TemporaryDirectory() as folder:
        state = asyncio.run(taken(Path(folder), parts, signed(commits)))

    assert same(state, shown(commits))


@settings(max_examples=40)
@given(histories(), st.data())
def test_incremental_state_equals_the_fold(commits: list[Commit], data: st.DataObject) -> None:
    """Applied in any batches, parents first, the stored state is the fold after each (L4)."""

    async def run(folder: Path) -> None:
        async with Database.open(folder / FILE_NAME, SCHEMAS, create=True) as database:
            done = 0
            while done < len(commits):
                size = data.draw(st.integers(1, len(commits) - done))
                async with database.writing():
                    batch = commits[done : done + size]
                    await apply(database, [Arrival(c, bytes(64), (), 4) for c in batch])
                done += size
                assert same(await state_of(database), shown(commits[:done]))

    with disk.quick(), tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))
