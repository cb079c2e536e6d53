"""What disks do to files: a byte that flips, an end that is lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

__all__ = ["cut", "flip", "flip_within"]


def flip(file: Path, at: int, mask: int = 0x55) -> None:
    """Changes one byte of a file."""
    with file.open("r+b") as opened:
        opened.seek(at)
        (byte,) = opened.read(1)
        opened.seek(at)
        opened.write(bytes([byte ^ mask]))


def flip_within(file: Path, number: int) -> None:
    """Changes a byte in the middle of a commit's body, where no structure of the file suffers."""
    with closing(sqlite3.connect(file)) as database:
        ((body,),) = database.execute("SELECT body FROM commits WHERE no = ?", (number,))
    at = file.read_bytes().find(body[-40:])
    assert at > 0
    flip(file, at + 20)


def cut(file: Path, size: int) -> None:
    """Loses the end of a file."""
    with file.open("r+b") as opened:
        opened.truncate(size)
