"""Each documented command exists, and each command that exists is documented."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import entry_points

import click
import pytest

from sync.texts import load
from tests.tidy.source import texts

# A command is written as code: in a fenced block at the beginning of a line, or between backticks.
WRITTEN = re.compile(r"(?:^|`)(?:\$ )?(?:uv run )?tianji ([^\n`#]+)", re.MULTILINE)
NAME = re.compile(r"[a-z][a-z-]*(?:\|[a-z][a-z-]*)*")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
ROOT_OPTIONS = {"--help", "--language", "--version"}


def groups() -> dict[str, click.Command]:
    """The command groups by name."""
    return {entry.name: entry.load() for entry in entry_points(group="tianji.commands")}


def leaves(path: str, command: click.Command) -> Iterator[str]:
    """Every command that does something, by its full name."""
    if isinstance(command, click.Group):
        for name, sub in command.commands.items():
            yield from leaves(f"{path} {name}", sub)
    elif not command.hidden:
        yield path


def documented() -> Iterator[tuple[str, str]]:
    """Each command line of the documents, with the document's name."""
    for name, text in texts().items():
        if name.endswith(".md") and name != "CHANGELOG.md":
            for line in WRITTEN.findall(text):
                yield name, line.strip()


def resolve(line: str) -> list[tuple[str, click.Command]]:
    """The commands that a line names; `list|revoke` names two. Raises KeyError for none."""
    root = click.Group("tianji", commands=groups())
    found: list[tuple[str, click.Command]] = [("", root)]
    for word in line.split():
        if not isinstance(found[0][1], click.Group) or not NAME.fullmatch(word):
            break
        found = [
            (f"{path} {name}".strip(), command.commands[name])
            for path, command in found
            if isinstance(command, click.Group)
            for name in word.split("|")
        ]
    return found


def test_every_documented_command_and_option_exists() -> None:
    """A line that a reader may copy runs."""
    wrong = []
    for document, line in documented():
        try:
            found = resolve(line)
        except KeyError as error:
            wrong.append(f"{document}: tianji {line}: no {error}")
            continue
        options = {option for _, command in found for one in command.params for option in one.opts}
        unknown = set(OPTION.findall(line)) - options - ROOT_OPTIONS
        wrong += [f"{document}: tianji {line}: no {option}" for option in sorted(unknown)]

    assert wrong == []


def test_every_command_is_documented() -> None:
    """What the command line can do, a document tells."""
    known = {path for _, line in documented() for path, _ in _resolved(line)}
    there = {path for name, command in groups().items() for path in leaves(name, command)}

    assert sorted(there - known) == []


@pytest.mark.parametrize("entry", entry_points(group="tianji.commands"), ids=lambda e: e.name)
def test_every_group_has_a_line_in_the_help_of_the_root(entry: object) -> None:
    """The root's help says what a group is for without loading it."""
    assert f"help-{getattr(entry, 'name', '')}" in load("words")


def _resolved(line: str) -> list[tuple[str, click.Command]]:
    try:
        return resolve(line)
    except KeyError:
        return []
