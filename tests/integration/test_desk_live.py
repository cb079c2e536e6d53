"""What an open page is told while the server goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.desk import live_routes
from server.desk.station import Station
from server.filing import Filed, file_within
from sync.ids import GrantId, PersonId, mint_at
from sync.value import Cell
from tests.integration.desk_office import COUNTY, VILLAGE, DeskOffice, office, value_of


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county with people of every role."""
    async with office(tmp_path) as here:
        yield here


async def file_slowly(here: DeskOffice, code: str, over: asyncio.Event) -> None:
    """A transaction that goes on for long after it has filed a value."""
    person = PersonId(mint_at("person", VILLAGE, b"officer"))
    grant = GrantId(mint_at("grant", VILLAGE, b"officer"))
    cells = [(Cell("value", "2024Q3", code), value_of(1))]
    async with here.ledger.transaction() as database:
        await file_within(here.ledger, database, [Filed(VILLAGE, person, grant, cells)])
        await over.wait()


async def values_read(station: Station) -> int:
    """How many values a page finds now."""
    async with station.readers.reading() as books:
        rows = await books.database.rows("SELECT count(*) FROM version WHERE kind = 'value'")
    return int(rows[0][0])


async def test_an_open_page_is_told_when_it_can_read_what_came(
    county: DeskOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long a transaction lasts after it has filed, and also of what is filed while the page
    is being told of something else: in the end it has read all (S90).
    """
    monkeypatch.setattr(live_routes, "_REST_SECONDS", 0.01)
    station: Station = county.app.state.station
    found: asyncio.Queue[int] = asyncio.Queue()

    async def follow() -> None:
        async for _ in live_routes._changes(station, COUNTY):
            found.put_nowait(await values_read(station))

    page = asyncio.create_task(follow())
    await asyncio.sleep(0)
    for number, code in enumerate(("B001", "B002"), 1):
        over = asyncio.Event()
        filing = asyncio.create_task(file_slowly(county, code, over))
        with pytest.raises(TimeoutError):  # nothing is told of before it can be read
            await asyncio.wait_for(found.get(), 0.3)
        over.set()
        await filing
        assert await asyncio.wait_for(found.get(), 10) == 2 * number - 1
        await county.report(VILLAGE, f"2023Q{number}", {"B001": 1})
        assert await asyncio.wait_for(found.get(), 10) == 2 * number
    page.cancel()
