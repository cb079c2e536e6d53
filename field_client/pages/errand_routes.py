"""What other commands of this laptop ask of the one that serves its pages: a link, or an errand.

They show the secret that lies in the folder for this user of the machine alone.
"""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Annotated

import msgspec
from litestar import post
from litestar.params import JSONBody

from field_client.commands.writing import AT_WORK, AtWork
from field_client.pages.rendering import AnyRequest, station_of
from field_client.pages.session import ANOTHER_COMMAND, WHO
from field_client.running import COMMAND_PATH, LINK_PATH
from sync.cli.faults import STOPPED
from sync.cli.within import Ran, run_within
from sync.problems import Problem
from sync.texts import Language, say

__all__ = ["ERRANDS", "new_link", "routes"]

ERRANDS = ("explain", "join", "set", "submit", "sync", "withdraw")
"""The commands that write, and so are carried out here while the pages are open."""
_WORDS_MAX = 100


class Errand(msgspec.Struct):
    """A command line as it was written after `tianji`, and who is spoken to."""

    arguments: Annotated[list[str], msgspec.Meta(max_length=_WORDS_MAX)]
    language: Language
    pin: str = ""


@post(LINK_PATH, opt={WHO: ANOTHER_COMMAND}, status_code=200)
async def new_link(request: AnyRequest) -> dict[str, str]:
    """A launch link that works once, for a second start of the pages."""
    return {"link": station_of(request).link()}


@post(COMMAND_PATH, opt={WHO: ANOTHER_COMMAND}, status_code=200)
async def carry_out(request: AnyRequest, data: JSONBody[Errand]) -> dict[str, object]:
    """Does here what a command was started for: this process alone writes the database."""
    if not _is_errand(data.arguments):
        raise Problem("access-denied")
    station = station_of(request)
    at_work = AtWork(station.desk, station.pins, data.pin)
    token = AT_WORK.set(at_work)
    folder = str(station.desk.ledger.database.path.parent)
    defaults = {"field": {name: {"data": folder} for name in ERRANDS}}
    errand = asyncio.create_task(run_within(data.arguments, data.language, defaults))
    AT_WORK.reset(token)
    station.errands.add(errand)
    try:
        await asyncio.wait([errand])
    finally:
        station.errands.discard(errand)
        station.tell_change()
    if errand.cancelled():  # these pages are being closed
        ran = Ran(STOPPED, "", say("command-stopped", data.language) + "\n")
    else:
        ran = errand.result()
    return {**ran._asdict(), "lacks_pin": at_work.lacks_pin}


def _is_errand(arguments: list[str]) -> bool:
    return any(
        (group == "field" and name in ERRANDS) or group == "bundle"
        for group, name in pairwise(arguments)
    )


routes = [new_link, carry_out]
