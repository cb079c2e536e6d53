"""`tianji server backup` and `restore`."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

import click

from server import backup as backups
from server.commands.examples import examples
from server.commands.opening import ledger_in
from server.lock import alone
from server.machine import random_bytes
from sync.cli import async_command, data_option, json_option, print_json, tell
from sync.ledger.ledger import CHINA

__all__ = ["backup", "restore"]

MEBIBYTE = 2**20


@click.command(epilog=examples("backup -o tianji-2026-11-24.backup --data DIR"))
@click.option(
    "-o",
    "--output",
    "file",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file that isn't there yet.",
)
@data_option
@json_option
@async_command
async def backup(data: Path, file: Path, *, as_json: bool) -> None:
    """Write all that the server holds to one file, while it goes on.

    The file holds the server's key and everybody's figures: keep it as safe as the server.
    """
    async with ledger_in(data) as ledger:
        done = await backups.back_up(ledger, file)
    if as_json:
        print_json({"file": str(file), **done._asdict()})
    else:
        size = f"{done.bytes / MEBIBYTE:.1f}"
        tell("backup-made", file=file, commits=done.commits, megabytes=size)


@click.command(
    epilog=examples(
        "restore tianji-2026-11-24.backup --data DIR",
        "restore tianji-2026-11-24.backup --replace --data DIR",
    )
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Put the server that is there aside; it is kept.")
@data_option
@json_option
def restore(data: Path, file: Path, *, replace: bool, as_json: bool) -> None:
    """Make a folder's server from a backup; what came after it comes back from the laptops."""
    with alone(data) if data.is_dir() else nullcontext():
        done = backups.restore(file, data, random_bytes, replace=replace)
    at = datetime.fromtimestamp(done.backed_up_at, CHINA)
    replaced = str(done.replaced) if done.replaced else None
    if as_json:
        print_json({"commits": done.commits, "backed_up_at": at.isoformat(), "replaced": replaced})
        return
    tell("backup-restored", folder=data, commits=done.commits, at=f"{at:%Y-%m-%d %H:%M}")
    if replaced:
        tell("backup-replaced", file=replaced)
