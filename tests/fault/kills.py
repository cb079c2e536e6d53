"""Kills laptops and servers at their writes, over and over, and looks each time what is left.

    python -m tests.fault.kills [--kills 10000] [--seed N] [--only KIND] [--json]

Five kinds of life: a laptop that records and syncs, a server that takes in what a laptop brings, an
enrolment, and the rebuild of either. Each write of a life has its turn, before it, after it and with half of it
done. Exit code 1 if anything that was acknowledged is missing, or a database isn't whole.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from random import Random

import click

from tests.fault import shim
from tests.fault.enrolled import enrolled, invited
from tests.fault.forks import Child
from tests.fault.lives import LAPTOPS, Book, laptop_life, make_base, server_life
from tests.fault.rebuilt import break_index, laptop_rebuilt, server_rebuilt
from tests.fault.shim import Mode, Point

KILLS_AN_ERA = 60
MODES = (Mode.BEFORE, Mode.AFTER, Mode.HALF)
FAULTS_MAX = 5
# How many of twenty kills go to each kind of life.
SHARES = {"laptop": 7, "server": 6, "enrolment": 1, "laptop rebuild": 3, "server rebuild": 3}


Lives = list[tuple[Point | None, Child]]
"""Ended processes, each with the point up to which it was to live, if there was one."""


class Era:
    """A server and its laptops from the same beginning, for some dozens of kills."""

    def __init__(self, base: Path, folder: Path, seed: int) -> None:
        shutil.copytree(base, folder)
        self.folder = folder
        self.random = Random(seed)
        self.books = {name: Book() for name in LAPTOPS}

    def seed(self) -> int:
        """What the next life does."""
        return self.random.randrange(2**32)

    def live(self, kind: str, point: Point) -> Lives:
        """A life of one kind up to a point, and what must be looked at with it."""
        lives: dict[str, Callable[[Point], Lives]] = {
            "laptop": self.laptop,
            "server": self.server,
            "enrolment": self.enrolment,
            "laptop rebuild": self.laptop_rebuild,
            "server rebuild": self.server_rebuild,
        }
        return lives[kind](point)

    def laptop(self, point: Point) -> Lives:
        """A laptop lives up to a point, beside a server that nobody kills."""
        server = Child(server_life(self.folder / "server", [*self.books.values()], None))
        url = _url(server)
        child = self._live("first", point, url)
        server.stop()
        return [(point, child), (None, server.ended())]

    def laptops(self, points: Iterator[Point], kills: int) -> Lives:
        """Many lives of a laptop beside one life of a server."""
        server = Child(server_life(self.folder / "server", [*self.books.values()], None))
        url = _url(server)
        lives: Lives = []
        while kills > 0:
            point = next(points)
            child = self._live("first", point, url)
            lives.append((point, child))
            kills -= child.was_killed
            if child.fault:
                break
        server.stop()
        return [*lives, (None, server.ended())]

    def server(self, point: Point) -> Lives:
        """A server lives up to a point, beside a laptop that nobody kills."""
        child = Child(server_life(self.folder / "server", [*self.books.values()], point))
        url = _url(child)
        others: Lives = [(None, self._live("second", None, url, rounds=2))] if url else []
        child.stop()
        return [(point, child.ended()), *others]

    def laptop_rebuild(self, point: Point) -> Lives:
        """A laptop's rebuild up to a point, and another to the end."""
        name, copy = "first", self.folder / "rebuilt"
        shutil.copytree(self.folder / name, copy)
        break_index(copy / "tianji.db")
        book = self.books[name]
        lives = [(one, Child(laptop_rebuilt(copy, book, one)).ended()) for one in (point, None)]
        shutil.rmtree(copy)
        return lives

    def server_rebuild(self, point: Point) -> Lives:
        """A server's rebuild up to a point, and another to the end."""
        copy, books = self.folder / "rebuilt", [*self.books.values()]
        shutil.copytree(self.folder / "server", copy)
        break_index(copy / "tianji.db")
        lives = [(one, Child(server_rebuilt(copy, books, one)).ended()) for one in (point, None)]
        shutil.rmtree(copy)
        return lives

    def enrolment(self, point: Point) -> Lives:
        """One more laptop's enrolment up to a point, and again with the same code to the end."""
        home, server = self.folder / "new", Child(server_life(self.folder / "server", [], None))
        url = _url(server)
        (told,) = Child(invited(self.folder / "server")).ended().told
        home.mkdir()
        lives: Lives = [
            (one, Child(enrolled(home / "laptop", url, told["code"], one)).ended())
            for one in (point, None)
        ]
        shutil.rmtree(home)
        server.stop()
        return [*lives, (None, server.ended())]

    def _live(self, name: str, point: Point | None, url: str, rounds: int = 1) -> Child:
        book = self.books[name]
        child = Child(laptop_life(self.folder / name, book, point, self.seed(), url, rounds))
        for document in child.hear():
            book.note(document)
        return child.ended()


