"""One writer for a laptop's folder, in real processes: pages, commands beside them, a kill."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import httpx
import pytest

from field_client.desk import Desk
from field_client.pages.errand_routes import ERRANDS
from field_client.people import person_named
from field_client.pins import Pins
from sync.ledger.lock import tried
from tests.e2e.processes import (
    COMMAND,
    START_SECONDS_MAX,
    Ran,
    environment,
    found,
    invite,
    now,
    serving,
    tianji,
)
from tests.tidy.source import calls, modules


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server's folder."""
    folder = tmp_path_factory.mktemp("office") / "server"
    found(folder)
    return folder


@pytest.fixture(scope="module")
def url(office: Path) -> Iterator[str]:
    """The address of the server that runs over it."""
    with serving(office) as address:
        yield address


@pytest.fixture
def laptop(office: Path, url: str, tmp_path: Path) -> Path:
    """A laptop of the village, enrolled and synced."""
    folder = tmp_path / "laptop"
    code = invite(office)
    assert tianji("field", "enrol", "--data", folder, "--server", url, "--code", code).code == 0
    return folder


@contextmanager
def pages(folder: Path, *more: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The running pages of a laptop: their launch link and their process."""
    command = [*COMMAND, "field", "run", "--data", str(folder), "--no-browser", *more]
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "http://" in line, (line, process.poll())
        try:
            yield line[line.index("http://") :].split()[0], process
        finally:
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=START_SECONDS_MAX)


def is_free(folder: Path) -> bool:
    """Whether nobody holds the folder's lock."""
    with tried(folder / "field.lock") as taken:
        return taken


def beside(folder: Path, *arguments: object, **variables: str) -> Ran:
    """Run a field command on that folder, with more variables."""
    done = subprocess.run(
        [*COMMAND, "field", *map(str, arguments), "--data", str(folder)],
        env={**environment(), **variables},
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def point_to(laptop: Path, address: str) -> None:
    """Gives the laptop another server's address."""
    with closing(sqlite3.connect(laptop / "tianji.db")) as connection, connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'server'", (address,))


CLOSING_SECONDS_MAX = 8


async def give_pin(folder: Path, name: str, pin: str) -> None:
    """Sets a PIN, as the pages would."""
    async with Desk.open(folder, now) as desk:
        await Pins(desk.ledger).set(person_named(desk, name).id, pin)


def test_commands_beside_open_pages_are_carried_out_by_them(laptop: Path) -> None:
    """Words, documents and exit codes are those of a command alone, two of them at once (F44)."""
    alone = beside(laptop, "set", "2024Q1", "B001", "5")
    with pages(laptop) as (_, process), ThreadPoolExecutor(4) as pool:
        commands = [
            ("set", "2024Q1", "B001", "5"),
            ("sync",),
            ("set", "2024Q1", "B002", "-3.5", "--json"),
            ("set", "2024Q1", "B001", "many"),
        ]
        ran = list(pool.map(lambda words: beside(laptop, *words), commands))
        note = json.loads((laptop / "running.json").read_text("utf-8"))
        assert note["process"] == process.pid
        status = beside(laptop, "status", "--json")
        refused = beside(laptop, "submit", "C201", "2024Q1")

    assert ran[0] == alone
    assert (ran[1].code, "Done" in ran[1].out) == (0, True)
    assert ran[2].json["value"] == "-3.5"
    assert (ran[3].code, "is not a number" in ran[3].sentence) == (2, True)
    assert (refused.code, "B003" in refused.out) == (1, True)
    assert status.json["pending"] + status.json["receipted"] > 0
    assert not (laptop / "running.json").exists()
    assert beside(laptop, "sync").code == 0
    assert beside(laptop, "verify").code == 0


def test_a_second_start_gets_a_fresh_link_and_ends(laptop: Path) -> None:
    """The link leads into the running pages, once (F45)."""
    with pages(laptop) as (first, process):
        again = beside(laptop, "run", "--no-browser")
        second = again.out[again.out.index("http://") :].split()[0]
        assert again.code == 0
        assert (second != first, second.partition("?")[0]) == (True, first.partition("?")[0])
        with httpx.Client(trust_env=False) as browser:
            assert browser.get(second).status_code == 303
            assert browser.get(second).status_code == 401
        assert process.poll() is None


def test_the_note_is_this_users_alone_and_without_its_secret_nothing_is_done(laptop: Path) -> None:
    """A page of another site, or another user, cannot have a command carried out."""
    with pages(laptop) as (link, _):
        if os.name != "nt":
            assert stat.S_IMODE((laptop / "running.json").stat().st_mode) == 0o600
        address = link.partition("/open")[0]
        secret = json.loads((laptop / "running.json").read_text("utf-8"))["secret"]
        errand = {"arguments": ["field", "sync"], "language": "en"}
        strange = {**errand, "arguments": ["server", "init", "--data", "x"]}
        with httpx.Client(trust_env=False, base_url=address) as client:
            answers = [
                client.post("/at-work/command", json=document, headers=headers).status_code
                for document, headers in (
                    (errand, {}),
                    (errand, {"authorization": "Bearer " + "0" * 64}),
                    (
                        errand,
                        {"authorization": f"Bearer {secret}", "origin": "http://evil.example"},
                    ),
                    (strange, {"authorization": f"Bearer {secret}"}),
                )
            ]

    assert answers == [403, 403, 403, 403]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_process_leaves_no_lock_and_no_stale_note_counts(laptop: Path) -> None:
    """What was typed is there, and the next command works alone (F44)."""
    with pages(laptop) as (_, process):
        assert not is_free(laptop)
        assert beside(laptop, "set", "2024Q2", "B001", "7").code == 0
        process.send_signal(signal.SIGKILL)
        process.wait(START_SECONDS_MAX)
    assert (laptop / "running.json").exists()
    assert is_free(laptop)

    assert beside(laptop, "set", "2024Q2", "B002", "8").code == 0
    assert not (laptop / "running.json").exists()
    shown = {
        one["indicator"]: one["value"] for one in beside(laptop, "show", "2024Q2", "--json").json
    }
    assert (shown["B001"], shown["B002"]) == ("7", "8")
    with pages(laptop):
        assert not is_free(laptop)


def test_commands_without_pages_wait_for_each_other(laptop: Path) -> None:
    """Four at once all succeed; one that never ends is told of after a while."""
    with ThreadPoolExecutor(4) as pool:
        ran = list(
            pool.map(lambda place: beside(laptop, "set", "2024Q3", f"B00{place}", "1"), range(1, 5))
        )
    assert [one.code for one in ran] == [0, 0, 0, 0]
    with tried(laptop / "field.lock"):
        assert beside(laptop, "status").code == 0
        assert "Another Tianji command" in beside(laptop, "set", "2024Q3", "B001", "2").sentence


def test_a_long_sync_gives_way_to_who_waits(laptop: Path) -> None:
    """A timer's sync on a slow line keeps nobody from typing; it goes on another time (F44)."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        point_to(laptop, f"http://127.0.0.1:{silent.getsockname()[1]}")
        with subprocess.Popen(
            [*COMMAND, "field", "sync", "--data", str(laptop)],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        ) as syncing:
            taken, _ = silent.accept()
            with taken:
                assert beside(laptop, "set", "2024Q3", "B001", "1").code == 0
                out, err = syncing.communicate(timeout=START_SECONDS_MAX)
    assert (syncing.returncode, out) == (2, "")
    assert "The sync stopped to let another" in err
    assert not (laptop / "field.wanted").exists()
    assert beside(laptop, "status", "--json").json["pending"] == 1


def test_ctrl_c_cuts_what_is_under_way_and_closes_in_order(laptop: Path) -> None:
    """A sync that hangs holds nothing up; whoever asked for it is told, and nothing is lost (F44)."""
    with socket.create_server(("127.0.0.1", 0)) as silent, pages(laptop) as (_, process):
        assert beside(laptop, "set", "2024Q3", "B002", "1").code == 0
        point_to(laptop, f"http://127.0.0.1:{silent.getsockname()[1]}")
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(beside, laptop, "sync")
            taken, _ = silent.accept()
            with taken:
                process.send_signal(signal.SIGINT)
                assert process.wait(CLOSING_SECONDS_MAX) == 0
            assert (asked.result().code, asked.result().out) == (130, "")
    assert not (laptop / "running.json").exists()
    (line,) = [
        one for one in beside(laptop, "show", "2024Q3", "--json").json if one["indicator"] == "B002"
    ]
    assert line["value"] == "1"
    assert beside(laptop, "verify").code == 0


def test_a_second_start_also_finds_the_page_that_enrols(tmp_path: Path) -> None:
    """Somebody presses the icon twice before the code was typed (F45)."""
    folder = tmp_path / "new"
    with pages(folder, "--port", "0") as (first, _):
        again = beside(folder, "run", "--no-browser")
        second = again.out[again.out.index("http://") :].split()[0]
        assert (again.code, second != first) == (0, True)
        with httpx.Client(trust_env=False) as browser:
            assert browser.get(second).status_code == 303


def test_a_revoked_laptop_is_told_and_keeps_what_it_could_not_send(
    laptop: Path, office: Path, tmp_path: Path
) -> None:
    """Sync and status say so; what was typed is set aside and goes into an export (F48)."""
    assert beside(laptop, "set", "2024Q2", "B004", "4321").code == 0
    with closing(sqlite3.connect(laptop / "tianji.db")) as connection:
        (device,) = connection.execute(
            "SELECT subject FROM version WHERE kind = 'device' AND field = 'name'"
            " ORDER BY stamp DESC LIMIT 1"
        ).fetchone()
    assert tianji("server", "device", "revoke", device, "--data", office).code == 0

    ran = beside(laptop, "sync")
    assert (ran.code, "was revoked" in ran.out) == (1, True)
    assert beside(laptop, "set", "2024Q2", "B005", "5").code == 0
    assert beside(laptop, "sync", "--json").json["revoked"] is True
    status = beside(laptop, "status", "--json").json
    assert (status["revoked"], status["parked"], status["pending"]) == (True, 2, 0)
    assert "was revoked" in beside(laptop, "status").out
    file = tmp_path / "out.zip"
    assert beside(laptop, "export", "-o", file).code == 0
    with zipfile.ZipFile(file) as archive:
        commits = archive.read("commits.jsonl").decode()
    assert "4321" in commits
    assert "device-revoked" in commits


def test_a_taken_port_is_passed_over_or_said(laptop: Path, tmp_path: Path) -> None:
    """By itself the next free one is taken; a port that was asked for is not exchanged."""
    with pages(laptop, "--port", "0") as (link, _):
        port = link.partition("/open")[0].rpartition(":")[2]
        other = tmp_path / "other"
        other.mkdir()
        for file in laptop.glob("tianji.db*"):
            (other / file.name).write_bytes(file.read_bytes())
        assert "is in use" in beside(other, "run", "--no-browser", "--port", port).sentence
        with pages(other) as (first, _):
            assert first.partition("/open")[0] != link.partition("/open")[0]


def test_a_second_person_joins_and_records_by_name_and_pin(laptop: Path, office: Path) -> None:
    """Also while the pages are open; whoever has a PIN needs it in either case, until the town resets it (F40, F41, F43)."""
    code = invite(office, person="李四")
    with pages(laptop):
        joined = beside(laptop, "join", "--code", code)
        assert (joined.code, "李四" in joined.out) == (0, True)
        ran = beside(laptop, "set", "2024Q1", "B003", "2", "--person", "李四")
        assert ran.code == 0, ran
    asyncio.run(give_pin(laptop, "李四", "4071"))
    words = ("set", "2024Q1", "B004", "2", "--person", "李四")
    for opened in (nullcontext(), pages(laptop)):
        with opened:
            assert "has a PIN" in beside(laptop, *words).sentence
            assert "not the PIN" in beside(laptop, *words, TIANJI_PIN="4072").sentence
            assert beside(laptop, *words, TIANJI_PIN="4071").code == 0
            assert "Nobody called" in beside(laptop, *words[:-1], "王五").sentence
    assert tianji("server", "user", "reset-pin", "李四", "--data", office).code == 0
    assert beside(laptop, "sync").code == 0
    assert beside(laptop, *words).code == 0
    lines = {one["indicator"]: one for one in beside(laptop, "show", "2024Q1", "--json").json}
    for code in ("B003", "B004"):
        assert [one["author"] for one in lines[code]["versions"]] == ["李四"]


def test_every_command_that_writes_can_be_carried_out() -> None:
    """The list of what the pages' process does for others has all of them."""
    writers = {
        module.name: sum(
            name in {"writing_desk", "recording_desk"} for name, _ in calls(module.tree)
        )
        for module in modules("field_client")
        if module.name.startswith("field_client/commands/") and "writing.py" not in module.name
    }
    assert sum(writers.values()) == len(ERRANDS) + 1  # `enrol` makes the folder first
