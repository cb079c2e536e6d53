"""`tianji server prefill …`: values from a system that owns indicators, as files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec

from server.commands.examples import examples
from server.commands.opening import ledger_in
from server.devices.invites import authority
from server.exchange.listing import EVERYWHERE
from server.prefill import reports
from server.prefill.report import Report
from server.prefill.rows import form_of_file, rows_in
from server.prefill.taking import Sender, take
from sync.cli import async_command, data_option, json_option, language, not_so, print_json
from sync.texts import say

__all__ = ["prefill"]

_BY_COMMAND = "command"


@click.group()
def prefill() -> None:
    """Values from systems that own indicators, for officers to confirm."""


@prefill.command(
    "import", epilog=examples("prefill import population.csv --owner 统计 --data DIR --dry-run")
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--owner", metavar="NAME", required=True, help="Whose indicators they are.")
@click.option("--system", metavar="NAME", default="", help="The system, as officers shall read it.")
@click.option("--dry-run", is_flag=True, help="Check every row, and change nothing.")
@data_option
@json_option
@async_command
async def import_(
    data: Path, file: Path, owner: str, system: str, *, dry_run: bool, as_json: bool
) -> None:
    """Take in a CSV, a JSON array or JSON lines of prefilled values, and report on them.

    Good rows go in, faulty ones are listed, and then the exit code is 1. It may safely be repeated.
    """
    form = form_of_file(file.name)
    async with ledger_in(data) as ledger:
        sender = Sender(owner, system, EVERYWHERE, lambda _: authority(ledger))
        with file.open("rb") as stream, _progress() as progress:
            rows = rows_in(stream, form)
            report = await take(ledger, rows, sender, dry_run=dry_run, progress=progress)
        if not dry_run:
            await reports.keep(ledger, _BY_COMMAND, "", b"", report)
    if as_json:
        print_json(_document(report))
    else:
        _tell(report)
    if report.errors_count:
        not_so()


def _tell(report: Report) -> None:
    spoken = language()
    for fault in report.errors:
        line = say("values-row", spoken, line=fault.line, why=fault.say(spoken))
        click.echo(line, err=True)
    counts = {"filed": report.new + report.changed, "unchanged": report.unchanged}
    key = "values-checked" if report.dry_run else "values-imported"
    click.echo(say(key, spoken, **counts, faulty=report.errors_count))
    missing = sum(one.missing for one in report.coverage)
    click.echo(say("prefill-told", spoken, odd=report.outliers_count, missing=missing))


def _document(report: Report) -> dict[str, Any]:
    errors = [
        {"line": one.line, "code": one.code, "message": one.say(language())}
        for one in report.errors
    ]
    document: dict[str, Any] = msgspec.to_builtins(report)
    del document["place"]
    return document | {"errors": errors}


@contextmanager
def _progress() -> Iterator[Callable[[int], None] | None]:
    """Shows how far it is, where somebody looks on."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield lambda rows: status.update(say("values-step-filed", language(), rows=rows))
