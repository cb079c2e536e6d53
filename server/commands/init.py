"""`tianji server init`: an empty server, and the secrets that are shown once."""

from __future__ import annotations

from pathlib import Path

import click

from server.accounts import people, tokens
from server.commands.examples import examples
from server.commands.opening import ledger_in
from server.founding import found
from server.machine import now, random_bytes
from server.rebuilding import FIRST_LOGIN
from sync.cli import async_command, data_option, json_option, print_json, tell

__all__ = ["init"]


@click.command(epilog=examples("init --data /srv/tianji"))
@data_option
@click.option("--name", default="管理员", help="The first administrator's name.")
@json_option
@async_command
async def init(data: Path, name: str, *, as_json: bool) -> None:
    """Make an empty server: its keys, its database, its first administrator."""
    founded = await found(data, now, random_bytes, name)
    async with ledger_in(data) as ledger:
        password = await people.open_account(
            ledger, founded.administrator, FIRST_LOGIN, random_bytes
        )
        token = await tokens.renew(ledger, random_bytes)
    root_key = founded.root_key.hex()
    if as_json:
        print_json(
            {
                "data": str(data),
                "realm": founded.realm.hex(),
                "root_key": root_key,
                "login": FIRST_LOGIN,
                "password": password,
                "api_token": token,
            }
        )
        return
    tell("server-made", folder=data)
    tell("server-root-key", key=root_key)
    tell("server-first-password", login=FIRST_LOGIN, password=password)
    tell("server-api-token", token=token)
    tell("server-next", folder=data)
