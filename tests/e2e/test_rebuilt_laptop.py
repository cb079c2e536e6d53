"""A laptop whose database is damaged or gone, and what makes it whole again."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.processes import COMMAND, environment, found, invite, serving, tianji
from tests.fault.damage import flip, flip_within

SENT = {"2022Q1": "1", "2022Q2": "2", "2022Q3": "3"}
ALL = {**SENT, "2022Q4": "40", "2023Q1": "11", "2023Q2": "12"}


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


@pytest.fixture(scope="module")
def filled(office: Path, url: str) -> Path:
    """A laptop with values that the server has, one that is sealed and not sent, two pending."""
    folder = office.parent / "laptop"
    code = invite(office, person="张三")
    assert tianji("field", "enrol", "--data", folder, "--server", url, "--code", code).code == 0
    for quarter in range(1, 5):
        put(folder, f"2022Q{quarter}", str(quarter))
    assert tianji("field", "sync", "--data", folder).code == 0
    put(folder, "2023Q1", "11")
    with closing(sqlite3.connect(folder / "tianji.db")) as database, database:
        database.execute("UPDATE meta SET value = 'http://127.0.0.1:9' WHERE key = 'server'")
    assert tianji("field", "sync", "--data", folder).code == 2  # sealed by it, and not sent
    with closing(sqlite3.connect(folder / "tianji.db")) as database, database:
        database.execute("UPDATE meta SET value = ? WHERE key = 'server'", (url,))
    put(folder, "2023Q2", "12")
    put(folder, "2022Q4", "40")
    return folder


@pytest.fixture
def laptop(filled: Path, tmp_path: Path) -> Path:
    """A copy of that laptop."""
    return Path(shutil.copytree(filled, tmp_path / "laptop"))


def put(laptop: Path, period: str, value: str) -> None:
    """Record a value that must be kept."""
    ran = tianji("field", "set", period, "B001", value, "--data", laptop)
    assert ran.code == 0, ran


def values(laptop: Path) -> dict[str, Any]:
    """What `show` lists of the indicator, by period."""
    lines = tianji("field", "show", "--data", laptop, "--json").json
    return {one["period"]: one["value"] for one in lines if one["indicator"] == "B001"}


@pytest.mark.parametrize("damage", ["header", "a commit that the others build on", "every index"])
def test_a_damaged_laptop_keeps_what_was_not_sent(laptop: Path, damage: str) -> None:
    """Sealed and pending edits are saved from the file, the rest comes from the server (F50, L10)."""
    file = laptop / "tianji.db"
    with closing(sqlite3.connect(file)) as database:
        roots = database.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name LIKE 'commits_%' OR name = 'version'"
        ).fetchall()
        ((last,),) = database.execute(
            "SELECT max(no) - 1 FROM commits WHERE device = ?", own_device(file)
        )
    if damage == "header":
        flip(file, 20)
        flip(file, 1)
    elif damage == "every index":
        for (root,) in roots:
            flip(file, (root - 1) * 4096)
    else:
        flip_within(file, last)
    size = file.stat().st_size
    if damage != "a commit that the others build on":  # that one no look finds, and `verify` does
        sentence = tianji("field", "show", "--data", laptop).sentence
        assert (
            f"is damaged and nothing more was written: run tianji field rebuild --data {laptop}"
            in sentence
        )
    ran = tianji("field", "rebuild", "--data", laptop, "--json")

    assert (ran.code, ran.json["complete"], ran.json["pending"]) == (0, True, 2), ran
    assert Path(ran.json["kept"]).stat().st_size == size
    assert values(laptop) == ALL
    verified = tianji("field", "verify", "--data", laptop, "--json").json
    assert verified["ok"]
    assert tianji("field", "conflicts", "--data", laptop, "--json").json == []


def own_device(file: Path) -> tuple[bytes]:
    """The laptop's own device, as its commits name it."""
    with closing(sqlite3.connect(file)) as database:
        rows = database.execute("SELECT device FROM commits ORDER BY no DESC LIMIT 1").fetchall()
    return (bytes(rows[0][0]),)


