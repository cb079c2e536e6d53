"""The first page: what is to do, what came back, what differs, what isn't sent, in plain words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from field_client.desk import Desk
from sync.entry import submission, typed
from sync.period import parse
from sync.review import SUBMITTED
from sync.value import Cell, quantity_value
from tests.integration.pages_office import opened, text_of, waited
from tests.unit.field_office import CODE, NOW, TOWN, VILLAGE, Office, clock, office_in
from tests.unit.reviewing import FORM, PERIOD, Reviewer

QUARTER = parse(PERIOD)
VALUES = {"B001": 178, "B002": 100, "B003": 40, "B004": 20, "B005": 10, "B006": 8, "D002": 0}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A server with one town and one village, on 27 October 2024."""
    async with office_in(tmp_path) as made:
        yield made


async def fill(desk: Desk, values: dict[str, int] = VALUES) -> None:
    """Types the quarter's values."""
    for code, number in values.items():
        await typed.enter(desk, VILLAGE, QUARTER, code, str(number))


async def hand_in(desk: Desk) -> None:
    """Hands the quarter in."""
    form = (await desk.catalogue()).forms[FORM]
    assert not await submission.submit(desk, VILLAGE, form, QUARTER)


async def test_it_says_how_much_is_left_by_when_and_where(office: Office) -> None:
    """Items, minutes and the last day, the earliest first, each with a link to its sheet (F86)."""
    async with office.desk("张三") as desk, opened(desk) as pages:
        await fill(desk, {"B001": 178, "B002": 100})
        answer = await pages.browser.get("/")
        said = text_of(answer.text)

    assert "村季报 2024年第3季度 还差 5 项，约 5 分钟 原定10月10日前报，现在也可以报" in said
    assert f'href="/sheet/{CODE}/{FORM}/{PERIOD}"' in answer.text
    assert said.index("村年报 2023年") < said.index("村月度确认") < said.index("村季报")
    assert "已存在本机 2 项未报 上次同步 今天" in said
    assert "有 2 项只存在这台电脑上" in said


@pytest.mark.parametrize(
    "language, wanted",
    [
        ("zh-Hans", "还差 6 项，约 6 分钟 原定10月10日前报，现在也可以报"),
        ("zh-Hant", "還差 6 項，約 6 分鐘 原定10月10日前報，現在也可以報"),
        ("en", "6 items left, about 6 minutes was due by Oct 10"),
    ],
)
async def test_it_speaks_three_languages(office: Office, language: str, wanted: str) -> None:
    """The same figures in each, with the dates as they are written there."""
    async with office.desk("张三") as desk, opened(desk) as pages:
        await fill(desk, {"B001": 178})
        pages.browser.cookies.set("language", language)

        assert wanted in await pages.text("/")


async def test_a_form_is_ready_then_on_its_way_then_with_the_reviewer(office: Office) -> None:
    """What is on its way is told by receipts: handed in is not arrived (F80)."""
    async with office.desk("张三") as desk, opened(desk, office) as pages:
        await fill(desk)
        assert "村季报 2024年第3季度 已填齐，可以上报了" in await pages.text("/")
        await hand_in(desk)
        here = await pages.text("/")
        assert "村季报 2024年第3季度 已上报，等有网络时送出" in here
        assert "8 项未报" in here

        await pages.browser.post("/sync")
        await waited(pages)
        there = await pages.text("/")
        assert "村季报 2024年第3季度 已送到，等审核" in there
        assert "填过的都已报" in there


