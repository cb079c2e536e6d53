"""How long people at the desk wait for each page, with a whole province's books behind it.

    python -m tests.bench.desk [SERVER_FOLDER] [--times 20] [--only TEXT] [--json FILE]

The folder is one that `province.py` made; without one nothing is measured, and it is said. A real server process answers one person who holds every
role for the province; each page is asked for at places of every level, and its slowest twentieth is
what counts. Pages are those that the access test lists, so none is left out; files to take away
and streams are no pages. A bare SQLite query of the same run stands beside: the rollup rows of a
county's towns in one month.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from server import store
from server.accounts import grants, people
from server.accounts.passwords import hashed
from server.desk.access import BY_SELF
from server.desk.viewer import Need
from sync.ledger.ledger import Ledger
from tests.bench.province import FOLDER, LAST, clock
from tests.e2e.processes import COMMAND, environment
from tests.integration.desk_routes import MEANT

PASSWORD = "as long as a sentence"
LOGIN = "bench"
ROLES = ("administer", "define", "review_county", "review_town", "enter", "view")
NO_PAGES = re.compile(r"/api/live|export|/csv|/file|\.csv|\.xlsx|/schema|/static|/backup|/card")
LEVELS = ("province", "city", "county", "town", "village")
INDICATORS = ("B001", "A001", "D501", "A501", "C001")


class Scene(NamedTuple):
    """Places by level to ask about, the largest counties and towns among them."""

    places: dict[str, list[str]]
    person: str


class Timed(NamedTuple):
    """How long one page took, in milliseconds."""

    page: str
    middle: float
    p95: float
    worst: float
    bytes: int
    failed: str


def main() -> None:
    """Measures, prints a table, and writes JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--only", default="")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    if not (chosen.folder / "tianji.db").exists():
        sys.stdout.write(f"no province in {chosen.folder}: make province makes one\n")
        return
    scene = asyncio.run(_prepared(chosen.folder))
    bare = _bare(chosen.folder)
    with _running(chosen.folder) as (client, pid, started):
        pages = [path for path in _pages() if chosen.only in path]
        timed = [_timed(client, path, scene, chosen.times) for path in pages]
        memory = _peak_mib(pid)
    _print(timed, bare, started, memory)
    if chosen.json:
        document = {
            "bare ms": bare,
            "start s": started,
            "memory MiB": memory,
            "pages": [one._asdict() for one in timed],
        }
        chosen.json.write_text(json.dumps(document, indent=1), encoding="utf-8")


def _pages() -> list[str]:
    """Every page that answers a GET to somebody who is signed in."""
    return sorted(
        path
        for (method, path), who in MEANT.items()
        if method == "GET"
        and (isinstance(who, Need) or who == BY_SELF)
        and not NO_PAGES.search(path)
    )


async def _prepared(folder: Path) -> Scene:
    """Somebody with every role at the province, and places to ask about."""
    async with store.open_server(folder, clock, check=False) as ledger:
        known = {one.login: one.person for one in await people.everyone(ledger)}
        if LOGIN not in known:
            person, _ = await people.add(ledger, "测速", LOGIN, ledger.root, os.urandom)
            async with ledger.transaction() as database:
                await database.run(
                    "UPDATE account SET password_hash = ?, must_change = 0 WHERE person = ?",
                    (hashed(PASSWORD), person),
                )
            for role in ROLES:
                await grants.add(ledger, person, role, ledger.root, None, os.urandom)
            known[LOGIN] = person
        return Scene(_places(ledger), known[LOGIN].hex())


def _places(ledger: Ledger) -> dict[str, list[str]]:
    tree, day = ledger.tree, LAST.end
    chance = random.Random(5)
    found: dict[str, list[str]] = {}
    for level in LEVELS:
        there = [place for place in tree if tree.level(place, day) == level]
        there.sort(key=lambda place: (-tree.count(place, "village", day), place))
        some = there[:3] + chance.sample(there, min(7, len(there)))
        found[level] = [place.hex() for place in some]
    return found


