"""The demo as a process: what it checks, what it leaves, how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from deploy.demo.command import today
from deploy.demo.times import quarters
from tests.e2e.processes import COMMAND, Ran, environment, tianji

SMALL = ("demo", "--villages", 8, "--periods", 1, "--port", 0)
SECONDS_MAX = 120


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """A small demo's folder and what it printed."""
    folder: Path = tmp_path_factory.mktemp("demo") / "data"
    return folder, tianji(*SMALL, "--once", "--json", "--data", folder)


def test_a_small_demo_finds_all_that_it_planted(small: tuple[Path, Ran]) -> None:
    """Every recorded value is on the server, replicas agree, and counts found are counts planted."""
    _, ran = small
    told = ran.json

    assert (ran.code, ran.err) == (0, "")
    assert told["villages"] == 8
    assert told["values_recorded"] == told["values_on_server"] > 8 * 40
    assert told["lost"] == 0
    assert told["replicas_agree"]
    assert told["versions_as_shown"]
    assert told["rollups_equal_refold"]
    assert told["seconds"] > 0
    counts = [told["conflicts"], told["refusals"], *told["trouble"].values()]
    assert all(count["planted"] == count["found"] for count in counts)


def test_a_small_demo_plants_every_trouble(small: tuple[Path, Ran]) -> None:
    """Eight villages are enough for each trouble once; only doubtful figures need a quiet ninth."""
    planted = {name: count["planted"] for name, count in small[1].json["trouble"].items()}

    assert small[1].json["conflicts"]["planted"] == 5
    assert small[1].json["refusals"]["planted"] == 8
    assert [name for name, count in planted.items() if not count] == ["doubtful"]


def test_what_the_demo_kept_is_a_server_and_laptops(small: tuple[Path, Ran]) -> None:
    """The kept folders work with the ordinary commands: totals on the server, show on a laptop."""
    folder, _ = small
    laptop = folder / "laptops" / "001"
    quarter = quarters(today(), 1)[0].text
    totals = tianji(
        "server",
        "totals",
        "--period",
        quarter,
        "--indicator",
        "B001",
        "--level",
        "city",
        "--data",
        folder / "server",
        "--json",
    )
    shown = tianji("field", "show", quarter, "--data", laptop, "--json")

    verified = tianji("server", "verify", "--data", folder / "server", "--json")

    assert (verified.code, verified.json["ok"]) == (0, True)
    assert totals.code == 0
    assert sum(row["reported"] for row in totals.json) == 8 - 1  # whose grant had ended
    assert (shown.code, "B001" in shown.out) == (0, True)


def test_the_demo_says_in_one_sentence_that_its_folder_or_port_is_taken(
    small: tuple[Path, Ran],
) -> None:
    """Neither a folder with data nor another program is touched."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        in_use = tianji("demo", "--villages", 1, "--port", port, "--once")
    twice = tianji(*SMALL, "--once", "--data", small[0])

    assert in_use.code == twice.code == 2
    assert str(port) in in_use.sentence
    assert twice.sentence


@pytest.mark.skipif(sys.platform == "win32", reason="a signal for one process is POSIX")
def test_the_demo_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    """It tells an address that answers; Ctrl-C ends it in order, and its own folder is gone."""
    arguments = ["demo", "--villages", "2", "--periods", "1", "--port", "0"]
    with subprocess.Popen(
        [*COMMAND, *arguments],
        env={**environment(), "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        words = [word.strip(":") for line in lines for word in line.split()]
        url = next(word for word in words if word.startswith("http://"))
        with httpx.Client(trust_env=False) as client:
            health = client.get(f"{url}/healthz")
        os.kill(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=SECONDS_MAX)

    assert health.status_code == 200
    assert (process.returncode, err) == (0, "")
    assert list(tmp_path.iterdir()) == []
