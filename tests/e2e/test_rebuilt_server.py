"""A server whose folder loses its database, and the laptops that make it whole again."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.processes import OTHER, TOWN, VILLAGE, found, invite, serving, tianji
from tests.fault.damage import flip, flip_within

PERIODS = ("2023Q4", "2024Q1")
LAPTOPS = {"张三": VILLAGE, "李四": OTHER, "王五": TOWN}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server and its three laptops, synced, each with values, one with a correction."""
    folder = tmp_path_factory.mktemp("office")
    found(folder / "server")
    with serving(folder / "server") as url:
        for name, place in LAPTOPS.items():
            code = invite(folder / "server", place, name)
            laptop = folder / name
            ran = tianji("field", "enrol", "--data", laptop, "--server", url, "--code", code)
            assert ran.code == 0, ran
        for at, name in enumerate(("张三", "李四")):
            for period in PERIODS:
                put(folder / name, period, "B001", f"{at + 2}.5")
            assert tianji("field", "sync", "--data", folder / name).code == 0
        put(folder / "张三", PERIODS[0], "B001", "7")
        assert tianji("field", "sync", "--data", folder / "张三").code == 0
        for name in LAPTOPS:
            assert tianji("field", "sync", "--data", folder / name).code == 0
    return folder


@pytest.fixture
def copy(office: Path, tmp_path: Path) -> Path:
    """A copy of all of it."""
    shutil.copytree(office, tmp_path / "office")
    return tmp_path / "office"


def put(laptop: Path, period: str, indicator: str, value: str) -> None:
    """Record a value that must be kept."""
    ran = tianji("field", "set", period, indicator, value, "--data", laptop)
    assert ran.code == 0, ran


def told(server: Path) -> tuple[Any, ...]:
    """The server's fingerprint, its totals, and whether it verifies."""
    verified = tianji("server", "verify", "--data", server, "--json").json
    totals = [
        tianji("server", "totals", "--data", server, "--period", one, "--json").json
        for one in PERIODS
    ]
    return verified["ok"], verified["fingerprint"], verified["commits"], totals


def synced(folder: Path) -> None:
    """All laptops sync with the server, which runs at another address now."""
    with serving(folder / "server") as url:
        for name in LAPTOPS:
            point_to(folder / name, url)
            ran = tianji("field", "sync", "--data", folder / name)
            assert ran.code == 0, ran


def point_to(laptop: Path, url: str) -> None:
    """Give the laptop another address."""
    with closing(sqlite3.connect(laptop / "tianji.db")) as database, database:
        database.execute("UPDATE meta SET value = ? WHERE key = 'server'", (url,))


def test_a_deleted_server_is_made_whole_by_its_laptops(copy: Path) -> None:
    """Key and laptops are all it takes: fingerprint and totals are those of before (S50, L10)."""
    server = copy / "server"
    before = told(server)
    (server / "tianji.db").unlink()

    for command in ("run", "verify", "init"):
        sentence = tianji("server", *command.split(), "--data", server).sentence
        assert f"tianji server rebuild --data {server}" in sentence
    ran = tianji("server", "rebuild", "--data", server, "--json")
    assert (ran.code, ran.json["commits"], bool(ran.json["password"])) == (0, 0, True)
    synced(copy)

    assert told(server) == before


@pytest.mark.parametrize("damage", ["header", "pages", "commit"])
def test_a_damaged_server_keeps_what_is_readable(copy: Path, damage: str) -> None:
    """Commits, accounts and codes that are whole stay; the rest comes from laptops (S50)."""
    server = copy / "server"
    before = told(server)
    size = (server / "tianji.db").stat().st_size
    if damage == "header":
        flip(server / "tianji.db", 3)
    elif damage == "commit":
        flip_within(server / "tianji.db", 9)
    else:
        for page in range(5, size // 4096, 9):
            flip(server / "tianji.db", page * 4096)
    ran = tianji("server", "rebuild", "--data", server, "--json")
    assert ran.json["rebuilt"], ran
    assert ran.json["commits"] > 0
    assert Path(ran.json["kept"]).stat().st_size == size
    synced(copy)

    assert told(server) == before


def test_a_sound_server_is_left_as_it_is(copy: Path) -> None:
    """Rebuilding what needs none changes nothing; a running one is refused (S5)."""
    server = copy / "server"
    content = (server / "tianji.db").read_bytes()

    ran = tianji("server", "rebuild", "--data", server)
    assert (ran.code, "nothing needed" in ran.out) == (0, True)
    assert (server / "tianji.db").read_bytes() == content
    with serving(server):
        assert "running" in tianji("server", "rebuild", "--data", server).sentence