def test_a_deleted_database_is_fetched_again(laptop: Path, url: str) -> None:
    """The key lies beside it: what had been sent is there as before (F50)."""
    (laptop / "tianji.db").unlink()
    for command in ("show", "verify", "set 2023Q1 B001 5"):
        sentence = tianji("field", *command.split(), "--data", laptop).sentence
        assert f"tianji field rebuild --data {laptop}" in sentence
    again = tianji("field", "enrol", "--data", laptop, "--server", url, "--code", "A" * 24)
    assert "tianji field rebuild" in again.sentence
    ran = tianji("field", "rebuild", "--data", laptop)

    assert ran.code == 0, ran
    assert {period: values(laptop)[period] for period in SENT} == SENT


def test_without_a_network_what_was_saved_is_there_and_the_rest_follows(
    laptop: Path, url: str
) -> None:
    """Exit code 1 says that the server has not been asked yet; a later sync makes it whole (F50)."""
    flip(laptop / "tianji.db", 20)
    flip(laptop / "tianji.db", 1)
    ran = tianji("field", "rebuild", "--data", laptop, "--server", "http://127.0.0.1:9")
    assert ran.code == 1, ran
    assert "run tianji field sync" in ran.err
    assert values(laptop) == ALL

    assert tianji("field", "sync", "--data", laptop).code == 0
    assert values(laptop) == ALL


def test_a_log_that_lost_its_end_is_noticed(laptop: Path) -> None:
    """The index of a killed process says how much was committed (F50)."""
    program = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
        "c.execute('pragma wal_autocheckpoint=0');"
        "[(c.execute('update meta set value = ? where key = ?', (n, 'last_contact')), c.commit())"
        " for n in range(9)]; os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", program, str(laptop / "tianji.db")], check=True)
    log = laptop / "tianji.db-wal"
    with log.open("r+b") as opened:
        opened.truncate(log.stat().st_size - 5000)

    assert "is damaged" in tianji("field", "show", "--data", laptop).sentence
    assert tianji("field", "rebuild", "--data", laptop).code == 0
    assert values(laptop) == ALL


def test_a_laptop_whose_pages_are_open_is_not_rebuilt_beneath_them(laptop: Path) -> None:
    """What is typed meanwhile would go into the file that was put aside (F50)."""
    arguments = ["field", "run", "--data", str(laptop), "--port", "0", "--no-browser"]
    with subprocess.Popen(
        [*COMMAND, *arguments], env=environment(), stdout=subprocess.PIPE, encoding="utf-8"
    ) as pages:
        assert pages.stdout is not None
        assert "http://127.0.0.1" in pages.stdout.readline()
        sentence = tianji("field", "rebuild", "--data", laptop).sentence
        pages.terminate()

    assert "close it" in sentence
    assert not list(laptop.glob("*damaged*"))


@pytest.mark.skipif(find_spec("sqlcipher3") is None, reason="encryption is an extra")
def test_an_encrypted_laptop_is_rebuilt_encrypted(
    laptop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that can't be decrypted costs that page and no other (F50, F90)."""
    monkeypatch.setenv("TIANJI_PASSPHRASE", "five green water buffaloes")
    assert tianji("field", "encrypt", "--data", laptop).code == 0
    file = laptop / "tianji.db"
    flip(file, file.stat().st_size // 2)
    assert "is damaged" in tianji("field", "show", "--data", laptop).sentence
    ran = tianji("field", "rebuild", "--data", laptop, "--json")

    assert (ran.code, ran.json["pending"]) == (0, 2), ran
    assert values(laptop) == ALL
    assert not file.read_bytes().startswith(b"SQLite")
    assert not (laptop / "identity.json").exists()