class Run:
    """All eras, and what came of them."""

    def __init__(self, seed: int, shares: Mapping[str, int]) -> None:
        self.seed = seed
        self.shares = shares
        self.kills: Counter[str] = Counter()
        self.modes: Counter[str] = Counter()
        self.writes: dict[str, int] = {}
        self.looked = self.unkilled = self.edits = self.receipts = 0
        self.faults: list[str] = []

    def go(self, kills: int, told: Callable[[int], None]) -> None:
        """Kills that often, or until faults are found."""
        with tempfile.TemporaryDirectory(prefix="tianji-fault-", dir=_memory()) as folder:
            base = Path(folder) / "base"
            made = Child(make_base(base)).ended()
            assert not made.fault, made.fault
            points = {kind: self._points(base, Path(folder), kind) for kind in self.shares}
            for number in count():
                left = kills - self.kills.total()
                if left <= 0 or len(self.faults) >= FAULTS_MAX:
                    return
                era = Era(base, Path(folder) / f"era-{number}", self.seed + number)
                self._era(era, points, min(left, KILLS_AN_ERA))
                shutil.rmtree(era.folder)
                told(self.kills.total())

    def _era(self, era: Era, points: dict[str, Iterator[Point]], kills: int) -> None:
        whole = sum(self.shares.values())
        for kind, share in self.shares.items():
            wanted = max(1, kills * share // whole)
            if kind == "laptop":  # many lives beside one of a server's: that is the quick way
                self._note(kind, era.laptops(points[kind], wanted))
                continue
            before = self.kills[kind]
            while self.kills[kind] - before < wanted and not self.faults:
                self._note(kind, era.live(kind, next(points[kind])))
        self.edits += sum(book.edits for book in era.books.values())
        self.receipts += sum(len(book.receipted) for book in era.books.values())

    def _note(self, kind: str, lives: list[tuple[Point | None, Child]]) -> None:
        for point, child in lives:
            self.looked += any("checked" in one for one in child.told)
            if child.was_killed and point is not None:
                self.kills[kind] += 1
                self.modes[point.mode.name.lower()] += 1
            elif point is not None:
                self.unkilled += 1
            if child.fault or (child.was_killed and point is None):
                self.faults.append(f"{kind} {point}: {child.fault or 'killed'}")

    def _points(self, base: Path, folder: Path, kind: str) -> Iterator[Point]:
        """Every write of such a life in every way, again and again, each time in another order."""
        era = Era(base, folder / f"count-{kind}", self.seed)
        lives = era.live(kind, Point(0, Mode.COUNT))
        (counted,) = [one["count"] for one in lives[0][1].told if "count" in one]
        self._note(kind, lives)
        self.writes[kind] = counted
        shutil.rmtree(era.folder)
        return self._all_points(counted)

    def _all_points(self, counted: int) -> Iterator[Point]:
        random = Random(self.seed)
        while True:
            points = [Point(number, mode) for number in range(1, counted + 1) for mode in MODES]
            random.shuffle(points)
            yield from points


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=SHARES, help="only this kind of life")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    if shim.why_not():
        click.echo(shim.why_not(), err=True)
        return 2
    if not shim.is_loaded():
        return shim.again("tests.fault.kills", sys.argv[1:])
    gc.freeze()
    begun = time.monotonic()
    run = Run(chosen.seed, {chosen.only: 1} if chosen.only else SHARES)
    run.go(chosen.kills, _silent if chosen.json else _progress)
    found = {
        "kills": dict(run.kills),
        "total": run.kills.total(),
        "modes": dict(run.modes),
        "writes": run.writes,
        "looked": run.looked,
        "not_killed": run.unkilled,
        "edits_acknowledged": run.edits,
        "commits_receipted": run.receipts,
        "faults": run.faults,
        "seconds": round(time.monotonic() - begun, 1),
    }
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    return 1 if run.faults else 0


def _memory() -> Path | None:
    """A folder in memory: a kill loses nothing that was written, on whatever it was written."""
    memory = Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) else None


def _url(server: Child) -> str:
    return next((one["url"] for one in server.hear() if "url" in one), "")


def _progress(kills: int) -> None:
    click.echo(f"{kills} kills", err=True)


def _silent(_kills: int) -> None:
    pass


if __name__ == "__main__":
    sys.exit(main())
