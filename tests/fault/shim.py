"""The shim between this process and the kernel: built with the C compiler at hand, loaded at start.

A process can't load it later, so whoever needs it starts itself again with `again`.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

__all__ = ["Mode", "Point", "again", "arm", "count", "disarm", "is_loaded", "why_not"]

SOURCE = Path(__file__).with_name("shim.c")
LOADED = "TIANJI_FAULT_SHIM"


class Mode(IntEnum):
    """What happens at the write that is meant; the numbers are those of `shim.c`."""

    COUNT = 0
    BEFORE = 1
    AFTER = 2
    HALF = 3
    FULL = 4


class Point(NamedTuple):
    """One write of a life, and what happens at it."""

    number: int
    mode: Mode


def why_not() -> str:
    """Why no process can be stopped at its writes here; '' if one can."""
    if sys.platform != "linux":
        return "processes are stopped at their writes by a library that only Linux loads so"
    if shutil.which("gcc") is None:
        return "needs gcc, to build the library that stops processes at their writes"
    return ""


def is_loaded() -> bool:
    """Whether this process was started with the shim."""
    return LOADED in os.environ


def again(module: str, arguments: list[str]) -> int:
    """Starts a module in a process that has the shim, and returns how it ended."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "shim.so"
        build = ["gcc", "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-ldl"]
        subprocess.run(build, check=True)
        environment = {**os.environ, "LD_PRELOAD": str(library), LOADED: "1"}
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.run(command, env=environment, check=False).returncode


def arm(folder: Path, point: Point) -> None:
    """From now on, counts the writes below a folder; at the one that is meant, it happens."""
    path = os.fsencode(folder.resolve())
    ctypes.CDLL(None).fault_arm(path + b"/", ctypes.c_long(point.number), int(point.mode))


def disarm() -> None:
    """Nothing happens any more."""
    ctypes.CDLL(None).fault_disarm()


def count() -> int:
    """How many writes there were since `arm`; 0 without the shim."""
    if not is_loaded():
        return 0
    library = ctypes.CDLL(None)
    library.fault_count.restype = ctypes.c_long
    return int(library.fault_count())
