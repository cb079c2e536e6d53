"""The reader that knows nothing of this software gets the state that this software keeps."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from field_client.desk import Desk
from field_client.exporting import export
from sync import history
from sync.commit import Commit
from tests.golden.test_golden import RELEASES, unpacked
from tests.integration.province import Clock
from tests.property.graphs import PLACE, histories
from tests.reader import reader
from tests.sim.run import live
from tests.sim.world import World
from tests.tidy.source import Module, imported, modules

State = dict[tuple[Any, ...], list[tuple[Any, ...]]]
ALLOWED = {
    *("__future__", "base64", "hashlib", "json", "sqlite3", "sys", "zipfile", "pathlib", "typing"),
    *("msgspec", "cryptography"),
}
LINES_MAX = 200
SEEDS, STEPS = range(6), 80


def kept(file: Path) -> State:
    """What this software keeps: each cell's versions, the shown one first."""
    with closing(sqlite3.connect(file)) as database:
        rows = database.execute(
            "SELECT p.id, v.kind, v.subject, v.field, v.type, v.number, v.text, v.stamp, c.id,"
            " v.shown FROM version v JOIN place_no p ON p.no = v.place"
            " JOIN commits c ON c.no = v.commit_no ORDER BY v.shown DESC"
        ).fetchall()
    found: State = {}
    for row in rows:
        found.setdefault(row[:4], []).append(row[4:9])
    return found


def agreed(file: Path, source: Path | None = None) -> tuple[int, int]:
    """Compares cell by cell; how many cells there were, and how many held rivals."""
    commits, faults = reader.read(source or file)
    ours, theirs = kept(file), reader.fold(commits)
    assert faults == []
    assert theirs.keys() == ours.keys()
    for cell, versions in theirs.items():
        assert versions[0] == ours[cell][0], cell
        assert set(versions) == set(ours[cell]), cell
    return len(ours), sum(len(versions) > 1 for versions in ours.values())


def source() -> Module:
    """The reader's own text."""
    (found,) = [one for one in modules("tests") if one.name == "tests/reader/reader.py"]
    return found


def test_the_reader_is_short_and_imports_nothing_of_the_project() -> None:
    """Whoever doubts the software can read it through, and run it without."""
    text, tree = source().text, source().tree
    lines = text.count("\n")

    assert lines < LINES_MAX
    assert {name.split(".")[0] for name in imported(tree)} <= ALLOWED


@given(histories())
def test_any_graph_of_commits_folds_to_the_same(commits: list[Commit]) -> None:
    """Unseen, replaced and repeated edits, side by side and in circles (C3, C4)."""
    read = [reader.decoded(one.body, None) for one in commits]
    ours = {
        (PLACE, *cell): [
            (*version.value, version.stamp, version.commit)
            for version in history.shown_first(versions, lambda _commit: None)
        ]
        for cell, versions in history.fold(commits).items()
    }

    assert [one.id for one in read] == [one.id for one in commits]
    assert reader.fold(read) == ours


@pytest.mark.parametrize("seed", SEEDS)
def test_simulated_histories_read_the_same(seed: int) -> None:
    """Conflicts, clones, refused commits that were sealed again, on every replica (L4)."""

    async def run(folder: Path) -> list[tuple[int, int]]:
        async with World.made(folder / "world", seed) as world:
            await live(world, STEPS)
            await world.heal()
            found = []
            for number, replica in enumerate((world.server, *world.laptops)):
                file = folder / f"{number}.db"
                file.write_bytes(replica.image())
                found.append(agreed(file))
            return found

    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(run(Path(folder)))

    assert all(cells for cells, _ in found)


@pytest.mark.parametrize("release", RELEASES)
async def test_an_export_and_its_database_read_the_same(release: str, tmp_path: Path) -> None:
    """What an officer takes along on a stick is enough (F4)."""
    laptop, server = (unpacked(release, name, tmp_path) for name in ("laptop", "server"))
    file = tmp_path / "export.zip"
    async with Desk.open(laptop, Clock()) as desk:
        await export(desk, file)

    assert agreed(laptop / "tianji.db", file) == agreed(laptop / "tianji.db")
    assert agreed(laptop / "tianji.db")[1] == 1
    assert agreed(server / "tianji.db")[0] > 20


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE commits SET signature = zeroblob(64) WHERE no = 4",
        "UPDATE receipt SET at = at - 1 WHERE commit_no = 4",
        "UPDATE commits SET id = zeroblob(32) WHERE no = 4",
    ],
)
def test_what_was_tampered_with_is_found(change: str, tmp_path: Path) -> None:
    """The reader as a program of its own, from a folder where nothing of the project lies."""
    server = unpacked(RELEASES[-1], "server", tmp_path)
    program = tmp_path / "reader.py"
    program.write_text(source().text, "utf-8")
    command = [sys.executable, "-I", str(program), str(server / "tianji.db")]
    good = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    with closing(sqlite3.connect(server / "tianji.db")) as database, database:
        database.execute(change)
    bad = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)

    assert (good.returncode, bad.returncode) == (0, 1), (good.stderr, bad.stderr)
    assert "all proved" in good.stderr


def test_an_export_is_a_plain_zip(tmp_path: Path) -> None:
    """The reader takes a database for a database and a zip for a zip."""
    assert not zipfile.is_zipfile(unpacked(RELEASES[-1], "laptop", tmp_path) / "tianji.db")
