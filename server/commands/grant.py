"""`tianji server grant …`: who may do what where, and until when."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from server.accounts import grants, people
from server.commands.examples import examples
from server.commands.opening import DAY, ledger_in, place_label, place_named, the_one
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
from sync.ids import GrantId
from sync.texts import say

__all__ = ["grant"]


@click.group()
def grant() -> None:
    """Who may do what where: add, list, end."""


@grant.command(
    epilog=examples(
        "grant add 张三 --role enter --place 445103101201 --until 2026-12-31 --data DIR"
    )
)
@click.argument("who")
@click.option("--role", type=click.Choice(sorted(ROLES)), required=True)
@click.option("--place", "code", metavar="CODE", help="Where; else the whole realm.")
@click.option("--until", type=DAY, metavar="DATE", help="The last day on which it is good.")
@data_option
@json_option
@async_command
async def add(
    data: Path, who: str, role: str, code: str | None, until: date | None, *, as_json: bool
) -> None:
    """Give a person (login, name or id) a role at a place and all below it."""
    async with ledger_in(data) as ledger:
        one = await people.person_named(ledger, who)
        place = place_named(ledger, code) if code else ledger.root
        made = await grants.add(ledger, one.person, role, place, until, random_bytes)
    if as_json:
        print_json({"grant": made.hex(), "person": one.person.hex(), "role": role, "place": code})
    else:
        tell("grant-made", id=made.hex()[:10], name=one.name, role=role, place=code or "*")


@grant.command("list", epilog=examples("grant list --data DIR"))
@data_option
@json_option
@async_command
async def list_(data: Path, *, as_json: bool) -> None:
    """List all grants, those that are good first."""
    async with ledger_in(data) as ledger:
        given = [(one, *place_label(ledger, one.place)) for one in grants.everything(ledger)]
    if as_json:
        print_json(
            [
                {
                    "grant": one.grant.hex(),
                    "person": one.person.hex(),
                    "name": one.name,
                    "role": one.role,
                    "place": code,
                    "place_name": name,
                    "until": one.until and one.until.isoformat(),
                    "ended": one.ended,
                }
                for one, code, name in given
            ]
        )
        return
    columns = ("id", "name", "role", "code", "place", "until", "state")
    print_table(
        [say(f"column-{column}", language()) for column in columns],
        [
            (
                one.grant.hex()[:10],
                one.name,
                one.role,
                code or "*",
                name,
                one.until,
                say("state-ended" if one.ended else "state-active", language()),
            )
            for one, code, name in given
        ],
    )


@grant.command(epilog=examples("grant end 4f1c02ab9d --data DIR"))
@click.argument("id_", metavar="ID")
@data_option
@async_command
async def end(data: Path, id_: str) -> None:
    """End a grant, named by the beginning of its id; what stands already stays."""
    async with ledger_in(data) as ledger:
        found = GrantId(the_one("grant", id_, ledger.register.grants))
        await grants.end(ledger, found)
    tell("grant-ended-now", id=found.hex()[:10])
