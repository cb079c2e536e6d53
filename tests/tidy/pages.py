"""Every command of the command line, as the root finds it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from sync.cli.root import tianji

__all__ = ["Command", "commands", "parameters"]

Command = tuple[tuple[str, ...], click.Command]


def commands() -> list[Command]:
    """The root, the groups and all commands below, each with its words after `tianji`."""
    return list(_below((), tianji))


def parameters(command: click.Command) -> list[click.Parameter]:
    """Its arguments and options, with the help option."""
    return command.get_params(click.Context(command, help_option_names=["--help"]))


def _below(path: tuple[str, ...], command: click.Command) -> Iterator[Command]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            sub = command.get_command(context, name)
            assert sub is not None, name
            yield from _below((*path, name), sub)
