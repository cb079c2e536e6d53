"""Progress bars on standard error, for people at a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sync.texts import Language, say

__all__ = ["Bars", "Told"]

Told = Callable[[], None]
"""Called when one more of a step's parts is done."""


class Bars:
    """Shows one bar a step, or nothing."""

    def __init__(self, language: Language, *, quiet: bool) -> None:
        self._language = language
        self._quiet = quiet or not sys.stderr.isatty()

    @contextmanager
    def step(self, name: str, total: int, **values: object) -> Iterator[Told]:
        """A step of that many parts, named by a word text."""
        if self._quiet:
            yield _nothing
            return
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
        )

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task(say(name, self._language, **values), total=total)
            yield lambda: progress.advance(task)


def _nothing() -> None:
    pass
