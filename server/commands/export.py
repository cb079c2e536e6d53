"""`tianji server export`: what the server holds, as files for others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import click

from server.commands.examples import examples
from server.commands.opening import ledger_in
from server.exchange.export import WHATS
from server.exchange.export import export as export_to
from server.exchange.tables import FORMATS
from server.exchange.totals import Trees
from sync.cli import async_command, data_option, json_option, print_json, tell

__all__ = ["export"]


@click.command(
    epilog=examples(
        "export values --format csv -o values.csv --data DIR",
        "export totals --period 2024Q3 --level county --format xlsx -o totals.xlsx --data DIR",
    )
)
@click.argument("what", type=click.Choice(WHATS))
@click.option("--format", "form", type=click.Choice(FORMATS), required=True)
@click.option(
    "-o",
    "--output",
    "file",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; an earlier one there is replaced.",
)
@click.option("--period", default="", help="Only that period; totals need one.")
@click.option("--indicator", "indicators", metavar="CODE", multiple=True, help="Else all; repeat.")
@click.option("--place", "place_code", metavar="CODE", default="", help="Only it and all below it.")
@click.option("--level", default="", help="Only places of that level.")
@click.option("--tree", type=click.Choice(get_args(Trees)), default="period", show_default=True)
@data_option
@json_option
@async_command
async def export(
    data: Path,
    what: str,
    form: str,
    file: Path,
    period: str,
    indicators: Sequence[str],
    place_code: str,
    level: str,
    tree: Trees,
    *,
    as_json: bool,
) -> None:
    """Write values as they stand, totals, or every change ever accepted, to a file.

    The file ends with its number of rows and a checksum.
    """
    async with ledger_in(data) as ledger:
        done = await export_to(
            ledger,
            what,
            form,
            file,
            period=period,
            indicators=indicators,
            place_code=place_code,
            level=level,
            tree=tree,
        )
    if as_json:
        print_json({"file": str(file), **done._asdict()})
    else:
        tell("server-exported", file=file, rows=done.rows, sha256=done.sha256)
