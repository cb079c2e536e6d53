"""One connection, shared by what writes and what reads in the same process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sync.ledger.database import Database
from sync.ledger.ledger import SCHEMAS


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty ledger's file."""
    async with Database.open(tmp_path / "tianji.db", SCHEMAS, create=True) as opened:
        yield opened


async def test_a_reader_sees_nothing_of_a_transaction_that_is_undone(database: Database) -> None:
    """It waits until the transaction is over, and then sees what is durable."""
    begun, end = asyncio.Event(), asyncio.Event()

    async def undone() -> None:
        async with database.writing():
            await database.set_meta("colour", "red")
            begun.set()
            await end.wait()
            raise ZeroDivisionError

    async def read() -> object:
        async with database.reading():
            return await database.meta("colour")

    writer = asyncio.create_task(undone())
    await begun.wait()
    reader = asyncio.create_task(read())
    await asyncio.sleep(0)
    end.set()
    with pytest.raises(ZeroDivisionError):
        await writer

    assert await reader is None


@pytest.mark.parametrize("turns", range(6))
async def test_whoever_is_cancelled_leaves_no_transaction_open(
    database: Database, turns: int
) -> None:
    """At whatever point that was, the next transaction begins and is kept."""

    async def write() -> None:
        async with database.writing():
            await database.set_meta("colour", "red")
            await asyncio.Event().wait()

    writer = asyncio.create_task(write())
    for _ in range(turns):
        await asyncio.sleep(0)
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)
    async with database.writing():
        await database.set_meta("shape", "round")

    assert (await database.meta("colour"), await database.meta("shape")) == (None, "round")


async def test_opening_what_is_up_to_date_writes_nothing(tmp_path: Path) -> None:
    """A command that only looks disturbs no server that runs."""
    path = tmp_path / "tianji.db"
    async with Database.open(path, SCHEMAS, create=True) as watching:
        await watching.changed_elsewhere()
        async with Database.open(path, SCHEMAS):
            pass

        assert await watching.changed_elsewhere() is False
