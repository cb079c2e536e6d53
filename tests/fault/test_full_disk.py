"""A disk that is full: said in one sentence, nothing acknowledged lost, and all goes on when there is room."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from field_client.desk import Desk
from sync.problems import Problem
from sync.value import Cell, text_value
from tests.e2e.processes import tianji
from tests.fault import shim
from tests.fault.lives import now
from tests.unit.field_office import office_in

PROGRAM = "tests.fault.full"
SECONDS_MAX = 300
KIBIBYTES = 3072


@pytest.mark.skipif(bool(shim.why_not()), reason=shim.why_not() or "can be run")
def test_a_disk_that_fills_at_any_write_is_told_and_loses_nothing() -> None:
    """Each write of a laptop's and of a server's life is the first for which there is no room (L14, S3)."""
    ran = subprocess.run(
        [sys.executable, "-m", PROGRAM],
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS_MAX,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of three megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    options = f"size={KIBIBYTES}k"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if os.name == "nt" or shutil.which("mount") is None or os.geteuid() != 0:
        pytest.skip("only root may mount a file system of its own")
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


async def test_a_small_disk_takes_what_fits_and_says_when_it_is_full(
    small_disk: Path, tmp_path: Path
) -> None:
    """What `record` took before is there, and room that is made is used (L1, L14)."""
    async with office_in(tmp_path) as office, office.desk("张三"):
        pass
    laptop = Path(shutil.copytree(tmp_path / "张三", small_disk / "laptop"))
    (small_disk / "other").write_bytes(b"\0" * 512 * 1024)
    kept, code = await _filled(laptop)
    assert code == "storage-full"
    status = tianji("field", "status", "--data", laptop, "--json")
    assert status.code == 0, status
    assert kept > 10
    assert status.json["pending"] == kept
    (small_disk / "other").unlink()

    assert tianji("field", "set", "2024Q3", "B001", "5", "--data", laptop).code == 0
    assert tianji("field", "verify", "--data", laptop).code == 0


async def _filled(laptop: Path) -> tuple[int, str]:
    """Records until that is refused: how many edits were kept, and with which problem it ended."""
    kept = 0
    async with Desk.open(laptop, now) as desk:
        while True:
            cell = Cell("note", f"{2000 + kept % 20}", f"B{kept:03}")
            try:
                await desk.record(desk.place, [(cell, text_value("字" * 1000))])
            except Problem as problem:
                return kept, problem.code
            kept += 1
