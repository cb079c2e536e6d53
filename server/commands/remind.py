"""`tianji server remind`: sends the reminders that are due, or says which would go out."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import click

from server import settings
from server.commands.examples import examples
from server.commands.opening import ledger_in
from server.completeness import runner
from server.completeness.runner import Told
from sync.cli import (
    async_command,
    data_option,
    json_option,
    language,
    print_json,
    print_table,
    tell,
)
from sync.ledger.ledger import CHINA
from sync.texts import say

__all__ = ["remind"]

COLUMNS = ("name", "address", "forms", "verdict", "at")


@click.command(epilog=examples("remind --dry-run --data DIR", "remind --data DIR"))
@click.option("--dry-run", is_flag=True, help="Only say who would be mailed when.")
@click.option(
    "--config",
    envvar="TIANJI_CONFIG",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A TOML file of settings; else tianji.toml in the data folder, if it is there.",
)
@data_option
@json_option
@async_command
async def remind(data: Path, config: Path | None, *, dry_run: bool, as_json: bool) -> None:
    """Mail those who are late or nearly due, as the running server does by itself.

    Nobody gets more than one message a day, and none in the quiet hours, however often it runs.
    """
    chosen = settings.read(data, {}, os.environ, config)
    async with ledger_in(data) as ledger:
        found = await runner.due_now(ledger, chosen)
        sent = 0 if dry_run else await runner.send(ledger, chosen, found)
    documents = [_document(one) for one in found]
    if as_json:
        print_json({"reminders": documents, "sent": sent})
        return
    if documents and dry_run:
        headings = [say(f"remind-column-{name}", language()) for name in COLUMNS]
        print_table(headings, ([one[name] for name in COLUMNS] for one in documents))
    tell("remind-would" if dry_run else "remind-sent", count=len(documents) if dry_run else sent)


def _document(one: Told) -> dict[str, object]:
    return {
        "name": one.debtor.name,
        "address": one.debtor.address,
        "forms": " ".join(f"{debt.form.code}:{debt.period.text}" for debt in one.debtor.debts),
        "verdict": str(one.decision.verdict),
        "at": datetime.fromtimestamp(one.decision.at, CHINA).isoformat(),
    }
