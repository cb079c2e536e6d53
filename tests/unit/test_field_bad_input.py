"""Bad input in every place: one sentence, exit code 2, and what is recorded stays as it was."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from tests.conftest import Outcome
from tests.unit.field_office import ELSEWHERE, office_in

Run = Callable[..., Outcome]


@pytest.fixture(scope="module")
def enrolled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A laptop's folder and beside it its server's, both closed."""
    folder = tmp_path_factory.mktemp("office")

    async def make() -> None:
        async with office_in(folder) as office, office.desk("张三"):
            pass

    asyncio.run(make())
    return folder


@pytest.fixture
def laptop(enrolled: Path, tmp_path: Path, tianji: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that laptop with one value recorded."""
    monkeypatch.setenv("NO_PROXY", "*")
    folder = tmp_path / "laptop"
    shutil.copytree(enrolled / "张三", folder)
    assert tianji("field", "set", "2024Q3", "B001", "12.5", "--data", folder).code == 0
    return folder


def point_to(laptop: Path, address: str) -> None:
    """Give the laptop another server's address."""
    with sqlite3.connect(laptop / "tianji.db") as connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'server'", (address,))
    connection.close()


def content(laptop: Path) -> list[str]:
    """All that the database holds, as text."""
    with sqlite3.connect(laptop / "tianji.db") as connection:
        rows = list(connection.iterdump())
    connection.close()
    return rows


def one_sentence(outcome: Outcome) -> str:
    """The sentence on standard error, once it is sure that there is one and nothing else."""
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1), outcome
    assert "Traceback" not in outcome.err
    return outcome.err.strip()


@pytest.mark.parametrize(
    "arguments,expected",
    [
        (["set", "2024Q3", "B001", "1000000000001"], "beyond ±1,000,000,000,000"),
        (["set", "2024Q3", "B001", "-1000000000001"], "beyond ±1,000,000,000,000"),
        (["set", "2024Q3", "B001", "1.23456"], "more than four decimals"),
        (["set", "2024Q3", "B001", "many"], "is not a number"),
        (["set", "2024Q3", "B001", ""], "has no value"),
        (["set", "2024Q3", "B001", "-"], "with --reason"),
        (["set", "2024Q3", "B001", "-", "--reason", "lost"], "There is no reason"),
        (["set", "2024Q3", "B001", "5", "--reason", "not_applicable"], "exclude each other"),
        (["set", "2024Q3", "B001", "5", "--place", ELSEWHERE], "knows no single place"),
        (["set", "2024Q3", "B001", "5", "--place", "445103101000"], "lies outside its place"),
        (["set", "2024Q3", "B001", "5", "--note", "长" * 4001], "The text is too long"),
        (["set", "2024Q3", "B001", "--nte"], "no option '--nte'"),
        (["set", "2024Q3", "B001", "5", "--nte", "x"], "not used right"),
        (["set", "2024Q3", "B001"], "VALUE is missing"),
        (["set", "2024Q3", "B999", "5"], "There is no indicator"),
        (["set", "2024Q3", "E001", "5"], "takes yes or no"),
        (["set", "2024Q3", "A001", "5"], "one like 2024."),
        (["set", "2024", "B001", "5"], "one like 2024Q4"),
        (["set", "2098Q1", "B001", "5"], "has not begun"),
        (["set", "2024Q5", "B001", "5"], "is not a period"),
        (["set", "0000Q1", "B001", "5"], "is not a period"),
        (["set", "2024", "A501", "5"], "is calculated"),
        (["set", "2024-03", "M002", "5"], "filed by the level town"),
        (["show", "yesterday"], "is not a period"),
        (["show", "--place", ELSEWHERE], "knows no single place"),
        (["submit", "C999", "2024Q3"], "There is no form"),
        (["submit", "C201", "2024"], "one like 2024Q4"),
        (["explain", "R99", "2024Q3", "because"], "There is no check"),
        (["explain", "R01", "2024Q3", "because"], "can't be explained away"),
        (["export", "-o", "{laptop}/tianji.db"], "among this laptop's data"),
        (["export", "-o", "{laptop}/../other.txt"], "is no export"),
        (["export", "-o", "{laptop}/../nowhere/out.zip"], "There is no"),
        (["enrol", "--server", "http://x.invalid", "--code", "ABCD"], "24 letters and digits"),
        (["enrol", "--server", "x.invalid", "--code", "A" * 24], "is not a server's address"),
        (["enrol", "--server", "http://x.invalid", "--code", "A" * 24], "is enrolled in"),
    ],
)
def test_wrong_input_is_one_sentence_and_changes_nothing(
    laptop: Path, tianji: Run, arguments: list[str], expected: str
) -> None:
    """Each row of the table names what is wrong, and the database is the same afterwards (F7)."""
    (laptop.parent / "other.txt").write_text("a letter")
    before = content(laptop)
    given = [one.replace("{laptop}", str(laptop)) for one in arguments]

    assert expected in one_sentence(tianji("field", *given, "--data", laptop))
    assert content(laptop) == before
    assert (laptop.parent / "other.txt").read_text() == "a letter"
    assert not list(laptop.parent.glob("*.part"))


