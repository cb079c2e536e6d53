"""Files on a stick: read whole within a bound, and written so that a pulled stick leaves no half."""

from __future__ import annotations

import os
from pathlib import Path

from sync.ledger.database import translated
from sync.limits import BUNDLE_BYTES_MAX
from sync.problems import Problem

__all__ = ["read_file", "write_file"]


def read_file(path: Path) -> bytes:
    """All of it. Raises `bundle-too-large`, `storage-…`, and OSError for a file that isn't there."""
    with path.open("rb") as file:
        content = file.read(BUNDLE_BYTES_MAX + 1)
    if len(content) > BUNDLE_BYTES_MAX:
        raise Problem("bundle-too-large", megabytes=BUNDLE_BYTES_MAX // 2**20)
    return content


def write_file(path: Path, content: bytes) -> None:
    """Puts it there whole, on the disk itself: 'written' is said before a stick is pulled.

    Raises `storage-…`.
    """
    unfinished = path.with_name(f"{path.name}.unfinished")
    with translated(path):
        try:
            with unfinished.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
