"""Whatever goes wrong in a command ends here: one sentence on standard error, and an exit code.

0 done, 1 the thing asked for isn't so, 2 wrong usage, wrong input or trouble with the machine,
130 stopped from the keyboard. A traceback is for whoever mends the software: it goes to a file,
and to the terminal only with TIANJI_DEBUG=1.
"""

from __future__ import annotations

import ast
import errno
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from sync.problems import Problem
from sync.texts import Language, say

__all__ = ["STOPPED", "code_of"]

WRONG = 2
STOPPED = 130
# How click ends the sentence on arguments that a command does not take.
_EXTRA = re.compile(r"^Got unexpected extra arguments? \((.*)\)$", re.DOTALL)
# A text as Python writes it.
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")


def code_of(error: BaseException, language: Language) -> int:
    """Say what ended the command, and return the exit code that stands for it."""
    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case SystemExit():
            return error.code if isinstance(error.code, int) else 0
        case BrokenPipeError():
            # Whoever read the output has read enough; Python's own flush at exit must not fail.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        case click.exceptions.NoArgsIsHelpError() if error.ctx is not None:
            click.echo(error.ctx.get_help(), err=True)
            return WRONG
    if os.environ.get("TIANJI_DEBUG") == "1":
        traceback.print_exception(error)
    stop = _first(error, (KeyboardInterrupt, click.Abort))
    if stop is not None:
        click.echo(say("command-stopped", language), err=True)
        return STOPPED
    problem = _problem(error)
    if problem is None:
        file = _write_detail(error)
        problem = Problem("cli-unexpected", kind=type(error).__name__, file=file)
    click.echo(" ".join(problem.say(language).splitlines()), err=True)
    return WRONG


def _problem(error: BaseException) -> Problem | None:
    """The problem that an exception stands for, or None where it is the software's own fault."""
    known = _first(error, (Problem, click.ClickException, OSError))
    match known:
        case Problem():
            return known
        case click.FileError():
            return Problem("cli-file-unusable", file=known.ui_filename, why=known.message)
        case click.ClickException():
            return _usage(known)
        case OSError():
            return _trouble(known)
    return None


def _first(error: BaseException, kinds: tuple[type[BaseException], ...]) -> BaseException | None:
    """The exception itself, or the first of a group, that is of one of the kinds."""
    return next((leaf for leaf in _leaves(error) if isinstance(leaf, kinds)), None)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _leaves(part)
    else:
        yield error


def _usage(error: click.ClickException) -> Problem:
    """Wrong usage by its kind; click's own words, which are English, are for kinds unheard of."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "tianji"
    match error:
        case click.exceptions.NoSuchCommand():
            return Problem("cli-command-unknown", name=error.command_name, command=command)
        case click.NoSuchOption():
            return Problem("cli-option-unknown", name=error.option_name, command=command)
        case click.BadOptionUsage():
            return Problem("cli-option-value-uneven", name=error.option_name, command=command)
        case click.MissingParameter():
            return Problem("cli-parameter-missing", name=_name(error), command=command)
        case click.BadParameter():
            return _wrong_value(error)
        case click.UsageError(ctx=click.Context(command=click.Group())):
            return Problem("cli-command-missing", command=command)
    extra = _EXTRA.search(error.message)
    if extra is not None:
        return Problem("cli-arguments-extra", extra=extra[1], command=command)
    return Problem("cli-usage-wrong", why=error.format_message().rstrip("."), command=command)


def _wrong_value(error: click.BadParameter) -> Problem:
    """A value that is not of its parameter's type, by what that type takes."""
    name = _name(error)
    match error.param and error.param.type:
        case click.Choice() as choice:
            return Problem(
                "cli-choice-unknown", name=name, known=", ".join(map(str, choice.choices))
            )
        case click.IntRange(min=int(low), max=int(high)):
            return Problem("cli-number-outside", name=name, low=low, high=high)
        case click.IntRange(min=int(low)):
            return Problem("cli-number-too-low", name=name, low=low)
        case click.types.IntParamType():
            return Problem("cli-number-wrong", name=name)
        case click.Path(file_okay=False):
            return Problem("cli-folder-wanted", name=name, file=_quoted(error))
        case click.Path(exists=True):
            return Problem("cli-file-wanted", name=name, file=_quoted(error))
        case click.Path():
            return Problem("cli-file-name-wanted", name=name, file=_quoted(error))
    return Problem("cli-value-wrong", name=name, why=error.message)


def _quoted(error: click.BadParameter) -> str:
    """The value that click's message quotes, in which alone it can be found."""
    found = _QUOTED.search(error.message)
    return str(ast.literal_eval(found[0])) if found else "?"


def _name(error: click.BadParameter) -> str:
    """The option as it is written, or the argument by its name."""
    if error.param is None:
        return str(error.param_hint or "?")
    if isinstance(error.param, click.Option):
        return max(error.param.opts, key=len)
    return error.param.human_readable_name


def _trouble(error: OSError) -> Problem:
    """What the machine refused, by the few causes that a person can mend."""
    file = error.filename if error.filename is not None else "?"
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return Problem("cli-disk-full")
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return Problem("cli-file-forbidden", file=file)
        case errno.ENOENT:
            return Problem("cli-file-missing", file=file)
        case errno.EADDRINUSE:
            return Problem("cli-port-in-use")
    return Problem("cli-file-unusable", file=file, why=error.strerror or error)


def _write_detail(error: BaseException) -> str:
    """Keep the traceback where a person can find and send it; returns the file, or '-' if none."""
    now = datetime.now(UTC)
    head = f"{now.isoformat()} Python {sys.version} on {sys.platform}\n"
    text = head + "".join(traceback.format_exception(error))
    for folder in (_state_folder(), Path(tempfile.gettempdir())):
        file = folder / f"tianji-fault-{now:%Y%m%d-%H%M%S}-{os.getpid()}.log"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        except OSError:
            continue
        return str(file)
    return "-"


def _state_folder() -> Path:
    state = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_STATE_HOME"
    return Path(os.environ.get(state) or Path.home() / ".local" / "state") / "tianji"
