"""A hundred kills; `make fault KILLS=10000` is the long run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from field_client.desk import Desk
from tests.fault import shim
from tests.fault.lives import Book, check_laptop, now
from tests.unit.field_office import office_in

KILLS = 100
SECONDS_MAX = 300


@pytest.mark.skipif(bool(shim.why_not()), reason=shim.why_not() or "can be run")
def test_killed_at_any_write_nothing_acknowledged_is_lost() -> None:
    """Laptops, servers and rebuilds of both die at their writes and are looked at (L1, F1, S50)."""
    seed = os.environ.get("TIANJI_FAULT_SEED", "1")
    command = [sys.executable, "-m", "tests.fault.kills", "--json"]
    ran = subprocess.run(
        [*command, "--kills", str(KILLS), "--seed", seed],
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS_MAX,
        check=False,
    )
    assert ran.stdout, ran.stderr
    found = json.loads(ran.stdout)

    assert found["faults"] == []
    assert found["total"] == KILLS
    assert set(found["modes"]) == {"before", "after", "half"}
    assert min(found["kills"].values()) > 0
    assert found["edits_acknowledged"] > KILLS
    assert found["commits_receipted"] > 0
    assert ran.returncode == 0


@pytest.mark.parametrize(
    "book",
    [
        Book(tried={"2024": [5]}, kept={"2024": 5}),
        Book(receipted={"00" * 32}),
    ],
    ids=["an edit", "a receipt"],
)
async def test_the_look_after_a_kill_finds_what_is_missing(tmp_path: Path, book: Book) -> None:
    """A laptop that lacks what was acknowledged doesn't pass."""
    async with office_in(tmp_path) as office:
        folder = await office.enrol("张三")
        async with Desk.open(folder, now) as desk:
            await check_laptop(desk, Book())
            with pytest.raises(AssertionError):
                await check_laptop(desk, book)
