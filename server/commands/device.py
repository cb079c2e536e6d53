"""`tianji server device …`: laptops are invited, listed, revoked."""

from __future__ import annotations

from pathlib import Path

import click

from server.commands.examples import examples
from server.commands.opening import ledger_in, place_label, place_named, the_one
from server.devices import invites, registered
from server.machine import random_bytes
from sync.cli import (
    async_command,
    data_option,
    json_option,
    language,
    print_json,
    print_table,
    tell,
)
from sync.grants import ROLES
from sync.ids import DeviceId
from sync.limits import INVITE_SECONDS
from sync.texts import say

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


@device.command("list", epilog=examples("device list --data /srv/tianji"))
@data_option
@json_option
@async_command
async def list_(data: Path, *, as_json: bool) -> None:
    """List the devices that are registered, those in use first."""
    async with ledger_in(data) as ledger:
        found = [
            (one, *place_label(ledger, one.place)) for one in await registered.everything(ledger)
        ]
    if as_json:
        print_json(
            [
                {
                    "device": one.device.hex(),
                    "name": one.name,
                    "place": code,
                    "place_name": name,
                    "people": list(one.people),
                    "revoked": one.revoked,
                }
                for one, code, name in found
            ]
        )
        return
    columns = ("id", "device", "code", "place", "people", "state")
    print_table(
        [say(f"column-{column}", language()) for column in columns],
        [
            (
                one.device.hex()[:10],
                one.name,
                code or "*",
                name,
                " ".join(one.people),
                say("state-revoked" if one.revoked else "state-active", language()),
            )
            for one, code, name in found
        ],
    )


@device.command(epilog=examples("device revoke 4f1c02ab9d --data /srv/tianji"))
@click.argument("id_", metavar="ID")
@data_option
@async_command
async def revoke(data: Path, id_: str) -> None:
    """Revoke a device, named by the beginning of its id; what stands already stays."""
    async with ledger_in(data) as ledger:
        found = DeviceId(the_one("device", id_, ledger.register.devices))
        await registered.revoke(ledger, found)
    tell("device-revoked-now", id=found.hex()[:10])
