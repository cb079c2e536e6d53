"""Putting a new database in the place of a damaged one, which is kept, whatever happens meanwhile.

The new one is made in a folder of its own and closed. A mark is written, the old files go aside,
the new one takes their place, the mark goes. Who is stopped before the mark has changed nothing;
who is stopped after it is finished by the next rebuild, and until then nothing opens the folder.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from sync.ledger.database import translated
from sync.ledger.ledger import FILE_NAME

__all__ = ["begin", "drop", "finish", "is_unfinished", "part_of", "replace"]

_MARK = "rebuild.mark"
_PART = "rebuild.part"


def part_of(folder: Path) -> Path:
    """Where the new database is made."""
    return folder / _PART


def is_unfinished(folder: Path) -> bool:
    """Whether a replacement was begun and not ended."""
    return (folder / _MARK).exists()


def begin(folder: Path) -> None:
    """Makes an empty folder for the new database; what an earlier attempt left there goes."""
    drop(folder)
    with translated(part_of(folder)):
        part_of(folder).mkdir(mode=0o700)


def drop(folder: Path) -> None:
    """Removes what was made for a replacement that isn't wanted."""
    assert not is_unfinished(folder)
    with translated(part_of(folder)):
        shutil.rmtree(part_of(folder), ignore_errors=True)


def replace(folder: Path) -> Path | None:
    """Puts the new database, whole and closed, in place; where the old one lies now, if any was."""
    new = part_of(folder) / FILE_NAME
    with translated(new):
        new.chmod(0o600)
        _flush(new)
        number = 0
        while (folder / _aside(number)).exists() or (folder / (_aside(number) + "-wal")).exists():
            number += 1
        mark = folder / f"{_MARK}.part"
        mark.write_text(_aside(number), "utf-8")
        _flush(mark)
        mark.replace(folder / _MARK)
        _flush(folder)
    return finish(folder)


def finish(folder: Path) -> Path | None:
    """Ends a replacement that was begun, from wherever it stopped."""
    mark, new, old = folder / _MARK, part_of(folder) / FILE_NAME, folder / FILE_NAME
    with translated(mark):
        aside = folder / mark.read_text("utf-8")
        if new.exists():
            for suffix in ("-wal", "-shm", ""):
                side = old.with_name(old.name + suffix)
                if side.exists():
                    side.replace(aside.with_name(aside.name + suffix))
            new.replace(old)
            _flush(folder)
        mark.unlink()
        shutil.rmtree(part_of(folder), ignore_errors=True)
        _flush(folder)
    return aside if aside.exists() else None


def _aside(number: int) -> str:
    stem, _, ending = FILE_NAME.rpartition(".")
    return f"{stem}-damaged-{number}.{ending}"


def _flush(path: Path) -> None:
    """Makes a file, or a folder's entries, durable; Windows does so for folders by itself."""
    if path.is_dir() and os.name == "nt":
        return
    opened = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
