"""`tianji server device …`: laptops are invited, listed, revoked."""

from __future__ import annotations

from pathlib import Path

import click

from server.commands.examples import examples
from server.commands.opening import ledger_in, place_named
from server.devices import invites
from server.machine import random_bytes
from sync.cli import async_command, data_option, json_option, print_json, tell
from sync.grants import ROLES
from sync.limits import INVITE_SECONDS

__all__ = ["device"]

DAY_SECONDS = 24 * 3600


@click.group()
def device() -> None:
    """Laptops and other devices: invite, list, revoke."""


@device.command(
    epilog=examples(
        "device invite --place 445103101201 --person 张三 --data /srv/tianji",
    )
)
@data_option
@click.option("--place", "code", metavar="CODE", required=True, help="The division code.")
@click.option("--role", type=click.Choice(sorted(ROLES)), default="enter", show_default=True)
@click.option("--person", "person_name", metavar="NAME", default="", help="Who will use it.")
@json_option
@async_command
async def invite(data: Path, code: str, role: str, person_name: str, *, as_json: bool) -> None:
    """Print a one-time code with which one laptop enrols at a place."""
    async with ledger_in(data) as ledger:
        place = place_named(ledger, code)
        made = await invites.invite(ledger, place, role, person_name, random_bytes)
        name = ledger.tree.name(place, ledger.today())
    if as_json:
        print_json({"code": made, "place": code, "name": name, "role": role})
    else:
        tell("invite-made", code=made, place=code, name=name, days=INVITE_SECONDS // DAY_SECONDS)
