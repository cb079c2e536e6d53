"""Verifying, backing up and restoring: what was tampered with is found, what was kept comes back."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from server.backup import back_up, restore
from server.verify import verify
from sync.ledger.verify import snapshot, verify_ledger
from sync.problems import Problem
from sync.quantity import SCALE
from sync.texts import LANGUAGES
from sync.value import quantity_value
from tests.integration.province import VILLAGES, Province, province

FIVE = quantity_value(5 * SCALE)
SIX = quantity_value(6 * SCALE)


async def fill(made: Province) -> None:
    """A value at each village, and one conflict."""
    async with made.ledger.transaction() as database:
        for village in VILLAGES:
            await made.set(database, village, "2024", "HOUSES", FIVE, rival=False)
        await made.set(database, "v1", "2024", "HOUSES", SIX, rival=True)


def tamper(folder: Path, statement: str) -> None:
    """Changes the file behind the server's back."""
    with closing(sqlite3.connect(folder / "tianji.db")) as file, file:
        assert file.execute(statement).rowcount > 0


async def test_what_is_whole_is_verified_while_the_server_goes_on(tmp_path: Path) -> None:
    """Counts, and a fingerprint that changes with every commit; others write meanwhile."""
    folder = tmp_path / "s"
    async with province(folder) as made:
        await fill(made)
        first = await verify(folder, made.clock)
        async with snapshot(folder, made.clock) as still:
            await fill(made)
            assert (await verify_ledger(still)).commits == first.commits
        second = await verify(folder, made.clock)

        assert (first.ok, first.differences, first.faults) == (True, {}, [])
        assert first.receipts == first.commits
        assert second.commits == first.commits + len(VILLAGES) + 1
        assert second.fingerprint != first.fingerprint


@pytest.mark.parametrize(
    "statement, kinds",
    [
        ("UPDATE commits SET body = substr(body, 1, 40) WHERE no = 3", {"id"}),
        ("UPDATE commits SET author = zeroblob(16) WHERE no = 3", {"columns"}),
        ("UPDATE commits SET signature = zeroblob(64) WHERE no = 3", {"signature"}),
        ("UPDATE receipt SET at = at + 1 WHERE commit_no = 3", {"receipt"}),
        ("DELETE FROM parent", {"parents"}),
        ("DELETE FROM commits WHERE no = (SELECT max(no) FROM commits)", {"state", "heads"}),
        ("DELETE FROM head WHERE commit_no = 3", {"heads"}),
        ("UPDATE version SET number = 1 WHERE kind = 'value' AND shown = 1", {"state", "rollup"}),
        ("UPDATE version SET shown = 1 - shown WHERE kind = 'value'", {"state", "rollup"}),
        ("UPDATE version SET disputed = 0 WHERE disputed = 1", {"state", "rollup"}),
        ("UPDATE rollup SET total_low = total_low - 1", {"rollup"}),
        ("DELETE FROM rollup WHERE series = 'HOUSES'", {"rollup"}),
        ("INSERT INTO rollup_today VALUES (1, '2024', 'HOUSES', 1, 0, 0, 1, 0, 0)", {"rollup"}),
        ("UPDATE place_no SET no = 900 WHERE no = 9", {"stray"}),
    ],
)
async def test_whatever_was_tampered_with_is_found(
    tmp_path: Path, statement: str, kinds: set[str]
) -> None:
    """Each table that can be made anew from the commits, and the commits themselves."""
    folder = tmp_path / "s"
    async with province(folder) as made:
        await fill(made)
    tamper(folder, statement)

    done = await verify(folder, made.clock)

    assert not done.ok
    assert kinds <= set(done.differences)
    assert all(len({fault.say(language) for language in LANGUAGES}) > 1 for fault in done.faults)


async def test_a_backup_restores_to_the_same_server(tmp_path: Path) -> None:
    """Values, fingerprint and key are the same; the epoch is another one."""
    folder, file, again = tmp_path / "s", tmp_path / "b" / "backup", tmp_path / "r"
    async with province(folder) as made:
        await fill(made)
        before = await verify(folder, made.clock)
        done = await back_up(made.ledger, file)
        epoch = await made.ledger.database.meta("epoch")
        with pytest.raises(Problem) as raised:
            await back_up(made.ledger, file)
        assert raised.value.code == "backup-exists"

    restored = restore(file, again, os.urandom)

    after = await verify(again, made.clock)
    assert restored[:2] == (done.commits, made.clock())
    assert (after.ok, after.fingerprint) == (True, before.fingerprint)
    async with snapshot(again, made.clock) as ledger:
        assert await ledger.database.meta("epoch") != epoch
        assert (ledger.realm, ledger.device) == (made.ledger.realm, made.ledger.device)


async def test_a_restore_never_overwrites(tmp_path: Path) -> None:
    """Where a server is, a restore is refused; told to replace it, it puts that one aside."""
    folder, file = tmp_path / "s", tmp_path / "backup"
    async with province(folder) as made:
        await back_up(made.ledger, file)
        await fill(made)
    later = await verify(folder, made.clock)

    with pytest.raises(Problem) as raised:
        restore(file, folder, os.urandom)
    assert raised.value.code == "backup-server-there"
    assert (await verify(folder, made.clock)).commits == later.commits

    replaced = restore(file, folder, os.urandom, replace=True).replaced
    assert replaced is not None
    assert (await verify(folder, made.clock)).commits < later.commits
    (tmp_path / "old").mkdir()
    replaced.replace(tmp_path / "old" / "tianji.db")
    assert (await verify(tmp_path / "old", made.clock)).commits == later.commits


async def test_what_is_no_whole_backup_is_refused(tmp_path: Path) -> None:
    """Another file, a database of something else, a live file, a cut or altered backup: nothing is made."""
    folder, good = tmp_path / "s", tmp_path / "backup"
    async with province(folder) as made:
        await fill(made)
        await back_up(made.ledger, good)
    bad = tmp_path / "bad"
    with closing(sqlite3.connect(tmp_path / "other")) as other:
        other.execute("CREATE TABLE meta (key, value)")
    (tmp_path / "short").write_bytes(good.read_bytes())
    with closing(sqlite3.connect(tmp_path / "short")) as short, short:
        short.execute("DELETE FROM version WHERE kind = 'value'")
    for data, code in [
        (b"hello", "backup-unusable"),
        ((tmp_path / "other").read_bytes(), "backup-unusable"),
        ((folder / "tianji.db").read_bytes(), "backup-unusable"),
        ((tmp_path / "short").read_bytes(), "backup-incomplete"),
        (good.read_bytes()[:-8192], "backup-incomplete"),
    ]:
        bad.write_bytes(data)
        with pytest.raises(Problem) as raised:
            restore(bad, tmp_path / "new", os.urandom)
        assert raised.value.code == code, code
        assert not (tmp_path / "new" / "tianji.db").exists()
    with pytest.raises(Problem, match="backup-missing"):
        restore(tmp_path / "nowhere", tmp_path / "new", os.urandom)
