"""One running server for a folder: a lock that the system lets go of even if the process is killed.

Only `run` and `restore` take it. Other commands may work on the folder meanwhile: SQLite admits
one writer at a time, and a ledger reads anew what another process wrote.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sync.ledger.lock import tried
from sync.problems import Problem

__all__ = ["alone"]

FILE_NAME = "server.lock"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Holds the folder's lock. Raises `data-missing`, `server-running`, `storage-readonly`."""
    with tried(folder / FILE_NAME) as taken:
        if not taken:
            raise Problem("server-running", folder=str(folder))
        yield
