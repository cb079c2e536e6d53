"""A command carried out in a process that is at work already: on its loop, its output caught.

A process that serves pages holds the one connection that writes. What a command asks for meanwhile
is done there and then printed by the process that was started for it, as if it had done it itself.
"""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, TextIO

from sync.cli.options import HOST, Host, Terminal
from sync.cli.root import carried_out
from sync.texts import Language

__all__ = ["Ran", "catching", "run_within"]

_OUTPUT: ContextVar[tuple[io.StringIO, io.StringIO] | None] = ContextVar("output", default=None)


class Ran(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


async def run_within(
    arguments: list[str], spoken: Language, defaults: Mapping[str, Any] | None = None
) -> Ran:
    """Carries a command out; inside `catching` only. Other work of the loop goes on meanwhile."""
    terminal = Terminal(spoken)
    out, err = io.StringIO(), io.StringIO()
    host = Host(asyncio.get_running_loop(), terminal)
    set_host, set_output = HOST.set(host), _OUTPUT.set((out, err))
    try:
        code = await asyncio.to_thread(carried_out, arguments, terminal, defaults)
    except asyncio.CancelledError:
        host.stop()
        raise
    finally:
        _OUTPUT.reset(set_output)
        HOST.reset(set_host)
    return Ran(code, out.getvalue(), err.getvalue())


@contextmanager
def catching() -> Iterator[None]:
    """While the block runs, what a carried-out command prints goes to its caller alone."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Parted(before[0], 0), _Parted(before[1], 1)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


class _Parted(io.TextIOBase):
    """A standard stream of which each carried-out command has one of its own."""

    def __init__(self, own: TextIO, place: int) -> None:
        self._own = own
        self._place = place

    @property
    def encoding(self) -> str:  # type: ignore[override]  # the base has an attribute
        """Chinese comes out whole."""
        return "utf-8"

    def writable(self) -> bool:
        """It is."""
        return True

    def isatty(self) -> bool:
        """A carried-out command prints for a program."""
        return _OUTPUT.get() is None and self._own.isatty()

    def write(self, text: str, /) -> int:
        """To whom it belongs."""
        return self._stream().write(text)

    def flush(self) -> None:
        """Of whom it belongs to."""
        self._stream().flush()

    def _stream(self) -> TextIO:
        output = _OUTPUT.get()
        return self._own if output is None else output[self._place]
