"""Lives of laptops and servers on disks that fill at their n-th write.

    python -m tests.fault.full [--step 1]

What isn't acknowledged then is told in one sentence, nothing that was is lost, and the next life, on a
disk with room, goes on. Exit code 1 with what went wrong.
"""

from __future__ import annotations

import argparse
import gc
import shutil
import sys
import tempfile
from pathlib import Path

import click

from tests.fault import shim
from tests.fault.forks import Child
from tests.fault.lives import Book, laptop_life, make_base, server_life
from tests.fault.shim import Mode, Point

LAPTOP_WRITES, SERVER_WRITES = 100, 100
SAID = {"storage-full", "storage-failed"}


def laptops(base: Path, folder: Path, step: int) -> list[str]:
    """A laptop whose disk fills, beside a server with room."""
    faults = []
    shutil.copytree(base, folder)
    server = Child(server_life(folder / "server", [], None))
    url = next(one["url"] for one in server.hear() if "url" in one)
    book = Book()
    for number in range(1, LAPTOP_WRITES, step):
        for point in (Point(number, Mode.FULL), None):
            child = _live(folder / "first", book, point, number, url)
            said = {one["problem"] for one in child.told if "problem" in one}
            if child.fault or not said <= (SAID if point else set()):
                faults.append(f"laptop {point}: {child.fault} {said}")
    server.stop()
    if server.ended().fault:
        faults.append(server.fault)
    return faults


def servers(base: Path, folder: Path, step: int) -> list[str]:
    """A server whose disk fills, beside a laptop with room."""
    faults = []
    shutil.copytree(base, folder)
    book = Book()
    for number in range(1, SERVER_WRITES, step):
        for point in (Point(number, Mode.FULL), None):
            server = Child(server_life(folder / "server", [book], point))
            url = next((one["url"] for one in server.hear() if "url" in one), "")
            if url:
                child = _live(folder / "first", book, None, number, url)
                said = {one["problem"] for one in child.told if "problem" in one}
                if child.fault or not said <= ({"server-busy"} if point else set()):
                    faults.append(f"laptop of a server {point}: {child.fault} {said}")
            server.stop()
            told = {one["problem"] for one in server.ended().told if "problem" in one}
            if server.fault or not told <= (SAID if point else set()):
                faults.append(f"server {point}: {server.fault} {told}")
    return faults


def _live(folder: Path, book: Book, point: Point | None, seed: int, url: str) -> Child:
    child = Child(laptop_life(folder, book, point, seed, url))
    for document in child.hear():
        book.note(document)
    return child.ended()


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=int, default=8)
    chosen = parser.parse_args()
    if shim.why_not():
        click.echo(shim.why_not(), err=True)
        return 2
    if not shim.is_loaded():
        return shim.again("tests.fault.full", sys.argv[1:])
    gc.freeze()
    with tempfile.TemporaryDirectory(prefix="tianji-full-") as folder:
        base = Path(folder) / "base"
        made = Child(make_base(base)).ended()
        assert not made.fault, made.fault
        faults = laptops(base, Path(folder) / "laptops", chosen.step)
        faults += servers(base, Path(folder) / "servers", chosen.step)
    for fault in faults:
        click.echo(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
