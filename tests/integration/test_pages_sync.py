"""Sync from the page: by hand and by itself, over lines that are slow, cut, or lead elsewhere."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import stamina

from field_client.desk import Desk
from field_client.pages.background import set_automatic
from field_client.syncing import server_of, sync, turn
from server import filing
from server.devices import invites
from sync.value import Cell, quantity_value, text_value
from tests.integration.pages_office import Pages, opened, waited
from tests.integration.slow_line import Line, line_to
from tests.unit.field_office import VILLAGE, Office, clock, office_in
from tests.unit.reviewing import PERIOD

LOG_IN = b"HTTP/1.1 302 Found\r\nlocation: http://login.invalid/\r\ncontent-length: 0\r\n\r\n"
BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 0\r\n\r\n"
NOTES = 180
NOTE_CHARS = 3_500


@pytest.fixture(autouse=True)
def _once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No proxy of this machine's stands in between, and a try is a try."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    stamina.set_testing(True)
    yield
    stamina.set_testing(False)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A server with one town and one village."""
    async with office_in(tmp_path) as made:
        yield made


@pytest.fixture
async def line(office: Office) -> AsyncIterator[Line]:
    """The way to it."""
    async with line_to(office) as made:
        yield made


@pytest.fixture
async def desk(office: Office, line: Line) -> AsyncIterator[Desk]:
    """A laptop that was synced, and then moved to behind that line."""
    async with office.desk("张三") as made:
        await move(made, line)
        yield made


async def move(desk: Desk, line: Line) -> None:
    """From now on the laptop syncs over that line."""
    async with desk.ledger.database.writing():
        await desk.ledger.database.set_meta("server", line.address)


async def type_one(desk: Desk, units: int = 10_000) -> None:
    """One value is recorded."""
    await desk.record(VILLAGE, [(Cell("value", PERIOD, "B001"), quantity_value(units))])


async def press(pages: Pages) -> str:
    """Presses the button, and reads the page once the sync has ended."""
    await pages.browser.post("/sync")
    await waited(pages)
    return await pages.text("/sync")


async def test_a_sync_by_hand_says_what_came_of_it(desk: Desk) -> None:
    """What was sent is counted, and the line in sight has no more to say than that it is sent."""
    await type_one(desk)
    async with opened(desk) as pages:
        assert "1 项未报" in await pages.text("/sync")
        said = await press(pages)

    assert "同步完成：本机填的服务器都收到了，双方一致" in said
    assert "已送出 1 份" in said
    assert "填过的都已报" in said
    assert "未报 " not in said


@pytest.mark.parametrize(
    "instead, words",
    [
        (LOG_IN, "可能要先在网页上登录网络"),
        (BAD_GATEWAY, "出了故障（状态 502）"),
        (b"", "连接中断"),
    ],
)
async def test_what_stands_in_the_servers_place_is_told_and_nothing_is_lost(
    desk: Desk, line: Line, instead: bytes, words: str
) -> None:
    """On the page and in the line of every page, until a sync succeeds."""
    await type_one(desk)
    line.instead = instead
    async with opened(desk) as pages:
        assert words in await press(pages)
        home = await pages.text("/")
        assert words in home
        assert "1 项未报" in home

        line.instead = None
        assert words not in await press(pages)
        assert "填过的都已报" in await pages.text("/")


async def test_while_it_runs_the_page_says_so_and_it_can_be_stopped(desk: Desk, line: Line) -> None:
    """A sync that is stopped has harmed nothing; the next one ends it."""
    await type_one(desk)
    line.bytes_a_second = 20
    async with opened(desk) as pages:
        await pages.browser.post("/sync")
        await line.begun.wait()
        said = await pages.text("/sync")
        assert "正在连接服务器" in said
        assert "停下" in said
        await pages.browser.post("/sync/cancel")
        await waited(pages)
        assert "已停下。" in await pages.text("/sync")
        assert "1 项未报" in await pages.text("/")

        line.bytes_a_second = None
        assert "同步完成" in await press(pages)


