"""`tianji server findings`: what the checks found, and how much they have still to look at."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import get_args

import click

from server.checking import listing
from server.checking.listing import Found, Listed, Wanted
from server.checking.running import check_due
from server.commands.examples import examples
from server.commands.opening import ledger_in, place_label
from server.lock import alone
from sync.cli import (
    async_command,
    data_option,
    json_option,
    language,
    print_json,
    print_table,
    tell,
)
from sync.definition import Severity
from sync.ledger.ledger import CHINA, Ledger
from sync.problems import Problem
from sync.texts import say

__all__ = ["findings"]

LIMIT = 200
COLUMNS = ("code", "name", "period", "check", "severity", "message", "indicators", "explanation")


@click.command(
    epilog=examples(
        "findings --place 441403000000 --period 2026Q3 --data DIR",
        "findings --severity hard --check --data DIR",
    )
)
@click.option("--place", "place_code", metavar="CODE", default="", help="It and all below it.")
@click.option("--period", default="", help="That period and all within it.")
@click.option("--severity", type=click.Choice(get_args(Severity)), default=None)
@click.option("--limit", type=click.IntRange(min=1), default=LIMIT, show_default=True)
@click.option("--check", is_flag=True, help="First run the checks that are due.")
@data_option
@json_option
@async_command
async def findings(
    data: Path,
    place_code: str,
    period: str,
    severity: Severity | None,
    limit: int,
    *,
    check: bool,
    as_json: bool,
) -> None:
    """List what the checks found in the figures that stand, the latest first.

    That nothing was found means something only where no place waits to be checked: it says so.
    """
    async with ledger_in(data) as ledger:
        wanted = listing.wanted(ledger, place_code, period, severity or "")
        if check:
            await _check(ledger, data)
        listed = await listing.listed(ledger, wanted, limit)
        documents = [_document(ledger, one, listed) for one in listed.found]
    if as_json:
        print_json({"findings": documents, "more": listed.more, "waiting": listed.waiting})
    else:
        _show(documents, listed)


async def _check(ledger: Ledger, data: Path) -> None:
    """Runs all checks that are due, unless the server runs and does it itself."""
    try:
        with alone(data), _progress() as progress:
            while await check_due(ledger):
                if progress is not None:
                    progress(await listing.waiting(ledger, EVERYWHERE))
    except Problem as problem:
        if problem.code != "server-running":
            raise
        click.echo(say("findings-server-checks", language()), err=True)


EVERYWHERE = Wanted(None, None, "")


def _document(ledger: Ledger, one: Found, listed: Listed) -> dict[str, object]:
    code, name = place_label(ledger, one.place)
    return {
        "code": code,
        "name": name,
        "period": one.finding.period,
        "check": one.name,
        "severity": one.finding.severity,
        "message": listing.sentence(one, listed.catalogue, language()),
        "indicators": list(one.finding.cells),
        "explanation": one.explanation or None,
        "found_at": datetime.fromtimestamp(one.found_at, CHINA).isoformat(),
    }


def _show(documents: list[dict[str, object]], listed: Listed) -> None:
    if documents:
        headings = [say(f"finding-column-{column}", language()) for column in COLUMNS]
        print_table(headings, map(_row, documents))
    if listed.more:
        tell("findings-more", count=listed.more)
    if listed.waiting:
        key = "findings-waiting" if documents else "findings-none-yet"
        tell(key, count=listed.waiting)
    else:
        tell("findings-all-checked" if documents else "findings-none")


def _row(document: dict[str, object]) -> list[object]:
    codes = document["indicators"]
    shown = document | {
        "severity": say(f"finding-{document['severity']}", language()),
        "indicators": " ".join(codes) if isinstance(codes, list) else "",
        "explanation": " ".join(str(document["explanation"] or "").split()),  # a row is a line
    }
    return [shown[column] for column in COLUMNS]


@contextmanager
def _progress() -> Iterator[Callable[[int], None] | None]:
    """Shows how many places are still to be checked, where somebody looks on."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield lambda count: status.update(say("findings-step", language(), count=count))