@pytest.mark.parametrize("command", ["show", "status", "conflicts", "parked", "sync"])
def test_a_missing_folder_is_not_made(tmp_path: Path, tianji: Run, command: str) -> None:
    """A slip in --data must not look like an empty laptop."""
    assert "no Tianji data" in one_sentence(tianji("field", command, "--data", tmp_path / "x"))
    assert not (tmp_path / "x").exists()


def test_a_server_is_no_laptop(enrolled: Path, tianji: Run) -> None:
    """A laptop's commands leave a server's folder alone."""
    assert "not a laptop's data" in one_sentence(
        tianji("field", "show", "--data", enrolled / "server")
    )


def test_data_of_a_newer_version_is_left_alone(laptop: Path, tianji: Run) -> None:
    """Its migrations are unknown here, so nothing is written (F7, L14)."""
    with sqlite3.connect(laptop / "tianji.db") as connection:
        connection.execute("INSERT INTO migration VALUES ('sync.ledger/9999_later.sql', 'x')")
    connection.close()
    before = content(laptop)

    sentence = one_sentence(tianji("field", "set", "2024Q3", "B001", "5", "--data", laptop))
    assert "another version" in sentence
    assert content(laptop) == before


def test_another_programs_database_is_left_alone(tmp_path: Path, tianji: Run) -> None:
    """It is told from Tianji's by its header and its tables (L14)."""
    with sqlite3.connect(tmp_path / "tianji.db") as connection:
        connection.execute("CREATE TABLE recipe (name TEXT)")
    connection.close()
    before = (tmp_path / "tianji.db").read_bytes()

    assert "not a Tianji data file" in one_sentence(tianji("field", "show", "--data", tmp_path))
    assert (tmp_path / "tianji.db").read_bytes() == before


@pytest.mark.parametrize("start", [0, 4096])
def test_a_damaged_database_is_not_written_to(laptop: Path, tianji: Run, start: int) -> None:
    """Neither one without a header nor one with a broken page is touched again (F7, L14)."""
    file = laptop / "tianji.db"
    damaged = bytearray(file.read_bytes())
    damaged[start : start + 20_000] = b"\x5a" * 20_000
    file.write_bytes(damaged)

    sentence = one_sentence(tianji("field", "set", "2024Q3", "B001", "5", "--data", laptop))
    assert "is damaged" in sentence
    assert file.read_bytes() == bytes(damaged)


READ_ONLY = """
import os, sys
import field_client.commands, encodings.idna
from sync.cli import main
if os.geteuid() == 0:  # who may write anywhere becomes somebody who may not
    os.setuid(65534)
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(os.name == "nt", reason="permissions are another matter there")
def test_a_read_only_folder_is_said(laptop: Path) -> None:
    """The sentence names the file, and what was recorded is still there (F7)."""
    before = content(laptop)
    with tempfile.TemporaryDirectory() as public:
        folder = Path(public) / "laptop"
        shutil.copytree(laptop, folder)
        (folder / "tianji.db").chmod(0o444)
        folder.chmod(0o555)
        Path(public).chmod(0o755)
        arguments = ["field", "set", "2024Q3", "B001", "5", "--data", str(folder)]
        ran = subprocess.run(
            [sys.executable, "-c", READ_ONLY, *arguments],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert "can't be written" in one_sentence(Outcome(ran.returncode, ran.stdout, ran.stderr))
        assert content(folder) == before
        folder.chmod(0o755)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path, tianji: Run) -> None:
    """A file stands where the folder should be: nothing is sent to the server."""
    (tmp_path / "file").write_text("x")
    arguments = ["--server", "http://127.0.0.1:9", "--code", "A" * 24]

    sentence = one_sentence(tianji("field", "enrol", "--data", tmp_path / "file" / "x", *arguments))
    assert str(tmp_path / "file") in sentence


def test_a_server_that_is_down_costs_nothing(laptop: Path, tianji: Run) -> None:
    """The sentence says that everything is saved, and it is (F7)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    point_to(laptop, f"http://127.0.0.1:{port}")

    assert "nothing recorded here is harmed" in one_sentence(
        tianji("field", "sync", "--data", laptop)
    )
    assert "12.5" in tianji("field", "show", "2024Q3", "--data", laptop).out


class Portal(BaseHTTPRequestHandler):
    """What a hotel's network answers."""

    asked: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        """A page, whatever was asked."""
        self.asked.append(self.path)
        self.rfile.read(int(self.headers["content-length"]))
        page = b"<html><script>alert(1)</script>Welcome</html>"
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Silence."""


@pytest.fixture
def portal() -> Iterator[str]:
    """The address of a network that wants a log-in page first."""
    with HTTPServer(("127.0.0.1", 0), Portal) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_captive_portal_is_recognised(
    laptop: Path, tmp_path: Path, tianji: Run, portal: str
) -> None:
    """Neither a sync nor an enrolment takes a page for a server's answer (F7)."""
    point_to(laptop, portal)

    assert "not a Tianji server" in one_sentence(tianji("field", "sync", "--data", laptop))
    fresh = ["--data", tmp_path / "fresh", "--server", portal, "--code", "A" * 24]
    assert "not a Tianji server" in one_sentence(tianji("field", "enrol", *fresh))
    assert "no Tianji data" in one_sentence(tianji("field", "show", "--data", tmp_path / "fresh"))
    shown = tianji("field", "show", "2024Q3", "--data", laptop).out
    assert "12.5" in shown
