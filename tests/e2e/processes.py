"""Starts the real command line as processes, and a real server with one town and two villages."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from server import filing, founding, store
from server.catalogue import shipped_files
from server.catalogue.keeping import import_pack
from server.devices import invites
from sync.ids import PlaceId, mint
from sync.value import Cell, text_value

COMMAND = [sys.executable, "-c", "import sys; from sync.cli import main; sys.exit(main())"]
TOWN = PlaceId(mint("place", b"town"))
VILLAGE = PlaceId(mint("place", b"village"))
OTHER = PlaceId(mint("place", b"other village"))
PLACES = (
    (TOWN, "445103101000", "磷溪镇", "town", None),
    (VILLAGE, "445103101201", "仙河村", "village", TOWN),
    (OTHER, "445103101202", "溪口村", "village", TOWN),
)
START_SECONDS_MAX = 30
COMMAND_SECONDS_MAX = 60


class Ran(NamedTuple):
    """How a process ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The document on standard output."""
        assert self.code in (0, 1), self
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one sentence on standard error, once it is sure that there is one and nothing else."""
        assert self.out == "", self
        assert len(self.err.strip().splitlines()) == 1, self
        assert "Traceback" not in self.err, self
        return self.err.strip()


def environment() -> dict[str, str]:
    """The test's own, in English, and with no proxy between it and this machine."""
    return {**os.environ, "TIANJI_LANG": "en", "NO_PROXY": "*", "no_proxy": "*"}


def tianji(*arguments: object) -> Ran:
    """Run `tianji ARGUMENTS…` to its end."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=COMMAND_SECONDS_MAX,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def found(folder: Path) -> None:
    """A server's folder with Guangdong's catalogue and three places."""
    asyncio.run(_found(folder))


def invite(folder: Path, place: PlaceId = VILLAGE, person: str = "张三") -> str:
    """An enrolment code of that server."""
    return asyncio.run(_invite(folder, place, person))


@contextmanager
def serving(folder: Path, port: int = 0) -> Iterator[str]:
    """Runs that server as a process; gives its address."""
    arguments = ["server", "run", "--data", str(folder), "--port", str(port)]
    with subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment(),
        stdout=subprocess.PIPE,  # its log is the test's: a pipe that nobody reads would stop it
        encoding="utf-8",
    ) as process:
        try:
            yield address_of(process)
        finally:
            process.terminate()
            process.communicate(timeout=START_SECONDS_MAX)


def address_of(process: subprocess.Popen[str]) -> str:
    """The address that a server says it serves at, once it does."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found_words = [word.strip("，。.,") for word in line.split() if "http://" in word]
    assert found_words, (line, process.poll())
    word = found_words[0]
    return word[word.index("http://") :]


def now() -> int:
    """This machine's clock."""
    return int(time.time())


async def _found(folder: Path) -> None:
    await founding.found(folder, now, os.urandom)
    async with store.open_server(folder, now) as ledger:
        person, grant = invites.authority(ledger)
        await import_pack(ledger, shipped_files())
        await filing.file(
            ledger,
            [
                filing.Filed(place, person, grant, _attributes(code, name, level, parent))
                for place, code, name, level, parent in PLACES
            ],
        )


def _attributes(code: str, name: str, level: str, parent: PlaceId | None) -> list[tuple[Cell, Any]]:
    texts = {"code": code, "name": name, "level": level, "parent": parent.hex() if parent else ""}
    return [(Cell("place", "2020-01-01", field), text_value(text)) for field, text in texts.items()]


async def _invite(folder: Path, place: PlaceId, person: str) -> str:
    async with store.open_server(folder, now, check=False) as ledger:
        return await invites.invite(ledger, place, "enter", person, os.urandom)
