"""One running server for a folder: a lock that the system lets go of even if the process is killed.

Only `run` and `restore` take it. Other commands may work on the folder meanwhile: SQLite admits
one writer at a time, and a ledger reads anew what another process wrote.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sync.problems import Problem

__all__ = ["alone"]

FILE_NAME = "server.lock"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Holds the folder's lock. Raises `data-missing`, `server-running`, `storage-readonly`."""
    if not folder.is_dir():
        raise Problem("data-missing", folder=str(folder))
    path = folder / FILE_NAME
    try:
        file = path.open("ab")
    except OSError as error:
        raise Problem("storage-readonly", file=str(path)) from error
    with file:
        if not _taken(file):
            raise Problem("server-running", folder=str(folder))
        yield


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
