"""Backups that are made on a page: into one folder, named by their time, the oldest going in the end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from server.administration.tasks import Told
from server.backup import back_up
from server.machine import free_bytes
from server.settings import Settings
from sync.ledger.database import translated
from sync.ledger.ledger import CHINA, Ledger
from sync.problems import Problem

__all__ = ["Kept", "back_up_now", "folder_of", "kept"]

FOLDER = "backups"
_NAMED = "tianji-{at:%Y%m%d-%H%M%S}.backup"
_NAMES = "tianji-[0-9]*-[0-9]*.backup"
_LOOK_SECONDS = 0.5


class Kept(NamedTuple):
    """One backup in the folder."""

    name: str
    bytes: int
    at: int


def folder_of(ledger: Ledger, settings: Settings) -> Path:
    """Where backups go: the setting's folder, else one in the data folder."""
    data = ledger.database.path.parent
    return data / settings.backup_folder if settings.backup_folder else data / FOLDER


def kept(folder: Path) -> list[Kept]:
    """The backups there, the latest first."""
    found = []
    for file in folder.glob(_NAMES) if folder.is_dir() else ():
        known = file.stat()
        found.append(Kept(file.name, known.st_size, int(known.st_mtime)))
    return sorted(found, key=lambda one: one.name, reverse=True)


async def back_up_now(ledger: Ledger, settings: Settings, told: Told) -> dict[str, Any]:
    """Makes one while the server goes on, then lets the oldest go that are too many.

    Raises `backup-no-room`, `backup-exists`, `storage-…`.
    """
    folder = folder_of(ledger, settings)
    source = ledger.database.path
    wanted = source.stat().st_size
    with translated(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if free_bytes(folder) < wanted:
            raise Problem("backup-no-room", megabytes=wanted // 2**20)
    file = folder / _NAMED.format(at=datetime.fromtimestamp(ledger.now(), CHINA))
    with _watched(file.with_name(file.name + ".part"), wanted, told):
        done = await back_up(ledger, file)
    dropped = _drop(folder, settings.backups_kept) if settings.backups_kept else 0
    return {"file": str(file), "commits": done.commits, "bytes": done.bytes, "dropped": dropped}


@contextmanager
def _watched(part: Path, wanted: int, told: Told) -> Iterator[None]:
    """Tells how far a copy is, by how large its file has become."""

    async def watch() -> None:
        while True:
            if part.exists():
                told(min(part.stat().st_size, wanted), wanted)
            await asyncio.sleep(_LOOK_SECONDS)

    watching = asyncio.create_task(watch())
    try:
        yield
        told(wanted, wanted)
    finally:
        watching.cancel()


def _drop(folder: Path, most: int) -> int:
    """Removes what is beyond so many."""
    gone = kept(folder)[most:]
    with translated(folder):
        for one in gone:
            (folder / one.name).unlink(missing_ok=True)
    return len(gone)