async def test_what_came_back_stands_first_with_the_reviewers_words(office: Office) -> None:
    """And leads to the cell; once it is mended and handed in again, it is gone."""
    reviewer = await Reviewer.at(office)
    async with office.desk("张三") as desk, opened(desk) as pages:
        await fill(desk)
        await hand_in(desk)
        await office.sync(desk)
        await reviewer.send_back({"B002": "和合同对不上，请核对 <b>"})
        await office.sync(desk)

        answer = await pages.browser.get("/")
        said = text_of(answer.text)
        assert "退回 1 项，请看看审核意见再改" in said
        assert "和合同对不上，请核对 <b>李镇" in said
        assert f'href="/sheet/{CODE}/{FORM}/{PERIOD}#B002"' in answer.text
        assert said.index("退回 1 项") < said.index("张表要填")

        await typed.enter(desk, VILLAGE, QUARTER, "B002", "98")
        assert "和合同对不上" not in await pages.text("/")


async def test_what_differs_is_told_with_the_way_to_it(office: Office) -> None:
    """Two laptops filed another figure: both are kept, and the page says so."""
    async with office.desk("张三") as one, office.desk("李四") as two, opened(one) as pages:
        for desk, number in ((one, 10_000), (two, 20_000)):
            await desk.record(VILLAGE, [(Cell("value", PERIOD, "B001"), quantity_value(number))])
            await office.sync(desk)
        await office.sync(one)

        answer = await pages.browser.get("/")
        assert "1 个数有两种填法" in text_of(answer.text)
        assert 'href="/conflicts"' in answer.text


async def test_what_the_server_refused_is_told_with_the_way_to_it(office: Office) -> None:
    """A grant that ended: what was typed is still here, and the page leads to it."""
    async with office.desk("张三") as desk, opened(desk) as pages:
        await office.end_grant(desk)
        await desk.record(VILLAGE, [(Cell("value", PERIOD, "B001"), quantity_value(10_000))])
        await office.sync(desk)

        answer = await pages.browser.get("/")
        assert "服务器没有收下 1 份" in text_of(answer.text)
        assert 'href="/aside"' in answer.text


async def test_before_the_first_sync_it_says_what_comes_first(office: Office) -> None:
    """Connect, sync, then the forms are here; and after that they are."""
    async with (
        Desk.open(await office.enrol("张三"), clock) as desk,
        opened(desk, office) as pages,
    ):
        said = await pages.text("/")
        assert "先取一次数据" in said
        assert "开始同步" in said

        await pages.browser.post("/sync")
        await waited(pages)
        assert "村季报" in await pages.text("/")


async def test_a_town_sees_how_many_of_its_places_have_something_to_do(office: Office) -> None:
    """Counted and found by name, in the order of codes, with no ranking of any kind."""
    async with (
        Desk.open(await office.enrol("王五", TOWN), clock) as desk,
        opened(desk, office) as pages,
    ):
        await office.sync(desk)
        answer = await pages.browser.get("/")
        said = text_of(answer.text)
        assert "1 个地方里，1 个还有事要做" in said
        assert f'href="/todo/{CODE}"' in answer.text
        assert 'action="/places"' in answer.text

        place = await pages.text(f"/todo/{CODE}")
        assert "仙河村要做的事" in place
        assert "村季报 2024年第3季度" in place


async def test_nothing_to_do_is_said_kindly(office: Office) -> None:
    """A laptop of a place for which no form is due."""
    async with office.desk("张三") as desk, opened(desk) as pages:
        catalogue = await desk.catalogue()
        for form in catalogue.forms.values():
            for period in ("2023", "2024H1", "2024Q3", "2024-09", "2024-10"):
                cell = Cell("submission", period, form.code)
                await desk.record(VILLAGE, [(cell, SUBMITTED)])
        said = await pages.text("/")

    assert "都报完了，眼下没有要填的。辛苦了！" in said


async def test_the_line_says_what_the_clock_is_worth(office: Office) -> None:
    """A laptop whose battery died is told that its clock is wrong, and works on."""
    folder = await office.enrol("张三")
    async with Desk.open(folder, clock) as desk:
        await office.sync(desk)
    async with Desk.open(folder, lambda: NOW - 400 * 24 * 3600) as desk, opened(desk) as pages:
        said = await pages.text("/")

    assert "本机时间不对，请校正" in said
    assert "村季报 2024年第3季度" in said
