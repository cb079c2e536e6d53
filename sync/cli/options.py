"""The options that many commands take, each with one name, one meaning and one variable.

What each means to a person stands in `sync/texts/words/help.toml`.
"""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from sync.texts import LANGUAGES, Language, negotiate

__all__ = [
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

    @classmethod
    def of_environment(cls) -> Terminal:
        """In the language of the first of these variables that is set."""
        names = ("TIANJI_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
        return cls(negotiate(next(filter(None, map(os.environ.get, names)), None)))


def language(context: click.Context | None = None) -> Language:
    """The language of the command that is running, or of the one of a context."""
    context = context or click.get_current_context(silent=True)
    terminal = context.find_object(Terminal) if context else None
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
    """A command written as a coroutine; it runs on a loop of its own, to its end."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return asyncio.run(function(*args, **kwargs))

    return run
