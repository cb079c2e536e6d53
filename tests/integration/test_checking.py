"""Checks at the server: what they find is kept beside the values and goes when it is mended."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from server import founding
from server.catalogue import shipped_files
from server.catalogue.keeping import import_pack
from server.checking.running import Checker, check_due
from server.devices.invites import authority
from server.exchange.values import import_values
from server.filing import Filed, file
from server.places.importing import import_places
from server.store import open_server
from sync.ledger.ledger import Ledger
from sync.value import Cell, text_value
from tests.integration.guangdong import AS_OF, PLACES, now

HEADING = "place_code,period,indicator,value\n"


@asynccontextmanager
async def server(folder: Path) -> AsyncIterator[Ledger]:
    """A server with one town of six villages and Guangdong's catalogue."""
    await founding.found(folder, now, os.urandom)
    async with open_server(folder, now, check=False) as ledger:
        await import_places(ledger, io.BytesIO(PLACES.encode()), AS_OF)
        await import_pack(ledger, shipped_files())
        yield ledger


async def enter(ledger: Ledger, *rows: str) -> None:
    """Files values and runs the checks that are due."""
    text = HEADING + "\n".join(rows)
    done = await import_values(ledger, io.BytesIO(text.encode()), author="录入员")
    assert done.errors == []
    while await check_due(ledger):
        pass


async def found(ledger: Ledger) -> set[tuple[str, str, str, str]]:
    """Place, period, check and bound code of all findings."""
    rows = await ledger.database.rows(
        "SELECT p.id, f.period, f.rule, f.bound FROM finding f JOIN place_no p ON p.no = f.place"
    )
    today = ledger.today()
    return {(ledger.tree.code(place, today), *rest) for place, *rest in rows}


async def test_a_broken_check_is_flagged_until_it_is_mended(tmp_path: Path) -> None:
    """More residents than registered households can hold is accepted, found, and goes again."""
    async with server(tmp_path / "s") as ledger:
        await enter(ledger, "440100000001,2024,A002,10", "440100000001,2024,C002,12")
        flagged = await found(ledger)
        assert {code for code, *_ in flagged} == {"440100000001"}
        assert any(rule == "R29" and bound == "C502" for _, _, rule, bound in flagged)

        await enter(ledger, "440100000001,2024,C002,9")
        assert not any(bound == "C502" for *_, bound in await found(ledger))


async def test_last_years_figure_is_looked_at_again_when_it_changes(tmp_path: Path) -> None:
    """A total that ran down within the year is found, though its later part came first."""
    async with server(tmp_path / "s") as ledger:
        await enter(ledger, "440100000001,2024Q2,B001,5")
        before = {row for row in await found(ledger) if row[2] == "R04"}
        await enter(ledger, "440100000001,2024Q1,B001,7")

        after = {row for row in await found(ledger) if row[2] == "R04"}
        assert (before, {row[1] for row in after}) == (set(), {"2024Q2"})


async def test_what_was_found_two_years_on_stays_when_an_old_figure_changes(
    tmp_path: Path,
) -> None:
    """The year after a changed one is checked with it, and what lies behind that is left alone."""
    async with server(tmp_path / "s") as ledger:
        people = ((2021, 10), (2022, 10), (2023, 1000))
        await enter(ledger, *(f"440100000001,{year},A001,{count}" for year, count in people))
        before = {row for row in await found(ledger) if row[1] == "2023"}
        await enter(ledger, "440100000001,2021,A001,11")

        assert before
        assert before <= await found(ledger)


async def test_neighbours_that_filed_the_same_are_found(tmp_path: Path) -> None:
    """Five villages of one town with one figure look filled in by one hand."""
    async with server(tmp_path / "s") as ledger:
        for village in range(1, 6):
            await enter(ledger, f"44010000000{village},2024,A001,321")

        assert ("440100000005", "2024", "R47", "A001") in await found(ledger)


async def test_everything_is_checked_again_when_a_check_changes(tmp_path: Path) -> None:
    """A check that no longer holds finds nothing more, wherever it had found something."""
    async with server(tmp_path / "s") as ledger:
        await enter(ledger, "440100000001,2024,A002,10", "440100000001,2024,C002,12")
        person, grant = authority(ledger)
        gone = (Cell("check", "R29", "definition"), text_value("{}"))
        await file(ledger, [Filed(ledger.root, person, grant, [gone])])
        while await check_due(ledger):
            pass

        assert not any(rule == "R29" for _, _, rule, _ in await found(ledger))


async def test_a_running_checker_takes_up_what_comes_in(tmp_path: Path) -> None:
    """It is woken by the transaction that accepts a value."""
    async with server(tmp_path / "s") as ledger:
        running = asyncio.create_task(Checker(ledger).run())
        text = HEADING + "440100000001,2024,A002,10\n440100000001,2024,C002,12\n"
        await import_values(ledger, io.BytesIO(text.encode()), author="录入员")
        for _ in range(1_000_000):
            if await found(ledger):
                break
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

        assert await found(ledger)
