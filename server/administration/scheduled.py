"""What the scheduled jobs of this machine came to, out of the small database that they keep.

They run as processes of their own (`tianji jobs`); the server only reads, and says nothing where there
is nothing to read.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

__all__ = ["Scheduled", "scheduled"]

_LATEST = """
SELECT job, begun_at, ended_at, code, words FROM run
WHERE number IN (SELECT max(number) FROM run GROUP BY job) ORDER BY job
"""
_WORDS_CHARS_MAX = 300


class Scheduled(NamedTuple):
    """A job's last run: its second, and the command's exit code, None while it goes on."""

    job: str
    begun_at: int
    is_over: bool
    code: int | None
    words: str


async def scheduled(path: str) -> list[Scheduled]:
    """The last run of each job; none where the setting names no file that can be read."""
    return await asyncio.to_thread(_read, Path(path)) if path else []


def _read(path: Path) -> list[Scheduled]:
    if not path.is_file():
        return []
    try:
        address = f"{path.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=1)) as opened:
            rows = opened.execute(_LATEST).fetchall()
    except sqlite3.Error:
        return []
    return [
        Scheduled(
            job,
            int(datetime.fromisoformat(begun_at).timestamp()),
            ended_at is not None,
            code,
            words[-_WORDS_CHARS_MAX:],
        )
        for job, begun_at, ended_at, code, words in rows
    ]
