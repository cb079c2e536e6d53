"""Verifying beside the running server: in a process of its own, so that no page waits for it.

`python -m server.administration.verifying FOLDER SECONDS` writes how far it is, line by line, and in
the end what it found; SECONDS is the time by the server's clock.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from server.administration.tasks import Told
from server.verify import verify
from sync.ledger.ledger import Ledger
from sync.problems import Problem, can_say

__all__ = ["verify_now"]

_NICE = 10
_LINE_BYTES_MAX = 2**20


async def verify_now(ledger: Ledger, told: Told) -> dict[str, Any]:
    """What a verification of the data finds. Raises `storage-…`, `verify-stopped`."""
    folder = str(ledger.database.path.parent)
    arguments = ("-m", __name__, folder, str(ledger.now()))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=_LINE_BYTES_MAX,
    )
    try:
        async for said in _lines(process):
            if "result" in said:
                return dict(said["result"])
            if "code" in said:
                raise _problem(said)
            told(said["done"], said["total"])
        raise Problem("verify-stopped")
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _lines(process: asyncio.subprocess.Process) -> AsyncIterator[dict[str, Any]]:
    assert process.stdout is not None
    async for line in process.stdout:
        yield json.loads(line)


def _problem(said: dict[str, Any]) -> Problem:
    known = can_say(said["code"], said["values"])
    return Problem(said["code"], **said["values"]) if known else Problem("verify-stopped")


def _say(**said: object) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


async def _verify(folder: Path, now: int) -> None:
    try:
        done = await verify(folder, lambda: now, lambda done, total: _say(done=done, total=total))
    except Problem as problem:
        values = {name: str(value) for name, value in problem.values.items()}
        _say(code=problem.code, values=values)
        return
    faults = [fault._asdict() for fault in done.faults]
    _say(result={**done._asdict(), "faults": faults})


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(_NICE)
    asyncio.run(_verify(Path(sys.argv[1]), int(sys.argv[2])))
