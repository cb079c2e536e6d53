"""`tianji server catalogue …`: what is asked for, as packs of definitions."""

from __future__ import annotations

from pathlib import Path

import click

from server.catalogue.keeping import import_pack
from server.commands.examples import examples
from server.commands.opening import ledger_in
from server.commands.packfiles import files_of
from sync.cli import async_command, data_option, json_option, print_json, tell

__all__ = ["catalogue"]


@click.group()
def catalogue() -> None:
    """Indicators, forms and checks, as packs."""


@catalogue.command(
    "import",
    epilog=examples(
        "catalogue import guangdong --data DIR", "catalogue import my-pack.zip --data DIR"
    ),
)
@click.argument("pack")
@data_option
@json_option
@async_command
async def import_(data: Path, pack: str, *, as_json: bool) -> None:
    """Take in a pack: a folder or a zip of TOML files, or 'guangdong', which comes with Tianji.

    What is in force and not in the pack stays. A pack that doesn't hold together is refused whole.
    """
    files = files_of(pack)
    async with ledger_in(data) as ledger:
        done = await import_pack(ledger, files)
    if as_json:
        print_json({"version": done.version, "filed": done.filed})
    else:
        tell("catalogue-imported", filed=done.filed, version=done.version)
