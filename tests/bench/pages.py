"""What an officer waits for at a county's laptop, by its real process and real pages.

    python -m tests.bench.pages [--folder DIR] [--villages 300] [--months 60] [--json FILE]

Each figure stands beside a bare SQLite one of the same run: reading one village's rows, and one
durable row. The database is the one of `office.py`; the picker is measured on 8,000 shipped names.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import httpx

from server.places import shipped
from sync.screens.picker import Named, Picker
from tests.bench.office import prepare, village
from tests.e2e.processes import COMMAND, environment

VILLAGES_TO_PICK_FROM = 8_000
TIMES = 9
SHEET = "/sheet/{code}/C201/2025Q4"
CODE = "445199100207"
QUERIES = ("dx", "xincun", "新村", "4414", "shangwei")


def main() -> None:
    """Prepares, measures, prints, and writes JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "bench-office")
    parser.add_argument("--villages", type=int, default=300)
    parser.add_argument("--months", type=int, default=60)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    laptop = asyncio.run(prepare(chosen.folder, chosen.villages, chosen.months))
    figures = {**_bare(laptop), **_picker(), **_pages(laptop)}
    for name in ("home", "sheet", "history", "village"):
        figures[f"{name} / bare read"] = figures[f"{name} ms"] / figures["bare read ms"]
    figures["cell saved / bare write"] = figures["cell saved ms"] / figures["bare write ms"]
    for name, figure in figures.items():
        sys.stdout.write(f"{name:32} {figure:,.2f}\n")
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


def _bare(laptop: Path) -> dict[str, float]:
    """One village's rows read, and one row written durably, by sqlite3 alone."""
    with closing(sqlite3.connect(laptop / "tianji.db", isolation_level=None)) as opened:
        ((cells, size),) = opened.execute(
            "SELECT count(*), (SELECT page_count * page_size FROM pragma_page_count(),"
            " pragma_page_size()) FROM version"
        )
        read = _middle(
            lambda: opened.execute(
                "SELECT v.* FROM version v JOIN place_no p ON p.no = v.place WHERE p.id = ?",
                (village(7),),
            ).fetchall()
        )
    with (
        tempfile.TemporaryDirectory(dir=laptop.parent) as folder,
        closing(sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)) as opened,
    ):
        opened.execute("PRAGMA journal_mode = WAL")
        opened.execute("PRAGMA synchronous = FULL")
        opened.execute("CREATE TABLE one (at INTEGER PRIMARY KEY, text TEXT)")
        write = _middle(lambda: opened.execute("INSERT INTO one (text) VALUES ('178')"))
    return {"cells": cells, "MiB": size / 2**20, "bare read ms": read, "bare write ms": write}


def _picker() -> dict[str, float]:
    """The slowest of a few searches over as many real names."""
    names = [
        Named(at.to_bytes(16), row.code, (row.name,))
        for at, row in enumerate(shipped.load(max(shipped.AS_OF)).rows.values())
        if row.level == "village"
    ][:VILLAGES_TO_PICK_FROM]
    began = time.perf_counter()
    picker = Picker(names)
    made = (time.perf_counter() - began) * 1000
    slowest = max(_middle(partial(picker.find, text)) for text in QUERIES)
    return {"places to pick from": len(names), "picker made ms": made, "picker ms": slowest}


def _pages(laptop: Path) -> dict[str, float]:
    with _running(laptop) as (client, pid, started):
        sheet, api = SHEET.format(code=CODE), f"/api{SHEET.format(code=CODE)}"
        numbers = iter(range(1_000, 9_999))
        person = re.search(r'data-person="(\w+)"', client.get(sheet).text)
        assert person is not None
        client.headers["x-person"] = person[1]

        def save() -> None:
            cell = {"code": "B001", "text": str(next(numbers)), "unit": "", "shown": None}
            client.post(f"{api}/enter", json={"cells": [cell]}).raise_for_status()

        def draft() -> None:
            cell = {"code": "B002", "text": str(next(numbers)), "unit": ""}
            client.post(f"{api}/draft", json=cell).raise_for_status()

        def get(path: str) -> Callable[[], object]:
            return lambda: client.get(path).raise_for_status()

        return {
            "start to first page s": started,
            "home ms": _middle(get("/")),
            "sheet ms": _middle(get(sheet)),
            "cell saved ms": _middle(save),
            "keystroke kept ms": _middle(draft),
            "history ms": _middle(get(f"/history/{CODE}/2025Q3/B001")),
            "village ms": _middle(get(f"/village/{CODE}")),
            "search ms": _middle(get("/api/places?q=c12")),
            "memory MiB": _peak_mib(pid),
        }


@contextmanager
def _running(laptop: Path) -> Iterator[tuple[httpx.Client, int, float]]:
    """The pages as a process, a browser's session with them, and how long its first page took."""
    began = time.perf_counter()
    command = [*COMMAND, "field", "run", "--data", str(laptop), "--port", "0", "--no-browser"]
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"(http://[^/]+)(\S+)", process.stdout.readline())
            assert found is not None
            own = {"origin": found[1]}
            with httpx.Client(
                base_url=found[1], headers=own, trust_env=False, timeout=60
            ) as client:
                client.get(found[2], follow_redirects=True).raise_for_status()
                yield client, process.pid, time.perf_counter() - began
        finally:
            process.terminate()
            process.wait()


def _middle(act: Callable[[], object]) -> float:
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)[TIMES // 2]


def _peak_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    main()
