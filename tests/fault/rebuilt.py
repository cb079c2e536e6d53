"""Rebuilds that are killed: whenever that was, the next one finishes, and nothing is missing."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from field_client.desk import Desk
from field_client.rebuilding import rebuild as rebuild_laptop
from server.rebuilding import rebuild as rebuild_server
from tests.fault import shim
from tests.fault.damage import flip
from tests.fault.forks import Say
from tests.fault.lives import Book, check_laptop, check_server, now
from tests.fault.shim import Point

__all__ = ["break_index", "laptop_rebuilt", "server_rebuilt"]

Work = Callable[[Say], None]
PAGE_BYTES = 4096


def break_index(file: Path) -> None:
    """Breaks the page on which the rows begin that commits fold to: they are made anew."""
    with closing(sqlite3.connect(file)) as database:
        ((root,),) = database.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'version'")
    flip(file, (root - 1) * PAGE_BYTES)


def laptop_rebuilt(folder: Path, book: Book, point: Point | None) -> Work:
    """Rebuilds a laptop; without a point, to the end, and looks then."""

    async def live(say: Say) -> None:
        if point is not None:
            shim.arm(folder, point)
        await rebuild_laptop(folder, now, lambda _count: None)
        say(count=shim.count())
        if point is None:
            async with Desk.open(folder, now) as desk:
                await check_laptop(desk, book)
            say(checked=True)

    return lambda say: asyncio.run(live(say))


def server_rebuilt(folder: Path, books: list[Book], point: Point | None) -> Work:
    """Rebuilds a server; without a point, to the end, and looks then."""

    async def live(say: Say) -> None:
        if point is not None:
            shim.arm(folder, point)
        await rebuild_server(folder, now, os.urandom, lambda _count: None)
        say(count=shim.count())
        if point is None:
            await check_server(folder, books)
            say(checked=True)

    return lambda say: asyncio.run(live(say))
