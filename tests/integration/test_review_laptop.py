"""A form between a real laptop and the server's pages, over real syncs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from field_client.desk import Desk
from field_client.enrolling import enrol
from field_client.returned import returned_cells
from field_client.syncing import sync
from server.devices import invites
from server.intake.queue import IntakeQueue
from sync import wire
from sync.entry import submission, typed
from sync.entry.stage import FormStanding, Lock, form_standing
from sync.period import parse
from sync.review import Stage
from tests.integration.desk_office import VILLAGE, DeskOffice, clock, office
from tests.integration.review_office import FIGURES, FORM, PERIOD, decide, items_of, stage_of

ADDRESS = "http://office.invalid"


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county that nothing was filed in."""
    async with office(tmp_path) as here:
        yield here


@asynccontextmanager
async def laptop(county: DeskOffice) -> AsyncIterator[tuple[Desk, httpx.AsyncClient]]:
    """The village's laptop, enrolled and synced, and its way to the server."""
    queue = IntakeQueue(county.ledger)
    running = asyncio.create_task(queue.run())

    async def answer(request: httpx.Request) -> httpx.Response:
        reply = await queue.answer(await request.aread())
        content = wire.pack(wire.encode(reply))
        return httpx.Response(200, content=content, headers={"content-type": wire.MEDIA_TYPE})

    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        code = await invites.invite(county.ledger, VILLAGE, "enter", "张三", os.urandom)
        folder = county.folder / "laptop"
        await enrol(folder, client, code, os.urandom, server=ADDRESS, device_name="村里的电脑")
        async with Desk.open(folder, clock) as desk:
            await synced(desk, client)
            yield desk, client
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def synced(desk: Desk, client: httpx.AsyncClient) -> None:
    """One whole sync."""
    assert (await sync(desk, client, lambda _sent, _received, _more: None)).complete


async def standing(desk: Desk) -> FormStanding:
    """How far the form is on the laptop."""
    form = (await desk.catalogue()).forms[FORM]
    return await form_standing(desk, VILLAGE, form, parse(PERIOD))


async def submit(desk: Desk) -> None:
    """Hands the form in."""
    form = (await desk.catalogue()).forms[FORM]
    assert not await submission.submit(desk, VILLAGE, form, parse(PERIOD))


async def test_a_returned_cell_is_mended_on_the_laptop_and_waits_again(county: DeskOffice) -> None:
    """What the reviewer returned is open on the laptop, with the words; mended and handed in, it is
    in the queue as handed in again; approved but for one cell, only that one is open (S72, S73).
    """
    async with laptop(county) as (desk, client):
        for code, number in FIGURES.items():
            await typed.enter(desk, VILLAGE, parse(PERIOD), code, str(number))
        await submit(desk)
        await synced(desk, client)
        assert len(await items_of(county, "town")) == 1

        await decide(county, "town", VILLAGE, "return", cell="B003", words_B003="与台账不符")
        assert await items_of(county, "town") == []
        await synced(desk, client)
        (back,) = await returned_cells(desk)
        assert (back.code, back.words) == ("B003", "与台账不符")
        assert (await standing(desk)).lock("D002") is Lock.NOT_RETURNED

        await typed.enter(desk, VILLAGE, parse(PERIOD), "B003", "40.5")
        await typed.enter(desk, VILLAGE, parse(PERIOD), "B003", "40")
        await submit(desk)
        await synced(desk, client)
        assert await stage_of(county) == "resubmitted"
        assert len(await items_of(county, "town")) == 1

        await decide(county, "town", VILLAGE, "approve", cell="B002", words_B002="请再核")
        await synced(desk, client)
        here = await standing(desk)
        assert here.stage is Stage.APPROVED_TOWN
        assert (here.lock("B002"), here.lock("B003")) == (Lock.OPEN, Lock.APPROVED)

        await typed.enter(desk, VILLAGE, parse(PERIOD), "B002", "100.5")
        await synced(desk, client)
        assert (await standing(desk)).unanswered == ()
        assert len(await items_of(county, "town")) == 1


async def test_a_correction_asked_for_on_the_laptop_is_answered_there(county: DeskOffice) -> None:
    """Asked, kept by the county with words, asked no more (S71)."""
    async with laptop(county) as (desk, client):
        for code, number in FIGURES.items():
            await typed.enter(desk, VILLAGE, parse(PERIOD), code, str(number))
        await submit(desk)
        await synced(desk, client)
        await decide(county, "county", VILLAGE, "approve")
        await synced(desk, client)
        form = (await desk.catalogue()).forms[FORM]
        await submission.ask_back(desk, VILLAGE, form, parse(PERIOD), "收入报错了")
        await synced(desk, client)
        assert len(await items_of(county, "county")) == 1

        await decide(county, "county", VILLAGE, "keep", words="已核实")
        await synced(desk, client)
        here = await standing(desk)
        assert (here.stage, here.asked, here.words) == (Stage.APPROVED, "", "已核实")
