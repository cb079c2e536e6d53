"""The command `tianji`: its groups are found by name and loaded only when called for."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any

import click

from sync.cli.faults import code_of
from sync.cli.help import Spoken, speak
from sync.cli.options import Terminal, language_option
from sync.problems import Problem

__all__ = ["Groups", "carried_out", "main"]

ENTRY_POINTS = "tianji.commands"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code and never raises but for a fault of the machine."""
    _speak_utf8()
    given = sys.argv[1:] if arguments is None else arguments
    return carried_out(given, Terminal.of_environment())


def carried_out(
    arguments: list[str], terminal: Terminal, defaults: Mapping[str, Any] | None = None
) -> int:
    """The same for whoever is spoken to there; `defaults` are values of options, by command."""
    terminal.arguments = tuple(arguments)
    try:
        with tianji.make_context(
            "tianji", list(arguments), obj=terminal, default_map=dict(defaults or {})
        ) as context:
            tianji.invoke(context)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - the one place where everything ends
        return code_of(error, terminal.language)
    return 0


class Groups(click.Group):
    """Groups by entry point: one that is absent or broken fails only when it is called itself."""

    context_class = Spoken

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Their names, in order."""
        return sorted(_entry_points())

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """The group of that name, loaded; raises cli-group-broken."""
        entry = _entry_points().get(cmd_name)
        if entry is None:
            return None
        try:
            command = entry.load()
        except (ImportError, AttributeError) as error:
            raise Problem("cli-group-broken", name=cmd_name, why=error) from error
        assert isinstance(command, click.Command), entry.value
        speak(command)
        return command


@click.group(cls=Groups, context_settings={"help_option_names": ["-h", "--help"]})
@language_option
@click.version_option(package_name="tianji", prog_name="tianji", message="%(prog)s %(version)s")
def tianji() -> None:
    """Tianji 田记: village figures, recorded offline, synced by any road."""


def _entry_points() -> dict[str, EntryPoint]:
    """Those whose package is here: a laptop's program comes without the server's."""
    found = entry_points(group=ENTRY_POINTS)
    return {entry.name: entry for entry in found if find_spec(entry.module.partition(".")[0])}


def _speak_utf8() -> None:
    """Chinese comes out whole where the console's or the pipe's own encoding lacks it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
