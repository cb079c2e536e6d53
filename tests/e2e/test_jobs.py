"""Scheduled jobs as real processes: run once by hand, run when due, stopped in mid-course."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from deploy.jobs.config import read
from tests.e2e.processes import COMMAND, environment, found, tianji

EXAMPLES = Path(__file__).parents[2] / "deploy" / "jobs"
SOON = """
[[job]]
name = "backup"
every_minutes = 1
run = ["server", "backup", "--data", "server", "-o", "backups/{time}.backup"]
keep = "backups/*.backup"
keep_count = 2

[[job]]
name = "endless"
every_minutes = 600
run = ["server", "run", "--data", "server", "--port", "0"]
timeout_minutes = 0.03
attempts = 1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A server with a file of jobs beside it."""
    found(tmp_path / "server")
    (tmp_path / "backups").mkdir()
    (tmp_path / "jobs.toml").write_text(SOON, encoding="utf-8")
    return tmp_path


def test_a_job_runs_by_hand_and_its_history_tells(folder: Path) -> None:
    """A backup is made, the old ones go, and `status` says how it went (D10, D11)."""
    file = folder / "jobs.toml"
    for _ in range(3):
        ran = tianji("jobs", "once", "backup", "--config", file)
        assert ran.code == 0, ran
    told = {one["job"]: one for one in tianji("jobs", "status", "--config", file, "--json").json}

    assert 1 <= len(list((folder / "backups").glob("*.backup"))) <= 2
    assert (told["backup"]["code"], told["backup"]["attempts"]) == (0, 1)
    assert told["endless"]["last"] is None
    restored = tianji(
        *("server", "restore", next((folder / "backups").iterdir())),
        *("--data", folder / "restored"),
    )
    assert restored.code == 0, restored


def test_a_job_that_takes_too_long_is_stopped(folder: Path) -> None:
    """After its time it ends as failed, and leaves nothing running (D11)."""
    ran = tianji("jobs", "once", "endless", "--config", folder / "jobs.toml")

    assert ran.code == 1, ran
    assert "took longer than" in ran.out
    assert tianji("server", "totals", "--period", "2024", "--data", folder / "server").code == 0


def test_jobs_stop_when_they_are_told_to(folder: Path) -> None:
    """Ctrl-C ends them in order, with the next moments said at the start (D11)."""
    with subprocess.Popen(
        [*COMMAND, "jobs", "run", "--config", str(folder / "jobs.toml")],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.stdout.readline()
        process.terminate()
        _, err = process.communicate(timeout=30)

    assert re.fullmatch(r"backup: next at \d{4}-\d\d-\d\d \d\d:\d\d\.\n", said), said
    assert "Traceback" not in err


@pytest.mark.parametrize("name", ["server.toml", "laptop.toml"])
def test_the_files_that_come_along_are_right(name: str) -> None:
    """Each example is read, and each of its commands exists (D10)."""
    for job in read(EXAMPLES / name).job:
        ran = tianji(*job.run[: 2 if job.run[0] == "field" else len(job.run)][:2], "--help")
        assert ran.code == 0, job.run


def test_a_name_that_is_none_is_said_with_those_that_are(folder: Path) -> None:
    """The person sees which jobs there are (D10)."""
    ran = tianji("jobs", "once", "backups", "--config", folder / "jobs.toml")

    assert (ran.code, "backup, endless" in ran.sentence) == (2, True)
