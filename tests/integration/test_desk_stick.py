"""The county's page for USB sticks: what villages bring is taken in, the answer goes back."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from field_client.desk import Desk
from field_client.stick_enrolment import ask, take_answer
from server.devices.invites import invite
from sync.enrolment import clean_code
from sync.invitation import Invitation, written
from sync.roads.bundle import outgoing, take_in
from sync.value import Cell, quantity_value
from tests.integration.desk_office import VILLAGE, DeskOffice, clock, office


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county with people of every role."""
    async with office(tmp_path) as here:
        yield here


async def brought(county: DeskOffice, who: str, content: bytes) -> tuple[int, str, bytes]:
    """The status, the page's text, and the answer that it offers."""
    browser = county.browsers[who]
    files = {"file": ("up.tianji", content, "application/octet-stream")}
    page = await browser.post("/exchange/stick", files=files)
    found = re.search(r'href="(/exchange/stick/answer/\w+)"', page.text)
    answer = (await browser.get(found[1])).content if found else b""
    return page.status_code, page.text, answer


async def enrolled(county: DeskOffice, folder: Path) -> None:
    """A laptop of the village, made by files that the town read on its page."""
    ledger = county.ledger
    code = await invite(ledger, VILLAGE, "enter", "张三", os.urandom)
    certificates = tuple(ledger.certificates.values())
    paper = written(Invitation(ledger.realm, clean_code(code), certificates))
    request = await ask(folder, paper, os.urandom, device_name="村里的电脑")
    status, text, answer = await brought(county, "town", request)
    assert (status, "已读入" in text) == (200, True)
    await take_answer(folder, answer)
    async with Desk.open(folder, clock) as desk:
        await take_in(desk.ledger, answer)


async def test_the_town_reads_a_stick_and_gives_the_answer_back(
    county: DeskOffice, tmp_path: Path
) -> None:
    """From the invitation to the receipt by files alone, through the town's page (R42)."""
    await enrolled(county, tmp_path / "laptop")
    async with Desk.open(tmp_path / "laptop", clock) as desk:
        cell = Cell("value", "2024Q3", "B002")
        await desk.record(VILLAGE, [(cell, quantity_value(125_000))])
        made = await outgoing(desk.ledger, os.urandom)
        _, text, answer = await brought(county, "town", made.content)
        arrived = await take_in(desk.ledger, answer)

    assert "仙河村" in text
    assert "收下 1 笔" in text
    assert (arrived.unreceipted, arrived.agreed) == (0, True)


async def test_a_file_that_is_none_is_said_in_one_sentence(county: DeskOffice) -> None:
    """Nothing is taken in, and the page says what to do (R44)."""
    for content in (b"", b"hello", os.urandom(3000)):
        status, text, answer = await brought(county, "viewer", content)
        assert (status, answer) == (400, b"")
        assert "没有可读的田记数据" in text


async def test_another_persons_answer_is_not_handed_out(county: DeskOffice, tmp_path: Path) -> None:
    """What one person's file was answered with is kept for that person alone (R41)."""
    ledger = county.ledger
    code = await invite(ledger, VILLAGE, "enter", "张三", os.urandom)
    paper = written(Invitation(ledger.realm, clean_code(code), tuple(ledger.certificates.values())))
    request = await ask(tmp_path / "l", paper, os.urandom, device_name="电脑")
    files = {"file": ("up.tianji", request, "application/octet-stream")}
    page = await county.browsers["town"].post("/exchange/stick", files=files)
    found = re.search(r'href="(/exchange/stick/answer/\w+)"', page.text)
    assert found is not None

    assert (await county.browsers["viewer"].get(found[1])).status_code != 200
    assert (await county.browsers["town"].get(found[1])).status_code == 200
