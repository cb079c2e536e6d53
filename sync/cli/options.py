"""The options that many commands take, each with one name, one meaning and one variable.

What each means to a person stands in `sync/texts/words/help.toml`.
"""

from __future__ import annotations

import asyncio
import functools
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from sync.texts import LANGUAGES, Language, negotiate

__all__ = [
    "HOST",
    "Host",
    "Terminal",
    "async_command",
    "data_option",
    "json_option",
    "language",
    "language_option",
]

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class Terminal:
    """Who is spoken to; made before the first option is read, so that any fault can be said."""

    language: Language = "zh-Hans"
    arguments: tuple[str, ...] = ()
    """What was written after `tianji`."""

    @classmethod
    def of_environment(cls) -> Terminal:
        """In the language of the first of these variables that is set."""
        names = ("TIANJI_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
        return cls(negotiate(next(filter(None, map(os.environ.get, names)), None)))


class Host:
    """A process that is at work already and carries a command out: see `within.py`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, terminal: Terminal) -> None:
        self.terminal = terminal
        self._loop = loop
        self._lock = threading.Lock()
        self._running: Future[Any] | None = None
        self._is_stopped = False

    def run(self, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The command's coroutine on the host's loop, while a thread of its own waits for it."""
        with self._lock:
            if self._is_stopped:
                raise click.Abort
            running = asyncio.run_coroutine_threadsafe(start(), self._loop)
            self._running = running
        try:
            return running.result()
        except CancelledError as error:
            raise click.Abort from error

    def stop(self) -> None:
        """Ends the command, also one that is about to begin: its thread must not outlast the loop."""
        with self._lock:
            self._is_stopped = True
            if self._running is not None:
                self._running.cancel()


HOST: ContextVar[Host | None] = ContextVar("host", default=None)
"""The one in which the command runs; None where it has a process of its own."""


def language(context: click.Context | None = None) -> Language:
    """The language of the command that is running, or of the one of a context."""
    context = context or click.get_current_context(silent=True)
    terminal = context.find_object(Terminal) if context else None
    host = HOST.get()
    if terminal is None and host is not None:
        terminal = host.terminal
    return (terminal or Terminal.of_environment()).language


def _set_language(context: click.Context, _: click.Parameter, wanted: str | None) -> None:
    if wanted is not None:
        context.ensure_object(Terminal).language = negotiate(wanted)


language_option = click.option(
    "--language",
    metavar="|".join(LANGUAGES),
    is_eager=True,
    expose_value=False,
    callback=_set_language,
)

data_option = click.option(
    "--data",
    "data",
    metavar="DIR",
    envvar="TIANJI_DATA",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
)

json_option = click.option("--json", "as_json", is_flag=True)


def async_command(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """A command written as a coroutine; it runs to its end, on a loop of its own or its host's."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        host = HOST.get()
        if host is None:
            return asyncio.run(function(*args, **kwargs))
        return host.run(lambda: function(*args, **kwargs))

    return run
