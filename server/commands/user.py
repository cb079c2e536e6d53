"""`tianji server user …`: the people who sign in to the server."""

from __future__ import annotations

from pathlib import Path

import click

from server.accounts import events, grants, helping, people
from server.accounts.events import Caller, What
from server.commands.examples import examples
from server.commands.opening import ledger_in, place_label, place_named
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
from sync.problems import Problem
from sync.texts import say

__all__ = ["user"]


@click.group()
def user() -> None:
    """People who sign in: add, list, disable, enable, reset, unlock, reset-factor, reset-pin."""


@user.command(
    epilog=examples(
        "user add 张三 --login zhangsan --role review_town --place 445103101 --data DIR"
    )
)
@click.argument("name")
@click.option("--login", required=True, help="What they sign in as.")
@click.option("--role", type=click.Choice(sorted(ROLES)), help="What they may do at --place.")
@click.option("--place", "code", metavar="CODE", help="Where; else the whole realm.")
@data_option
@json_option
@async_command
async def add(
    data: Path, name: str, login: str, role: str | None, code: str | None, *, as_json: bool
) -> None:
    """Add a person who signs in; the one-time password is shown once."""
    if code is not None and role is None:
        raise Problem("grant-role-missing")
    async with ledger_in(data) as ledger:
        place = place_named(ledger, code) if code else ledger.root
        person, password = await people.add(ledger, name, login, place, random_bytes)
        if role:
            await grants.add(ledger, person, role, place, None, random_bytes)
        await events.note(ledger, What.ADDED, Caller(), person=person)
    if as_json:
        print_json({"person": person.hex(), "login": login, "password": password})
    else:
        tell("server-first-password", login=login, password=password)


@user.command("list", epilog=examples("user list --data DIR"))
@data_option
@json_option
@async_command
async def list_(data: Path, *, as_json: bool) -> None:
    """List the people whom the ledger knows, with what they may do where."""
    async with ledger_in(data) as ledger:
        known = await people.everyone(ledger)
        roles: dict[bytes, list[str]] = {}
        for given in grants.everything(ledger):
            if not given.ended:
                code, _ = place_label(ledger, given.place)
                roles.setdefault(given.person, []).append(f"{given.role}@{code or '*'}")
    if as_json:
        print_json(
            [
                {
                    "person": one.person.hex(),
                    "name": one.name,
                    "login": one.login,
                    "disabled": one.disabled,
                    "must_change": one.must_change,
                    "grants": roles.get(one.person, []),
                }
                for one in known
            ]
        )
        return
    columns = ("id", "name", "login", "grants", "state")
    print_table(
        [say(f"column-{column}", language()) for column in columns],
        [
            (
                one.person.hex()[:10],
                one.name,
                one.login,
                " ".join(roles.get(one.person, [])),
                say("state-disabled" if one.disabled else "state-active", language()),
            )
            for one in known
        ],
    )


@user.command(epilog=examples("user disable zhangsan --data DIR"))
@click.argument("who")
@data_option
@async_command
async def disable(data: Path, who: str) -> None:
    """End all that a person (login, name or id) may do, on every device."""
    await _set_disabled(data, who, disabled=True)


@user.command(epilog=examples("user enable zhangsan --data DIR"))
@click.argument("who")
@data_option
@async_command
async def enable(data: Path, who: str) -> None:
    """Take a person's disablement back."""
    await _set_disabled(data, who, disabled=False)


@user.command(epilog=examples("user reset zhangsan --data DIR"))
@click.argument("who")
@data_option
@json_option
@async_command
async def reset(data: Path, who: str, *, as_json: bool) -> None:
    """Give a person a new one-time password."""
    async with ledger_in(data) as ledger:
        one = await people.person_named(ledger, who)
        password = await people.reset(ledger, one.person, random_bytes)
        await helping.unlock(ledger, one)
        await events.note(ledger, What.FIRST_PASSWORD, Caller(), person=one.person)
    if as_json:
        print_json({"person": one.person.hex(), "login": one.login, "password": password})
    else:
        tell("server-first-password", login=one.login, password=password)


@user.command(epilog=examples("user unlock zhangsan --data DIR"))
@click.argument("who")
@data_option
@async_command
async def unlock(data: Path, who: str) -> None:
    """Let a person try again at once who failed too often and has to wait."""
    async with ledger_in(data) as ledger:
        one = await people.person_named(ledger, who)
        await helping.unlock(ledger, one)
        await events.note(ledger, What.UNLOCKED, Caller(), person=one.person)
    tell("user-unlocked", name=one.name)


@user.command("reset-factor", epilog=examples("user reset-factor zhangsan --data DIR"))
@click.argument("who")
@data_option
@async_command
async def reset_factor(data: Path, who: str) -> None:
    """Take a second factor away from a person who lost it."""
    async with ledger_in(data) as ledger:
        one = await people.person_named(ledger, who)
        await helping.reset_factor(ledger, one)
        await events.note(ledger, What.FACTOR_RESET, Caller(), person=one.person)
    tell("user-factor-reset", name=one.name)


@user.command("reset-pin", epilog=examples("user reset-pin 张三 --data DIR"))
@click.argument("who")
@data_option
@async_command
async def reset_pin(data: Path, who: str) -> None:
    """Let a person who forgot the PIN of a laptop set a new one there."""
    async with ledger_in(data) as ledger:
        one = await people.person_named(ledger, who)
        await people.reset_pin(ledger, one.person)
    tell("user-pin-reset", name=one.name)


async def _set_disabled(data: Path, who: str, *, disabled: bool) -> None:
    async with ledger_in(data) as ledger:
        one = await people.person_named(ledger, who)
        await people.set_disabled(ledger, one.person, disabled=disabled)
    if disabled:
        tell("user-disabled", name=one.name)
    else:
        tell("user-enabled", name=one.name)
