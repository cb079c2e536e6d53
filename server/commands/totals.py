"""`tianji server totals`: what a period's figures add up to."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import click

from server.commands.examples import examples
from server.commands.opening import ledger_in
from server.exchange.totals import TotalRow, Trees
from server.exchange.totals import totals as totals_of
from sync.cli import async_command, data_option, language, print_json, print_table, tell
from sync.ledger.simulated import is_simulated
from sync.texts import known, say

__all__ = ["totals"]

COLUMNS = ("code", "name", "indicator", "value", "reported", "expected")


@click.command(
    epilog=examples(
        "totals --period 2024Q3 --indicator B001 --level county --data DIR",
        "totals --period 2024 --place 445103000000 --tree today --format csv --data DIR",
    )
)
@click.option("--period", required=True, help="2024, 2024H1, 2024Q3 or 2024-03.")
@click.option("--indicator", "indicators", metavar="CODE", multiple=True, help="Else all; repeat.")
@click.option("--place", "place_code", metavar="CODE", default="", help="Else the top places.")
@click.option("--level", default="", help="All places of that level, at or below --place.")
@click.option(
    "--tree",
    type=click.Choice(get_args(Trees)),
    default="period",
    show_default=True,
    help="The hierarchy of the period's end, or today's.",
)
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@data_option
@async_command
async def totals(
    data: Path,
    period: str,
    indicators: Sequence[str],
    place_code: str,
    level: str,
    tree: Trees,
    form: str,
    *,
    as_json: bool,
) -> None:
    """Say what places and all below them come to, and how many of how many reported."""
    async with ledger_in(data) as ledger:
        rows = await totals_of(
            ledger, period, indicators=indicators, place_code=place_code, level=level, tree=tree
        )
        made_up = await is_simulated(ledger)
    if as_json or form == "json":
        print_json([_document(row) for row in rows])
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([getattr(row, column) for column in COLUMNS] for row in rows)
    else:
        print_table([say(f"total-{column}", language()) for column in COLUMNS], map(_shown, rows))
        if made_up:
            tell("simulated")


def _document(row: TotalRow) -> dict[str, object]:
    empty = {name: getattr(row, name) or None for name in ("value", "reason", "adjusted")}
    return row._asdict() | empty


def _shown(row: TotalRow) -> list[object]:
    shown = row._replace(value=row.value or _why(row.reason))
    return [getattr(shown, column) for column in COLUMNS]


def _why(reason: str) -> str:
    """The reason for there being no figure in words, be it the totals' own or one that was filed."""
    for key in (f"total-none-{reason}", f"field-reason-{reason}"):
        if known(key):
            return say("field-reason-given", language(), reason=say(key, language()))
    return f"({reason})"
