"""Processes that start in a few milliseconds: forks of one that has everything imported already.

The parent opens no database and starts no thread, or its children would inherit half of them.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["Child", "Say"]

Say = Callable[..., None]
"""Tells the parent something, at once: it arrives even if the child is killed the moment after."""


class Child:
    """A process that does some work and tells of it; `told` are the documents in their order."""

    def __init__(self, work: Callable[[Say], None]) -> None:
        reading, writing = os.pipe()
        self.told: list[dict[str, Any]] = []
        self._process = os.fork()
        if self._process == 0:
            os.close(reading)
            _live(work, writing)
        os.close(writing)
        self._pipe = os.fdopen(reading, "rb")
        self.code: int | None = None

    def hear(self) -> Iterator[dict[str, Any]]:
        """What it tells from now on, until it ends or whoever hears has heard enough."""
        for line in self._pipe:
            if not line.endswith(b"\n"):
                return
            document = json.loads(line)
            assert isinstance(document, dict)
            self.told.append(document)
            yield document

    def ended(self) -> Child:
        """Waits for its end; `code` is then its exit code, below zero for a signal."""
        for _ in self.hear():
            pass
        self._pipe.close()
        _, status = os.waitpid(self._process, 0)
        self.code = os.waitstatus_to_exitcode(status)
        return self

    def stop(self) -> None:
        """Asks it to end."""
        os.kill(self._process, signal.SIGTERM)

    @property
    def was_killed(self) -> bool:
        """Whether the shim ended it."""
        return self.code == -signal.SIGKILL

    @property
    def fault(self) -> str:
        """What went wrong in it, '' if nothing did."""
        said = [one["fault"] for one in self.told if "fault" in one]
        if not said and self.code not in (0, -signal.SIGKILL):
            return f"ended with {self.code}"
        return "".join(said)


def _live(work: Callable[[Say], None], pipe: int) -> None:
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDWR), 2)

        def say(**document: object) -> None:
            os.write(pipe, json.dumps(document).encode() + b"\n")

        try:
            work(say)
            code = 0
        except BaseException:  # noqa: BLE001 - whatever it is, the parent must know
            say(fault=traceback.format_exc()[-3000:])
    finally:
        sys.stdout.flush()
        os._exit(code)
