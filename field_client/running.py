"""One writer for a laptop's folder: who holds the lock, and how the running pages are asked.

`tianji field run` holds the lock while its pages are served and leaves a note how to reach it; any
other command that writes takes the lock for its own time, or has the running process carry it out.
The note holds a secret, so that nobody but this user of the machine can ask; it is true only while
the lock is held.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import httpx
import msgspec

from sync.ledger import identity
from sync.ledger.database import translated
from sync.ledger.ledger import FILE_NAME as DATABASE
from sync.ledger.lock import tried
from sync.ledger.soundfile import missing
from sync.limits import ASKED_SECONDS_MAX, LOCK_SECONDS_MAX
from sync.problems import Problem

__all__ = [
    "COMMAND_PATH",
    "HOST",
    "LINK_PATH",
    "SCHEME",
    "Running",
    "alone",
    "announced",
    "ask",
    "giving_way",
]

T = TypeVar("T")

HOST = "127.0.0.1"
SCHEME = "Bearer "
COMMAND_PATH = "/at-work/command"
LINK_PATH = "/at-work/link"
LOCK = "field.lock"
WANTED = "field.wanted"
NOTE = "running.json"
_LOOK_SECONDS = 0.05


class Running(msgspec.Struct, frozen=True):
    """How the process is reached whose pages are open."""

    port: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    process: int
    secret: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]+\Z")]


@asynccontextmanager
async def alone(
    folder: Path, *, may_begin: bool = False, asks_for_way: bool = True
) -> AsyncIterator[Running | None]:
    """Holds the folder's lock (None), or names the process whose pages hold it.

    Another short command is waited for, and one that may take long is asked to give way;
    `may_begin` makes a folder that isn't there.
    Raises `data-missing`, `laptop-gone`, `field-busy`, `storage-readonly`.
    """
    if may_begin and identity.read(folder) is None:
        with translated(folder):
            folder.mkdir(parents=True, exist_ok=True)
    elif not (folder / DATABASE).exists():
        raise missing(folder, "laptop")
    until = time.monotonic() + LOCK_SECONDS_MAX
    while True:
        with tried(folder / LOCK) as taken:
            if taken:
                for name in (NOTE, WANTED):  # of a process that was killed, or our own
                    (folder / name).unlink(missing_ok=True)
                yield None
                return
        running = _read(folder / NOTE)
        if running is not None:
            yield running
            return
        if time.monotonic() > until:
            raise Problem("field-busy", folder=str(folder))
        if asks_for_way:
            (folder / WANTED).touch()
        await asyncio.sleep(_LOOK_SECONDS)


async def giving_way(folder: Path, work: Coroutine[Any, Any, T]) -> T:
    """The result of work that may take long and may be stopped anywhere; whoever waits goes first.

    Raises `field-gave-way`.
    """
    working = asyncio.ensure_future(work)
    asked = asyncio.ensure_future(_is_asked(folder))
    try:
        await asyncio.wait([working, asked], return_when=asyncio.FIRST_COMPLETED)
    finally:
        asked.cancel()
        was_done = working.done() or not working.cancel()
        await asyncio.wait([working])
    if not was_done and working.cancelled():
        raise Problem("field-gave-way")
    return working.result()


async def _is_asked(folder: Path) -> None:
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        if (folder / WANTED).exists():
            return


@contextmanager
def announced(folder: Path, running: Running) -> Iterator[None]:
    """Leaves the note for other commands while the block runs; whoever does holds the lock."""
    note = folder / NOTE
    part = note.with_suffix(".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(msgspec.structs.asdict(running), file)
    part.replace(note)
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


async def ask(running: Running, path: str, document: object = None) -> dict[str, Any]:
    """What the running process answers. Raises `field-busy` where it has ended meanwhile."""
    address = f"http://{HOST}:{running.port}"
    headers = {"authorization": SCHEME + running.secret}
    wait = httpx.Timeout(ASKED_SECONDS_MAX, read=None)  # a sync takes what it takes
    try:
        async with httpx.AsyncClient(base_url=address, timeout=wait, trust_env=False) as client:
            response = await client.post(path, json=document, headers=headers)
            response.raise_for_status()
            answer = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise Problem("field-busy", folder=address) from error
    assert isinstance(answer, dict), answer
    return answer


def _read(note: Path) -> Running | None:
    """What the note says; None where it is no note of ours, so that nobody's address is asked."""
    try:
        return msgspec.convert(json.loads(note.read_text("utf-8")), Running)
    except (OSError, ValueError, msgspec.ValidationError):
        return None
