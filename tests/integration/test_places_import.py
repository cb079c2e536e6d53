"""Importing places: one commit a place, dated, in any number of runs the same hierarchy."""

from __future__ import annotations

import io
import os
from datetime import date
from pathlib import Path

import pytest

from server import filing, founding
from server.places import importing
from server.places.importing import import_places
from server.store import open_server
from server.verify import verify
from sync.problems import Problem
from tests.integration.guangdong import AS_OF, PLACES, now

LATER = date(2023, 6, 30)
RECODED = PLACES.replace("440103001000", "440103009000").replace("第6村", "第六村")


async def test_a_later_file_changes_what_holds_from_then_on(tmp_path: Path) -> None:
    """The dry run lists it and files nothing; then the old code and name hold before, the new after."""
    await founding.found(tmp_path / "s", now, os.urandom)
    async with open_server(tmp_path / "s", now) as ledger:
        await import_places(ledger, io.BytesIO(PLACES.encode()), AS_OF)
        commits = await ledger.database.rows("SELECT count(*) FROM commits")
        dry = await import_places(ledger, io.BytesIO(RECODED.encode()), LATER, dry_run=True)
        assert await ledger.database.rows("SELECT count(*) FROM commits") == commits
        real = await import_places(ledger, io.BytesIO(RECODED.encode()), LATER)

        assert dry == real
        assert (real.counts["town"]["recoded"], real.counts["village"]["renamed"]) == (1, 1)
        town = ledger.tree.by_code("440103001000", date(2022, 1, 1))
        assert town is not None
        assert town == ledger.tree.by_code("440103009000", LATER)
        assert ledger.tree.by_code("440103001000", LATER) is None
    assert (await verify(tmp_path / "s", now)).ok


async def test_an_import_that_was_cut_short_is_completed_by_the_same_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was filed is left, the rest is added, and a third run finds nothing to do."""
    monkeypatch.setattr(importing, "PLACES_PER_TRANSACTION", 3)
    await founding.found(tmp_path / "s", now, os.urandom)
    async with open_server(tmp_path / "s", now) as ledger:
        file, ran = filing.file, 0

        async def cut(*arguments: object) -> object:
            nonlocal ran
            ran += 1
            if ran == 3:
                raise Problem("storage-full", file="tianji.db")
            return await file(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(importing, "file", cut)
        with pytest.raises(Problem, match="storage-full"):
            await import_places(ledger, io.BytesIO(PLACES.encode()), AS_OF)
        assert len(ledger.tree) == 6

        again = await import_places(ledger, io.BytesIO(PLACES.encode()), AS_OF)
        assert (len(again.changes), len(ledger.tree)) == (4, 10)
        assert (await import_places(ledger, io.BytesIO(PLACES.encode()), AS_OF)).changes == []


async def test_a_faulty_file_files_nothing(tmp_path: Path) -> None:
    """A parent that is missing refuses the whole file."""
    await founding.found(tmp_path / "s", now, os.urandom)
    async with open_server(tmp_path / "s", now) as ledger:
        text = PLACES.replace(",440103001000\n", ",440103999000\n", 1)
        with pytest.raises(Problem, match="places-file-refused"):
            await import_places(ledger, io.BytesIO(text.encode()), AS_OF)

        assert len(ledger.tree) == 0