async def test_two_syncs_never_run_at_once(desk: Desk, line: Line) -> None:
    """A command's and the page's take turns, and a second press begins no second one (F81)."""
    await type_one(desk)
    most = 0
    carry = line._answer

    async def counted(writer: asyncio.StreamWriter, body: bytes) -> None:
        nonlocal most
        under_way.append(1)
        most = max(most, len(under_way))
        await carry(writer, body)
        under_way.pop()

    under_way: list[int] = []
    line._answer = counted  # type: ignore[method-assign]
    async with opened(desk) as pages, await server_of(desk) as client:
        command = asyncio.create_task(sync(desk, client, lambda *_: None))
        for _ in range(3):
            await pages.browser.post("/sync")
        assert (await command).complete
        await waited(pages)

    assert most == 1
    assert not turn(desk.ledger).locked()


async def test_a_failure_is_no_news_once_a_command_has_synced(desk: Desk, line: Line) -> None:
    """The line in sight drops it, as soon as something shows that it is over (F80)."""
    line.instead = BAD_GATEWAY
    async with opened(desk) as pages, await server_of(desk) as client:
        assert "状态 502" in await press(pages)
        line.instead = None
        assert (await sync(desk, client, lambda *_: None)).complete

        assert "状态 502" not in await pages.text("/")


async def fill_server(office: Office) -> int:
    """Files so much at the village that it comes in several pages; how many commits."""
    person, grant = invites.authority(office.ledger)
    chance = random.Random(7)  # what doesn't pack well, the same each time
    filed = []
    for number in range(NOTES):
        cells = [
            (
                Cell("note", f"{2000 + number // 12}-{number % 12 + 1:02}", f"B{code:03}"),
                text_value(chance.randbytes(NOTE_CHARS // 2).hex()),
            )
            for code in range(1, 7)
        ]
        filed.append(filing.Filed(VILLAGE, person, grant, cells))
    await filing.file(office.ledger, filed)
    return NOTES


async def test_a_first_load_that_is_cut_goes_on_where_it_was(office: Office, line: Line) -> None:
    """What came before the cut is kept and not sent again; the forms are there to work with (F82)."""
    commits = await fill_server(office)
    async with Desk.open(await office.enrol("张三"), clock) as desk, opened(desk) as pages:
        await move(desk, line)
        line.cut_after = 1
        said = await press(pages)
        first = pages.station.background.ended
        assert first is not None
        assert "连接中断" in said
        assert "断开前已送出" in said
        assert 0 < first.received < commits
        assert "村季报" in await pages.text("/")  # definitions are here: work can begin

        line.cut_after = None
        assert "同步完成" in await press(pages)
        second = pages.station.background.ended
        assert second is not None
        ((had,),) = await desk.ledger.database.rows("SELECT count(*) FROM commits")
        assert first.received + second.received == had  # nothing came twice


async def test_a_first_load_goes_on_after_another_start(office: Office, line: Line) -> None:
    """What opens the folder next finds what was taken in, and fetches the rest (F82)."""
    await fill_server(office)
    folder = await office.enrol("张三")
    line.cut_after = 1
    async with Desk.open(folder, clock) as desk, opened(desk) as pages:
        await move(desk, line)
        await press(pages)
        ((before,),) = await desk.ledger.database.rows("SELECT count(*) FROM commits")
    line.cut_after = None
    async with Desk.open(folder, clock) as desk, opened(desk) as pages:
        assert "同步完成" in await press(pages)
        ended = pages.station.background.ended
        ((after,),) = await desk.ledger.database.rows("SELECT count(*) FROM commits")

    assert ended is not None
    assert before > 0
    assert ended.received == after - before


async def test_it_syncs_by_itself_unless_that_is_switched_off(desk: Desk) -> None:
    """The switch of the page is kept for the next start."""
    async with opened(desk) as pages:
        assert "改为手动" in await pages.text("/sync")
        await pages.browser.post("/sync/automatic", data={"on": "0"})
        assert "自动同步已关" in await pages.text("/sync")
    async with opened(desk) as pages:
        assert "自动同步已关" in await pages.text("/sync")
        await set_automatic(desk, on=True)
        assert "改为手动" in await pages.text("/sync")


async def test_by_itself_it_waits_for_its_time_and_then_sends(desk: Desk) -> None:
    """With nothing to wait for, what was typed goes out and the line says so."""
    await type_one(desk)
    async with opened(desk) as pages:
        background = pages.station.background
        background._situation = background._situation._replace(
            started_at=background._situation.started_at - 10_000, typed_at=None
        )
        by_itself = asyncio.create_task(background.run())
        seen = -1
        while background.ended is None:
            seen = await pages.station.changed(seen)
        by_itself.cancel()
        said = await pages.text("/")

    assert "填过的都已报" in said
