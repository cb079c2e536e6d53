"""A lock on a file that the system lets go of even if its holder is killed.

A process id in a file is no lock: after a crash it names nobody, or another program.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sync.problems import Problem

__all__ = ["tried"]


@contextmanager
def tried(path: Path) -> Iterator[bool]:
    """Whether the lock on that file was free; then it is held until the block is left.

    Raises `data-missing` where its folder isn't there, `storage-readonly`.
    """
    if not path.parent.is_dir():
        raise Problem("data-missing", folder=str(path.parent))
    try:
        file = path.open("ab")
    except OSError as error:
        raise Problem("storage-readonly", file=str(path)) from error
    with file:
        yield _taken(file)


if sys.platform == "win32":
    import msvcrt

    def _taken(file: IO[bytes]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _taken(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
