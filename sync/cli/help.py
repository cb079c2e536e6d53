"""Help pages in the person's language: one page for each command, made from the word texts.

A page's words are keys of `sync/texts/words/help*.toml`. `help-server-user-add` says what that
command is for; its first sentence stands in its group's list. `help-server-user-add--role` says
what the option `--role` means there, `help-server--ID` what an argument means to all commands of
the server: the key of the nearest group counts, so that what many commands share is said once.
Names, metavars and examples are the same in every language. An epilog holds examples: each of its
lines that begins with `tianji` is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from sync.cli.layout import INDENT, definitions, wrapped
from sync.cli.options import language
from sync.texts import Language, known, say

__all__ = ["Spoken", "command_key", "parameter_key", "speak"]

_SENTENCE_END = re.compile(r"。|\.(?=\s|$)")


class Spoken(click.Context):
    """A command that runs, whose help page is in the language of whoever reads it."""

    def get_help(self) -> str:
        """The page, as `--help` prints it."""
        return _page(self)


def speak(command: click.Command) -> None:
    """Let a command and all below it answer `--help` in the person's language."""
    command.context_class = Spoken
    if isinstance(command, click.Group):
        for one in command.commands.values():
            speak(one)


def command_key(path: Sequence[str]) -> str | None:
    """The text on what a command is for, named by its words after `tianji`; None if there is none."""
    key = "-".join(("help", *path))
    return key if known(key) else None


def parameter_key(path: Sequence[str], parameter: click.Parameter) -> str | None:
    """The text on what an option or argument of a command means; None if there is none."""
    if isinstance(parameter, click.Option):
        name = max(parameter.opts, key=len).lstrip("-")
    else:
        name = parameter.human_readable_name
    keys = (f"{'-'.join(('help', *path[:near]))}--{name}" for near in range(len(path), -1, -1))
    return next(filter(known, keys), None)


def _page(context: click.Context) -> str:
    command, spoken, path = context.command, language(context), _path(context)
    columns = context.make_formatter().width
    parameters = command.get_params(context)
    arguments = [one for one in parameters if isinstance(one, click.Argument)]
    options = [one for one in parameters if isinstance(one, click.Option) and not one.hidden]
    sections = {
        "page-arguments": [
            (one.make_metavar(context), _say(parameter_key(path, one), spoken)) for one in arguments
        ],
        "page-options": [_option(context, path, one, spoken) for one in options],
        "page-commands": _commands(context, path, spoken),
    }
    blocks = [_usage(context, spoken, columns), *_purpose(path, spoken, columns)]
    for heading, rows in sections.items():
        if rows:
            blocks.append([say(heading, spoken), *definitions(rows, columns)])
    lines = (command.epilog or "").splitlines()
    examples = [INDENT + line.strip() for line in lines if line.strip().startswith("tianji ")]
    if examples:
        blocks.append([say("page-examples", spoken), *examples])
    return "\n\n".join("\n".join(block) for block in blocks)


def _path(context: click.Context) -> list[str]:
    """The words after `tianji` that name the command."""
    path: list[str] = []
    while context.parent is not None:
        path.insert(0, context.info_name or "")
        context = context.parent
    return path


def _usage(context: click.Context, spoken: Language, columns: int) -> list[str]:
    written = " ".join([context.command_path, *context.command.collect_usage_pieces(context)])
    first, *rest = wrapped(say("page-usage", spoken, command=written), columns)
    return [first, *(INDENT * 2 + line for line in rest)]


def _purpose(path: Sequence[str], spoken: Language, columns: int) -> list[list[str]]:
    """What the command is for, by paragraphs."""
    paragraphs = filter(None, _say(command_key(path), spoken).split("\n\n"))
    return [[INDENT + line for line in wrapped(one, columns - len(INDENT))] for one in paragraphs]


def _option(
    context: click.Context, path: Sequence[str], option: click.Option, spoken: Language
) -> tuple[str, str]:
    """How an option is written; what it means, what it is if not given, whether it must be."""
    spec, _ = option.get_help_record(context) or ("", "")
    extra = option.get_help_extra(context)
    notes = []
    if "default" in extra:
        notes.append(say("page-default", spoken, value=extra["default"]))
    if "range" in extra:
        notes.append(extra["range"])
    if option.required:
        notes.append(say("page-required", spoken))
    return spec, " ".join(
        [_say(parameter_key(path, option), spoken), *(f"[{one}]" for one in notes)]
    )


def _commands(
    context: click.Context, path: Sequence[str], spoken: Language
) -> list[tuple[str, str]]:
    """A group's commands, each with its first sentence; none of them is loaded for it."""
    group = context.command
    names = group.list_commands(context) if isinstance(group, click.Group) else []
    purposes = [(name, _say(command_key([*path, name]), spoken)) for name in names]
    return [(name, _SENTENCE_END.split(purpose)[0]) for name, purpose in purposes]


def _say(key: str | None, spoken: Language) -> str:
    return "" if key is None else say(key, spoken)
