"""Flips bytes in files of laptops and servers, cuts their logs, and tries the commands on them.

    python -m tests.fault.flips [--flips 2000] [--seed N] [--json]

Each damage must be said in one sentence, or found by `verify`, or do no harm; never a traceback. What
is said is then rebuilt, synced, and must be whole: every value as it was, those not sent included
unless the damage lies in their own rows. Two harms can't be told, and are counted: another value in
an edit that isn't sealed, and the lost end of a log whose index is gone too.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import io
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import click
import stamina

from field_client.desk import Desk
from sync.cli import main as tianji
from tests.fault.damage import cut, flip
from tests.fault.forks import Child, Say
from tests.fault.lives import Book, laptop_life, make_base, now, server_life

FILES = ("laptop", "laptop log", "laptop log without index", "server")
NOWHERE = "http://127.0.0.1:9"
FAULTS_MAX = 5
UNSEALED = {f"{year} HOUSES" for year in ("2017", "2018", *range(2011, 2016))}


class Ran(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


def run(*arguments: object) -> Ran:
    """A command in this process. A traceback, or more than a sentence, is a fault."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = tianji([str(one) for one in arguments])
    ran = Ran(code, out.getvalue(), err.getvalue())
    assert code in (0, 1, 2), (arguments, ran)
    assert "Traceback" not in ran.err, (arguments, ran)
    assert "software failed" not in ran.err, (arguments, ran)
    assert code != 2 or len(ran.err.strip().splitlines()) == 1, (arguments, ran)
    return ran


def values(laptop: Path) -> dict[str, str] | None:
    """What the laptop shows, by period and indicator; None where it says that it can't."""
    ran = run("field", "show", "--data", laptop, "--json")
    if ran.code:
        return None
    return {f"{one['period']} {one['indicator']}": one["value"] for one in json.loads(ran.out)}


def laptop_damaged(folder: Path, url: str, expected: dict[str, str], where: str) -> str:
    """What came of a damaged laptop; it is whole afterwards."""
    is_cut = where.startswith("cut")
    before = values(folder)
    verified = run("field", "verify", "--data", folder, "--json")
    run("field", "status", "--data", folder)
    if before == expected and verified.code == 0:
        return "harmless"
    if before is not None and verified.code == 0:
        if where.endswith("without index"):
            return "not told: older"
        assert set(before) == set(expected), (before, expected)
        different = {one for one in before if before[one] != expected[one]}
        assert different <= UNSEALED, (before, expected)
        return "not told: another value in an edit that isn't sealed"
    named = "tianji field rebuild" in (verified.err if verified.code == 2 else "")
    assert named or verified.code == 1, verified
    rebuilt = json.loads(
        run("field", "rebuild", "--data", folder, "--server", NOWHERE, "--json").out or "{}"
    )
    if not rebuilt.get("rebuilt"):
        raise AssertionError(rebuilt)
    assert run("field", "verify", "--data", folder).code == 0
    ran = run("field", "rebuild", "--data", folder)
    assert "nothing needed" in ran.out, ran
    saved = values(folder) or {}
    _point(folder, url)
    ran = run("field", "sync", "--data", folder)
    if ran.code == 1 and ("refused 1 commits" in ran.out or "are held until" in ran.out):
        listed = json.loads(run("field", "parked", "--data", folder, "--json").out)
        assert listed or "are held until" in ran.out, ran
        return "rebuilt, and an edit waits aside whose place, author or grant is another now"
    assert ran.code == 0, ran
    after = values(folder) or {}
    lost = {one for one in expected if after.get(one) != expected[one]}
    assert len(lost) <= (len(expected) if is_cut else rebuilt["lost"]), (lost, rebuilt)
    assert not lost or rebuilt["lost"], lost
    return "rebuilt" if saved == expected else "rebuilt and fetched"


def server_damaged(folder: Path, expected: dict[str, Any]) -> str:
    """What came of a damaged server; it verifies afterwards."""
    run("server", "device", "list", "--data", folder)
    run("server", "totals", "--data", folder, "--period", "2024")
    verified = run("server", "verify", "--data", folder, "--json")
    if verified.code == 0:
        told = json.loads(verified.out)
        assert told["fingerprint"] == expected["fingerprint"], told
        return "harmless"
    assert "tianji server rebuild" in verified.err or verified.code == 1, verified
    rebuilt = json.loads(run("server", "rebuild", "--data", folder, "--json").out)
    assert rebuilt["rebuilt"], rebuilt
    after = json.loads(run("server", "verify", "--data", folder, "--json").out)
    assert after["ok"], after
    lost = expected["commits"] - after["commits"]
    return "rebuilt" if lost <= 0 else "rebuilt, the rest waits for laptops"


def _point(laptop: Path, url: str) -> None:
    async def point() -> None:
        async with Desk.open(laptop, now) as desk, desk.ledger.transaction() as database:
            await database.set_meta("server", url)

    asyncio.run(point())


