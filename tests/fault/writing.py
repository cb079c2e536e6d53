"""A laptop that records and syncs without a pause, until it is stopped: `… FOLDER URL`."""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from pathlib import Path

import click

from field_client.desk import Desk
from field_client.syncing import sync
from sync.roads.http import client_for
from sync.value import Cell, quantity_value
from tests.fault.lives import now

EDITS_A_SYNC = 3


async def write(folder: Path, url: str) -> None:
    """Writes for ever, and says after each sync how many edits there were."""
    async with Desk.open(folder, now) as desk, client_for(url) as client:
        for number in count(1):
            cell = Cell("value", f"{1990 + number % 30}", "B001")
            await desk.record(desk.place, [(cell, quantity_value(number * 10_000))])
            if number % EDITS_A_SYNC == 0:
                assert (await sync(desk, client, lambda _sent, _received, _more: None)).complete
                click.echo(number)
                sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1]), sys.argv[2]))