def _bare(folder: Path) -> float:
    """The rollup rows of thirty towns in one month, by sqlite3 alone."""
    with closing(sqlite3.connect(folder / "tianji.db")) as opened:
        places = [no for (no,) in opened.execute("SELECT no FROM place_no ORDER BY no LIMIT 30")]
        marks = ",".join("?" * len(places))
        sql = f"SELECT * FROM rollup WHERE place IN ({marks}) AND period = ?"
        times = []
        for _ in range(9):
            begun = time.perf_counter()
            opened.execute(sql, (*places, LAST.text)).fetchall()
            times.append(time.perf_counter() - begun)
    return sorted(times)[len(times) // 2] * 1000


@contextmanager
def _running(folder: Path) -> Iterator[tuple[httpx.Client, int, float]]:
    """The server as a process, somebody signed in, and how long it took to answer."""
    begun = time.perf_counter()
    command = [*COMMAND, "server", "run", "--data", str(folder), "--port", "0"]
    with subprocess.Popen(
        command,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://[\w.:]+", process.stdout.readline())
            assert found is not None
            headers = {"origin": found[0], "accept": "text/html"}
            with httpx.Client(
                base_url=found[0], headers=headers, trust_env=False, timeout=120
            ) as client:
                answer = client.post("/signin", data={"login": LOGIN, "password": PASSWORD})
                assert answer.status_code == 303, answer.text
                yield client, process.pid, time.perf_counter() - begun
        finally:
            process.terminate()
            process.wait()


def _timed(client: httpx.Client, path: str, scene: Scene, times: int) -> Timed:
    taken, failed, size = [], "", 0
    for address in _addresses(path, scene, times):
        begun = time.perf_counter()
        answer = client.get(address)
        taken.append((time.perf_counter() - begun) * 1000)
        size = max(size, len(answer.content))
        if answer.status_code != httpx.codes.OK:
            failed = f"{answer.status_code} {answer.headers.get('location', '')} {address[:80]}"
    taken.sort()
    return Timed(
        path,
        round(taken[len(taken) // 2], 1),
        round(taken[math.ceil(len(taken) * 0.95) - 1], 1),
        round(taken[-1], 1),
        size,
        failed,
    )


def _addresses(path: str, scene: Scene, times: int) -> Iterator[str]:
    """The page at places of every level in turn, others each time round."""
    levels = LEVELS if "{place" in path or path in _BY_QUERY else ("province",)
    for turn in range(max(times, len(levels))):
        level = levels[turn % len(levels)]
        if "/enter/" in path or "/review/" in path:
            level = "village"
        there = scene.places[level]
        place = there[(turn // len(levels)) % len(there)]
        values = {
            "place": place,
            "period": LAST.text,
            "indicator": INDICATORS[turn % len(INDICATORS)],
            "code": INDICATORS[turn % len(INDICATORS)],
            "form": f"monthly_{turn % 4 + 1}",
            "person": scene.person,
        }
        filled = _filled(path, values)
        yield f"{filled}?place={place}" if path in _BY_QUERY else filled


def _filled(path: str, values: dict[str, str]) -> str:
    return re.sub(r"\{(\w+):\w+\}", lambda one: values.get(one[1], "x"), path)


_BY_QUERY = {
    *("/board", "/api/board", "/board/table", "/completeness", "/review", "/disputes", "/aside"),
    *("/adjustments", "/indicators"),
}


def _print(timed: Sequence[Timed], bare: float, started: float, memory: float) -> None:
    out = sys.stdout.write
    out(f"bare query {bare:.2f} ms, first answer after {started:.1f} s, memory {memory:.0f} MiB\n")
    for one in sorted(timed, key=lambda one: -one.p95):
        out(
            f"{one.p95:9.1f} p95 {one.middle:9.1f} mid {one.worst:9.1f} max"
            f" {one.p95 / bare:8.1f} x bare {one.bytes / 1024:7.0f} KiB  {one.page} {one.failed}\n"
        )


def _peak_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    main()
