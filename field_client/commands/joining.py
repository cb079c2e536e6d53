"""`tianji field enrol`, `join` and `sync`: the commands that need a network."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from field_client.commands.writing import writing_desk
from field_client.desk import Desk
from field_client.people import is_revoked
from field_client.running import giving_way
from sync.cli import async_command, data_option, json_option, language, not_so, print_json, tell
from sync.enrolment import clean_code
from sync.limits import NAME_CHARS_MAX
from sync.texts import say

if TYPE_CHECKING:
    import httpx

    from field_client.syncing import Synced, Told


@click.command()
@data_option
@click.option("--server", metavar="URL", required=True, envvar="TIANJI_SERVER", help="Its address.")
@click.option("--code", required=True, help="The one-time code that the town gave out.")
@click.option("--name", "person", default="", help="Who will sit at it, if the code doesn't say.")
@click.option("--device-name", default="", help="What to call this laptop; else its own name.")
@async_command
async def enrol(data: Path, server: str, code: str, person: str, device_name: str) -> None:
    """Make this folder a laptop of a server: its key is made here, then all is fetched once."""
    from field_client.enrolling import enrol as enrol_at
    from sync.roads.http import client_for

    code = clean_code(code)
    name = (device_name or platform.node() or "laptop")[:NAME_CHARS_MAX]
    async with client_for(server) as client:
        person = person[:NAME_CHARS_MAX]
        await enrol_at(
            data, client, code, os.urandom, server=server, device_name=name, person_name=person
        )
        async with writing_desk(data) as desk:
            tell("field-enrolled")
            found = await _synced(desk, client)
            tell("field-place-is", code=desk.code(desk.place), name=desk.name(desk.place))
            say_synced(found)


@click.command()
@data_option
@click.option("--code", required=True, help="The one-time code that the town gave out.")
@click.option("--name", "person", default="", help="Who it is, if the code doesn't say.")
@async_command
async def join(data: Path, code: str, person: str) -> None:
    """Let one more person sit at this laptop, under a grant and a name of their own."""
    from field_client.enrolling import join as join_at
    from field_client.syncing import server_of

    code = clean_code(code)
    async with writing_desk(data) as desk, await server_of(desk) as client:
        joined = await join_at(desk.ledger, client, code, person[:NAME_CHARS_MAX])
        found = await _synced(desk, client)
        tell("field-joined", name=desk.person_name(joined))
    say_synced(found)


@click.command()
@data_option
@json_option
@async_command
async def sync(data: Path, *, as_json: bool) -> None:
    """Sync once; exit code 0 only when the server holds all that was recorded here."""
    from field_client.syncing import server_of

    async with (
        writing_desk(data, asks_for_way=False) as desk,
        await server_of(desk) as client,
    ):
        found = await giving_way(data, _synced(desk, client))
        revoked = await is_revoked(desk)
    if as_json:
        print_json({"complete": found.complete, "revoked": revoked, **found._asdict()})
    else:
        say_synced(found)
        if revoked:
            tell("field-revoked")
    if not found.complete:
        not_so()


async def _synced(desk: Desk, client: httpx.AsyncClient) -> Synced:
    from field_client import syncing

    with _progress() as told:
        return await syncing.sync(desk, client, told)


async def fetched(desk: Desk, server: str | None) -> Synced:
    """One sync with the laptop's server, or with one at another address, which is then kept."""
    from field_client.syncing import server_of
    from sync.roads.http import client_for

    async with client_for(server) if server else await server_of(desk) as client:
        found = await _synced(desk, client)
    if server:
        async with desk.ledger.transaction() as database:
            await database.set_meta("server", server)
    return found


def say_synced(found: Synced) -> None:
    """What a sync came to, in sentences."""
    tell("field-synced", sent=found.sent, received=found.received)
    if found.refused:
        tell("field-sync-refused", count=found.refused)
    if found.unreceipted:
        tell("field-sync-waiting", count=found.unreceipted, held=found.held)
    elif not found.agreed:
        tell("field-sync-unequal")
    elif found.complete:
        tell("field-sync-complete")
    if found.conflicts:
        tell("field-sync-conflicts", count=found.conflicts)


@contextmanager
def _progress() -> Iterator[Told]:
    """A line on a terminal's standard error that counts; silence elsewhere."""
    from rich.console import Console

    console = Console(stderr=True)
    spoken = language()
    if not console.is_terminal:
        yield lambda _sent, _received, _more: None
        return
    with console.status(say("field-syncing", spoken, sent=0, received=0)) as line:
        yield lambda sent, received, _more: line.update(
            say("field-syncing", spoken, sent=sent, received=received)
        )
