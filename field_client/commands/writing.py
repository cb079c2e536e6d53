"""The desk for a command that writes: alone at the folder, or carried out where the pages are open.

Whoever sits down has a name and perhaps a PIN. It is asked for at the terminal, or stands in
TIANJI_PIN for what runs by itself.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import click

from field_client.commands.words import now
from field_client.desk import Desk
from field_client.people import as_person, person_named
from field_client.pins import Pins
from field_client.running import COMMAND_PATH, Running, alone, ask
from sync.cli import language
from sync.cli.options import Terminal
from sync.problems import Problem
from sync.texts import say

__all__ = ["AT_WORK", "AtWork", "person_option", "recording_desk", "writing_desk"]

PIN_VARIABLE = "TIANJI_PIN"

person_option = click.option("--person", metavar="NAME", default="", help="Who records it.")


@dataclass
class AtWork:
    """The process that carries a command out: its open desk, and the PIN that came along."""

    desk: Desk
    pins: Pins
    pin: str = ""
    lacks_pin: bool = False


AT_WORK: ContextVar[AtWork | None] = ContextVar("at_work", default=None)


@asynccontextmanager
async def writing_desk(
    folder: Path, *files: Path, asks_for_way: bool = True
) -> AsyncIterator[Desk]:
    """The laptop in that folder for a command that writes, whoever it is that sits there.

    Where its pages are open, their process carries the command out, and this one ends as it did.
    `files` are those that the command names: that process may stand in another folder.
    """
    async with _opened(folder, *files, asks_for_way=asks_for_way) as at_work:
        yield at_work.desk


@asynccontextmanager
async def recording_desk(folder: Path, person: str) -> AsyncIterator[Desk]:
    """The same with the person of that name at it, else the one who enrolled the laptop.

    Raises `field-person-…`, `pin-…`.
    """
    async with _opened(folder) as at_work:
        desk = at_work.desk
        if person:
            desk = as_person(desk, person_named(desk, person).id)
        if await at_work.pins.has(desk.person):
            await at_work.pins.unlock(desk.person, _pin(at_work, desk))
        yield desk


@asynccontextmanager
async def _opened(folder: Path, *files: Path, asks_for_way: bool = True) -> AsyncIterator[AtWork]:
    carried = AT_WORK.get()
    if carried is not None:
        yield carried
        return
    async with alone(folder, asks_for_way=asks_for_way) as running:
        if running is not None:
            await _hand_over(running, files)
        async with Desk.open(folder, now) as desk:
            yield AtWork(desk, Pins(desk.ledger))


async def _hand_over(running: Running, files: Sequence[Path]) -> NoReturn:
    terminal = click.get_current_context().find_object(Terminal)
    assert terminal is not None
    whole = {str(file): str(file.absolute()) for file in files}
    errand = {
        "arguments": [whole.get(one, one) for one in terminal.arguments],
        "language": language(),
        "pin": os.environ.get(PIN_VARIABLE, ""),
    }
    ran = await ask(running, COMMAND_PATH, errand)
    if ran["lacks_pin"] and sys.stdin.isatty():
        ran = await ask(running, COMMAND_PATH, {**errand, "pin": _typed_pin()})
    click.echo(ran["out"], nl=False)
    click.echo(ran["err"], nl=False, err=True)
    raise click.exceptions.Exit(ran["code"])


def _pin(at_work: AtWork, desk: Desk) -> str:
    given = at_work.pin if AT_WORK.get() else os.environ.get(PIN_VARIABLE, "")
    if given:
        return given
    if AT_WORK.get() is None and sys.stdin.isatty():
        return _typed_pin()
    at_work.lacks_pin = True
    raise Problem("pin-needed", name=desk.person_name(desk.person))


def _typed_pin() -> str:
    typed: str = click.prompt(say("field-pin-prompt", language()), hide_input=True, err=True)
    return typed
