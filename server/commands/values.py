"""`tianji server values …`: figures from elsewhere, as files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from server.commands.examples import examples
from server.commands.opening import ledger_in
from server.exchange.values import Progress, ValuesImported, import_values
from sync.cli import (
    async_command,
    data_option,
    json_option,
    language,
    not_so,
    print_json,
)
from sync.texts import say

__all__ = ["values"]


@click.group()
def values() -> None:
    """Figures from elsewhere."""


@values.command("import", epilog=examples("values import figures.csv --dry-run --data DIR"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check every row, and change nothing.")
@click.option(
    "--author", metavar="NAME", default="导入", show_default=True, help="In whose name it is filed."
)
@data_option
@json_option
@async_command
async def import_(data: Path, file: Path, author: str, *, dry_run: bool, as_json: bool) -> None:
    """Take in a CSV of values: place_code,period,indicator,value[,reason].

    Good rows go in, faulty ones are listed, and then the exit code is 1. It may safely be repeated.
    """
    async with ledger_in(data) as ledger:
        with file.open("rb") as stream, _progress() as progress:
            done = await import_values(
                ledger, stream, author=author, dry_run=dry_run, progress=progress
            )
    if as_json:
        print_json(_document(done, dry_run=dry_run))
    else:
        for error in done.errors:
            line = say("values-row", language(), line=error.line, why=error.say(language()))
            click.echo(line, err=True)
        key = "values-checked" if dry_run else "values-imported"
        counts = {"filed": done.filed, "unchanged": done.unchanged, "faulty": done.errors_count}
        click.echo(say(key, language(), **counts))
    if done.errors_count:
        not_so()


def _document(done: ValuesImported, *, dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "rows": done.rows,
        "filed": done.filed,
        "unchanged": done.unchanged,
        "errors_count": done.errors_count,
        "errors": [
            {"line": error.line, "code": error.code, "message": error.say(language())}
            for error in done.errors
        ],
    }


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """Shows how far it is, where somebody looks on."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield lambda step, rows: status.update(say(f"values-step-{step}", language(), rows=rows))
