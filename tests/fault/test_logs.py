"""What can be told of a log that a killed process left, and what can't."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from sync.ledger.soundlog import in_use, log_of, mend
from tests.fault.damage import cut, flip

KILLED = """
import os, sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute("pragma journal_mode = wal")
c.execute("create table t (n integer primary key, x blob)")
c.execute("pragma wal_checkpoint(truncate)")
for n in range(12):
    c.execute("insert into t values (?, randomblob(3000))", (n,))
    c.commit()
os._exit(0)
"""
HEADER_BYTES, FRAME_BYTES = 32, 24 + 4096


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database, its log and its index, as a process leaves them that is killed."""
    folder = tmp_path_factory.mktemp("left")
    subprocess.run([sys.executable, "-c", KILLED, str(folder / "a.db")], check=True)
    return folder


@pytest.fixture
def database(left: Path, tmp_path: Path) -> Path:
    """A copy of them."""
    return Path(shutil.copytree(left, tmp_path / "copy")) / "a.db"


def rows(database: Path) -> int:
    """How many rows SQLite finds."""
    with closing(sqlite3.connect(database)) as opened:
        ((count,),) = opened.execute("SELECT count(*) FROM t").fetchall()
    return int(count)


def log(database: Path) -> Path:
    """The log of a database."""
    return database.with_name("a.db-wal")


def test_what_a_killed_process_left_is_whole(database: Path) -> None:
    """All that was committed is there, and nobody has it open (F50)."""
    told = log_of(database)

    assert told is not None
    assert told.is_whole
    assert not in_use(database)
    assert rows(database) == 12


@pytest.mark.parametrize("index", [True, False], ids=["with its index", "without"])
@pytest.mark.parametrize("harm", ["a byte", "its end", "its head"])
def test_a_harmed_log_is_told_wherever_there_is_a_witness(
    database: Path, index: bool, harm: str
) -> None:
    """The index knows how much there was; frames behind a broken one do too; else nothing (F50)."""
    size = log(database).stat().st_size
    if harm == "a byte":
        flip(log(database), HEADER_BYTES + 5 * FRAME_BYTES + 2000)
    elif harm == "its end":
        cut(log(database), size - 3 * FRAME_BYTES)
    else:
        flip(log(database), 17)
    if not index:
        database.with_name("a.db-shm").unlink()
    told = log_of(database)

    assert told is not None
    assert told.is_whole == (harm == "its end" and not index)
    assert rows(database) < 12  # SQLite itself says nothing


def test_a_log_that_is_gone_is_missed(database: Path) -> None:
    """Its index says that there was one (F50)."""
    log(database).unlink()
    told = log_of(database)

    assert told is not None
    assert not told.is_whole


def test_a_mended_log_gives_back_what_lies_behind_the_harm(database: Path) -> None:
    """All frames are read again, the broken one as it is."""
    flip(log(database), HEADER_BYTES + 5 * FRAME_BYTES + 2000)
    told = log_of(database)
    assert told is not None
    everything = mend(database, told)
    database.with_name("a.db-shm").unlink()

    assert everything
    assert rows(database) == 12
