"""What the machine alone knows: the time, chance, and how much room its disk has."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

__all__ = ["free_bytes", "now", "random_bytes"]


def now() -> int:
    """Seconds since 1970 by this machine's clock."""
    return int(time.time())


def random_bytes(count: int) -> bytes:
    """Chance fit for keys."""
    return os.urandom(count)


def free_bytes(folder: Path) -> int:
    """How much more the disk under a folder takes."""
    return shutil.disk_usage(folder).free
