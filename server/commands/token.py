"""`tianji server token`: another token for the programs that read the totals."""

from __future__ import annotations

from pathlib import Path

import click

from server.accounts import tokens
from server.commands.examples import examples
from server.commands.opening import ledger_in
from server.machine import random_bytes
from sync.cli import async_command, data_option, json_option, print_json, tell

__all__ = ["token"]


@click.command(epilog=examples("token --data /srv/tianji"))
@data_option
@json_option
@async_command
async def token(data: Path, *, as_json: bool) -> None:
    """Replace the token with which programs read the totals; the new one is shown once."""
    async with ledger_in(data) as ledger:
        made = await tokens.renew(ledger, random_bytes)
    if as_json:
        print_json({"api_token": made})
    else:
        tell("token-made", token=made)