class Flips:
    """A laptop and a server, and what came of their damaged copies."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.random = Random(seed)
        self.found: dict[str, Counter[str]] = {file: Counter() for file in FILES}
        self.faults: list[str] = []

    def go(self, flips: int) -> None:
        """Damages that many copies."""
        self._prepare()
        server = Child(server_life(self.folder / "asked", [], None))
        url = next(one["url"] for one in server.hear() if "url" in one)
        for number in range(flips):
            if len(self.faults) >= FAULTS_MAX:
                break
            self._one(FILES[number % len(FILES)], url)
        server.stop()
        server.ended()

    def _prepare(self) -> None:
        base = self.folder / "base"
        _whole(Child(make_base(base)))
        server = Child(server_life(base / "server", [], None))
        url = next(one["url"] for one in server.hear() if "url" in one)
        book = Book()
        for seed in range(3):
            child = Child(laptop_life(base / "first", book, None, seed, url))
            for document in child.hear():
                book.note(document)
            _whole(child)
        server.stop()
        _whole(server)
        shutil.copytree(base / "server", self.folder / "asked")
        self.laptop, self.logged = base / "first", self.folder / "logged"
        _whole(Child(lambda _say: asyncio.run(_sealed(self.laptop))))
        shutil.copytree(self.laptop, self.logged)
        Child(lambda _say: asyncio.run(_left_open(self.logged))).ended()
        self.server = base / "server"
        told = Child(self._look)
        _whole(told)
        self.expected: dict[str, Any] = told.told[0]

    def _look(self, say: Say) -> None:
        copy = self.folder / "looked at"
        shutil.copytree(self.logged, copy)
        verified = json.loads(run("server", "verify", "--data", self.server, "--json").out)
        say(laptop=values(self.laptop), logged=values(copy), server=verified)

    def _one(self, file: str, url: str) -> None:
        copy = self.folder / "copy"
        source = {"laptop": self.laptop, "server": self.server}.get(file, self.logged)
        shutil.copytree(source, copy)
        where = self._damage(file, copy)
        child = Child(lambda say: say(came=self._try(file, copy, url, where))).ended()
        shutil.rmtree(copy)
        if child.fault:
            self.faults.append(f"{file} {where}: {child.fault}")
        else:
            self.found[file][child.told[0]["came"]] += 1

    def _damage(self, file: str, copy: Path) -> str:
        database, log = copy / "tianji.db", copy / "tianji.db-wal"
        if file == "laptop log without index":
            (copy / "tianji.db-shm").unlink()
        target = log if "log" in file else database
        at = self.random.randrange(target.stat().st_size)
        if "log" in file and self.random.random() < 0.5:
            cut(target, at)
            return f"cut at {at} {file}"
        content = target.read_bytes()
        while not content[at]:  # most of a small file is room that nobody uses
            at = self.random.randrange(len(content))
        flip(target, at, self.random.randrange(1, 256))
        return f"flipped at {at} {file}"

    def _try(self, file: str, copy: Path, url: str, where: str) -> str:
        os.environ["TIANJI_LANG"] = "en"
        with stamina.set_testing(True):
            if file == "server":
                return server_damaged(copy, self.expected["server"])
            expected = self.expected["logged" if "log" in file else "laptop"]
            return laptop_damaged(copy, url, expected, where)


async def _sealed(laptop: Path) -> None:
    """One value that is sealed and not sent, two that are not sealed."""
    async with Desk.open(laptop, now) as desk:
        await _set(desk, "2018", 901)
        await desk.ledger.seal()
        await _set(desk, "2017", 902)
        await _set(desk, "2018", 903)


async def _left_open(laptop: Path) -> None:
    """Some more values, by a process that ends without closing anything."""
    async with Desk.open(laptop, now) as desk:
        for year in range(2011, 2016):
            await _set(desk, str(year), year)
        os._exit(0)


async def _set(desk: Desk, year: str, value: int) -> None:
    from sync.value import Cell, quantity_value

    await desk.record(desk.place, [(Cell("value", year, "HOUSES"), quantity_value(value * 10_000))])


def _whole(child: Child) -> None:
    assert not child.ended().fault, child.fault


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flips", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    os.environ |= {"TIANJI_LANG": "en", "NO_PROXY": "*", "no_proxy": "*"}
    begun = time.monotonic()
    gc.freeze()
    with tempfile.TemporaryDirectory(prefix="tianji-flips-") as folder:
        flips = Flips(Path(folder), chosen.seed)
        flips.go(chosen.flips)
    found = {
        "found": {file: dict(counts) for file, counts in flips.found.items()},
        "faults": flips.faults,
        "seconds": round(time.monotonic() - begun, 1),
    }
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    return 1 if flips.faults else 0


if __name__ == "__main__":
    sys.exit(main())
