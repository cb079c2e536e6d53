"""Which of many inputs to keep: few and small ones that together reach all code that any reaches."""

from __future__ import annotations

import sys
import tomllib
import zipfile
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz.harness import Harness, is_refused

_ROOT = Path(__file__).resolve().parents[2]
_LOOKED_AT = (
    *(str(_ROOT / name) for name in ("sync", "server")),
    tomllib.__file__,
    zipfile.__file__,
)

Step = tuple[str, int, int]
"""A file, the line that ran and the one that ran before it in the same call."""


def smallest(harness: Harness, inputs: Iterable[bytes]) -> list[bytes]:
    """Those that take a step which no shorter one takes."""
    reached: set[Step] = set()
    kept = []
    for one in sorted(set(inputs), key=lambda data: (len(data), data)):
        steps = _steps(harness, one)
        if not steps <= reached:
            reached |= steps
            kept.append(one)
    return kept


def _steps(harness: Harness, data: bytes) -> set[Step]:
    steps: set[Step] = set()

    def called(frame: FrameType, event: str, argument: object) -> Any:
        name = frame.f_code.co_filename
        if not name.startswith(_LOOKED_AT):
            return None
        last = 0

        def ran(frame: FrameType, event: str, argument: object) -> Any:
            nonlocal last
            steps.add((name, last, frame.f_lineno))
            last = frame.f_lineno
            return ran

        return ran(frame, event, argument)

    before = sys.gettrace()
    sys.settrace(called)
    try:
        is_refused(harness, data)
    finally:
        sys.settrace(before)
    return steps
