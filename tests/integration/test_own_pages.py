"""What differs, where a figure comes from, what was refused, and one's own figures, as pages."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import os
import re
import zipfile
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import pytest

from field_client.desk import Desk
from field_client.enrolling import join
from server import filing
from server.devices import invites
from sync.ledger.simulated import SIMULATED
from sync.review import SUBMITTED, submission_cell, target_cell
from sync.value import Cell, flag_value, quantity_value, text_value
from tests.integration.pages_office import Pages, opened, text_of
from tests.unit.field_office import CODE, NOW, VILLAGE, Office, office_in

PERIOD = "2024Q3"
CASH = Cell("value", PERIOD, "B001")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A server with one village."""
    async with office_in(tmp_path) as made:
        yield made


async def put(desk: Desk, cell: Cell, number: int) -> None:
    """Record a whole number."""
    await desk.record(desk.place, [(cell, quantity_value(number * 10_000))])


async def disputed(office: Office, one: Desk, two: Desk) -> None:
    """Both file 180 and 178 for the same cell, each before the other's arrived."""
    await put(one, CASH, 180)
    await put(two, CASH, 178)
    for desk in (one, two, one):
        assert (await office.sync(desk)).complete


def forms(page: str) -> list[dict[str, str]]:
    """The fields of every form of a page, with where it is sent."""
    found = []
    for action, inside in re.findall(
        r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', page, re.DOTALL
    ):
        pairs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', inside)
        found.append({"action": action, **{name: unescape(value) for name, value in pairs}})
    return found


async def send(pages: Pages, form: dict[str, str], **typed: str) -> str:
    """Send a form with what was typed, and read the page that it leads to."""
    fields = {**form, **typed}
    answer = await pages.browser.post(fields.pop("action"), data=fields)
    assert answer.status_code == 303, text_of(answer.text)
    return (await pages.browser.get(answer.headers["location"])).text


async def conflict_forms(pages: Pages) -> list[dict[str, str]]:
    """The forms of the page of conflicts."""
    return [one for one in forms((await pages.browser.get("/conflicts")).text) if "kind" in one]


async def test_a_conflict_shows_both_sides_and_is_settled_by_a_choice(office: Office) -> None:
    """Who, on which laptop, and what each saw; the other laptop hears of the choice (F3)."""
    async with office.desk("张三") as one, office.desk("李四") as two:
        await disputed(office, one, two)
        async with opened(one, office) as pages:
            text = await pages.text("/conflicts")
            for word in ("180", "178", "张三的电脑", "李四的电脑", "相差 2 万元", "还没有同步过来"):
                assert word in text
            chosen = [f for f in await conflict_forms(pages) if f.get("chosen")]
            after = text_of(await send(pages, chosen[0]))
            assert "已定下来" in after
            assert "没有填得不一样的数" in after
        for desk in (one, two):
            assert (await office.sync(desk)).complete
        async with opened(two, office) as pages:
            assert "没有填得不一样的数" in await pages.text("/conflicts")


async def test_a_choice_can_be_taken_back(office: Office) -> None:
    """While nothing was sealed, the conflict stands again as it did."""
    async with office.desk("张三") as one, office.desk("李四") as two:
        await disputed(office, one, two)
        async with opened(one, office) as pages:
            before = await conflict_forms(pages)
            page = await send(pages, next(f for f in before if f.get("chosen")))
            (undo,) = [f for f in forms(page) if f["action"] == "/conflicts/undo"]
            assert "已撤销" in text_of(await send(pages, undo))
            assert await conflict_forms(pages) == before


async def test_a_choice_in_a_form_that_is_handed_in_can_be_taken_back_until_it_is_sealed(
    office: Office,
) -> None:
    """What settled a conflict is no change of the form until then; afterwards it is locked."""
    async with office.desk("张三") as one, office.desk("李四") as two:
        await disputed(office, one, two)
        await one.record(one.place, [(submission_cell(PERIOD, "C201"), SUBMITTED)])
        async with opened(one, office) as pages:
            before = await conflict_forms(pages)
            for sealed in (False, True):
                choice = next(f for f in before if f.get("chosen"))
                page = await send(pages, choice)
                (undo,) = [f for f in forms(page) if f["action"] == "/conflicts/undo"]
                if sealed:
                    await one.ledger.seal()
                    answer = await pages.browser.post(undo.pop("action"), data=undo)
                    assert answer.status_code == 422
                else:
                    assert "已撤销" in text_of(await send(pages, undo))
            assert await conflict_forms(pages) == []


async def test_a_third_value_and_a_question_are_ways_out_too(office: Office) -> None:
    """A question stays beside both values; a typed value, in another unit, ends the dispute."""
    async with office.desk("张三") as one, office.desk("李四") as two:
        await disputed(office, one, two)
        async with opened(one, office) as pages:
            asked = next(f for f in await conflict_forms(pages) if f["action"] == "/conflicts/ask")
            page = text_of(await send(pages, asked, words="请核对 <发票>"))
            assert "请核对 <发票>" in page
            third = next(
                f
                for f in await conflict_forms(pages)
                if f["action"] == "/conflicts/settle" and "chosen" not in f
            )
            page = text_of(await send(pages, third, text="1790000", unit="元"))
            assert "179 万元" in page
            history = await pages.text(f"/history/{CODE}/{PERIOD}/B001")
            assert "一共填过 3 次" in history


async def test_what_arrived_after_the_page_was_made_is_not_covered(office: Office) -> None:
    """A choice made on an old page leaves the version that the page did not show."""
    async with office.desk("张三") as one, office.desk("李四") as two, office.desk("王五") as three:
        await disputed(office, one, two)
        async with opened(one, office) as pages:
            old = next(f for f in await conflict_forms(pages) if f.get("chosen"))
            await put(three, CASH, 200)
            for desk in (three, one):
                assert (await office.sync(desk)).complete
            await send(pages, old)
            text = await pages.text("/conflicts")
            assert "200" in text
            assert "页面没有显示" in text


async def test_a_note_that_differs_is_settled_by_choosing_one(office: Office) -> None:
    """What lies beside values is no dead end."""
    note = Cell("note", PERIOD, "B001")
    async with office.desk("张三") as one, office.desk("李四") as two:
        await one.record(one.place, [(note, text_value("按账本"))])
        await two.record(two.place, [(note, text_value("按发票"))])
        for desk in (one, two, one):
            assert (await office.sync(desk)).complete
        async with opened(one, office) as pages:
            assert "按发票" in await pages.text("/conflicts")
            await send(pages, next(f for f in await conflict_forms(pages) if f.get("chosen")))
            assert "没有填得不一样的数" in await pages.text("/conflicts")


async def test_a_history_tells_every_version_and_can_be_saved(office: Office) -> None:
    """Each with author, laptop, receipt and signature, in words and as a table (F4)."""
    ticks = itertools.count(NOW, 60)
    async with office.desk("张三", lambda: next(ticks)) as desk:
        for number in (1, 2):
            await put(desk, CASH, number)
            assert (await office.sync(desk)).complete
        await put(desk, CASH, 3)
        async with opened(desk, office) as pages:
            text = await pages.text(f"/history/{CODE}/{PERIOD}/B001")
            saved = await pages.browser.get(f"/history/{CODE}/{PERIOD}/B001/csv")
    rows = list(csv.DictReader(io.StringIO(saved.content.decode("utf-8-sig"))))
    assert [row["value"] for row in rows] == ["3", "2", "1"]
    assert [row["signature"] for row in rows] == ["unsealed", "own", "own"]
    assert [bool(row["accepted_at"]) for row in rows] == [False, True, True]
    assert {row["author"] for row in rows} == {"张三"}
    for word in ("现在用的数，还没有报出去", "后来改过了", "核对无误", "张三的电脑"):
        assert word in text


async def test_no_file_to_take_away_begins_a_cell_as_a_formula_does(office: Office) -> None:
    """A spreadsheet runs what begins with '=': a note of a colleague's must stay a note."""
    bad = '=HYPERLINK("http://evil.example","点")'
    async with office.desk("张三") as desk:
        await put(desk, CASH, -3)
        await desk.record(desk.place, [(Cell("note", PERIOD, "B001"), text_value(bad))])
        async with opened(desk, office) as pages:
            saved = await pages.browser.get(f"/export/{CODE}/long.csv")
    (row,) = csv.DictReader(io.StringIO(saved.content.decode("utf-8-sig")))
    assert (row["value"], row["note"]) == ("-3", f"'{bad}")


async def test_what_was_refused_can_be_filed_by_another_who_may(office: Office) -> None:
    """The reason is told; whoever holds a grant files it as their own, and it is accepted (F5)."""
    async with office.desk("李四") as desk:
        await office.end_grant(desk)
        await put(desk, CASH, 3)
        assert (await office.sync(desk)).refused == 1
        async with opened(desk, office) as pages:
            text = await pages.text("/aside")
            assert "授权" in text
            assert "您现在没有填报的授权" in text
            assert not [f for f in forms((await pages.browser.get("/aside")).text) if "commit" in f]
        code = await invites.invite(office.ledger, VILLAGE, "enter", "王五", os.urandom)
        person = await join(desk.ledger, office.client, code, "")
        assert (await office.sync(desk)).complete
        async with opened(desk, office) as pages:
            await pages.browser.post("/unlock", data={"who": person.hex(), "pin": ""})
            page = (await pages.browser.get("/aside")).text
            (form,) = [f for f in forms(page) if f["action"] == "/aside/file"]
            assert "已由您重新填上 1 项" in text_of(await send(pages, form))
            assert "已经办好的" in await pages.text("/aside")
        assert (await office.sync(desk)).complete
        (row,) = await office.ledger.database.rows(
            "SELECT number FROM version WHERE kind = 'value' AND field = 'B001' AND shown = 1"
        )
    assert row == (30_000,)


async def test_nothing_refused_says_so(office: Office) -> None:
    """An empty page has its own sentence and a way back."""
    async with office.desk("张三") as desk, opened(desk, office) as pages:
        assert "没有被拒收" in await pages.text("/aside")
        assert "没有填得不一样的数" in await pages.text("/conflicts")
        assert "还没有填过数" in await pages.text("/village")
        assert "还没有人填过这个数" in await pages.text(f"/history/{CODE}/{PERIOD}/B001")


async def test_a_village_sees_its_own_figures_and_why_some_are_missing(office: Office) -> None:
    """Trends by topic, a gap with its reason, and the word that it was reported before."""
    async with office.desk("张三") as desk:
        await put(desk, Cell("value", "2024Q1", "B001"), 60)
        await put(desk, CASH, 180)
        async with opened(desk, office) as pages:
            page = (await pages.browser.get("/village")).text
            text = text_of(page)
            assert "集体经济与产业" in text
            assert "没有填" in text
            assert page.count("<svg") == 1
            (form,) = [f for f in forms(page) if f["action"] == "/village/already"]
            assert "报过了： 已报镇农办" in text_of(await send(pages, form, whom="已报镇农办"))
            assert "180 万元" in await pages.text(f"/village/{CODE}/sheet")


async def test_a_target_is_a_line_beside_the_figures(office: Office) -> None:
    """What the place strives for stands with its latest figure and is told in the chart."""
    aim = [(target_cell("2024", "B001"), quantity_value(200 * 10_000))]
    person, grant = invites.authority(office.ledger)
    await filing.file(office.ledger, [filing.Filed(VILLAGE, person, grant, aim)])
    async with office.desk("张三") as desk:
        for period, number in (("2024Q1", 60), ("2024Q2", 110), (PERIOD, 180)):
            await put(desk, Cell("value", period, "B001"), number)
        async with opened(desk, office) as pages:
            page = (await pages.browser.get(f"/village/{CODE}")).text
    assert "目标 200" in text_of(page)
    assert "棕色虚线是目标" in text_of(page)
    assert page.count('class="target"') == 1


async def test_made_up_figures_are_called_so_in_every_file(office: Office) -> None:
    """In the name, in each row, and on the workbook's first sheet."""
    person, grant = invites.authority(office.ledger)
    mark = [(SIMULATED, flag_value(True))]
    await filing.file(office.ledger, [filing.Filed(office.ledger.root, person, grant, mark)])
    async with office.desk("张三") as desk:
        await put(desk, CASH, 180)
        async with opened(desk, office) as pages:
            long = await pages.browser.get(f"/export/{CODE}/long.csv")
            wide = await pages.browser.get(f"/export/{CODE}/wide.csv")
            book = await pages.browser.get(f"/export/{CODE}/data.xlsx")
            await pages.browser.post("/export")
            whole = await pages.browser.get("/export-all.zip")
    for answer in (long, wide, book, whole):
        assert "simulated-" in answer.headers["content-disposition"]
    for answer in (long, wide):
        (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
        assert row["simulated"] == "1"
    assert "模拟数据" in words_of(book.content)
    with zipfile.ZipFile(io.BytesIO(whole.content)) as archive:
        assert '"simulated": true' in archive.read("manifest.json").decode()
        assert "模拟数据" in archive.read("README.txt").decode("utf-8-sig")


async def test_files_hold_what_was_filed_and_the_checksum_that_is_shown(office: Office) -> None:
    """The same bytes each time, with their SHA-256 on the page."""
    async with office.desk("张三") as desk:
        await put(desk, CASH, 180)
        await put(desk, Cell("value", "2024Q2", "B001"), 120)
        async with opened(desk, office) as pages:
            page = await pages.text("/export")
            for name in ("long.csv", "wide.csv", "data.xlsx"):
                answer = await pages.browser.get(f"/export/{CODE}/{name}")
                digest = hashlib.sha256(answer.content).hexdigest()
                assert digest == answer.headers["x-sha256"]
                assert digest in page
                assert "simulated" not in answer.headers["content-disposition"]
            wide = await pages.browser.get(f"/export/{CODE}/wide.csv")
            other = await pages.browser.get(f"/export/{CODE}/passwords.csv")
    (row,) = csv.DictReader(io.StringIO(wide.content.decode("utf-8-sig")))
    assert (row["2024Q2"], row["2024Q3"], row["unit"]) == ("120", "180", "万元")
    assert other.status_code == 404


async def test_a_place_is_found_by_letters_and_by_a_former_name(office: Office) -> None:
    """The answer for a script says where a choice leads; the page lists the same."""
    async with office.desk("张三") as desk, opened(desk, office) as pages:
        for typed in ("仙河", "xh", "xianhe", CODE[:9]):
            (one,) = (await pages.browser.get("/api/places", params={"q": typed})).json()
            assert (one["name"], one["address"]) == ("仙河村", f"/todo/{CODE}")
        assert "仙河村" in await pages.text("/places?q=xhc")
        assert "没有找到" in await pages.text("/places?q=zzz")
        renamed = [(Cell("place", "2024-06-01", "name"), text_value("仙溪村"))]
        person, grant = invites.authority(office.ledger)
        await filing.file(office.ledger, [filing.Filed(VILLAGE, person, grant, renamed)])
        assert (await office.sync(desk)).complete
        (one,) = (await pages.browser.get("/api/places", params={"q": "xianhe"})).json()
    assert (one["name"], one["former"]) == ("仙溪村", "仙河村")


async def test_what_a_page_sends_about_another_place_is_refused(office: Office) -> None:
    """Nobody files for a place by naming it in a form, and nonsense makes no fault."""
    async with office.desk("张三") as desk, opened(desk, office) as pages:
        for place in ("00" * 16, "zz", office.ledger.root.hex()):
            data = {"place": place, "kind": "value", "subject": PERIOD, "field": "B001"}
            for path in ("/conflicts/settle", "/conflicts/ask", "/conflicts/undo"):
                answer = await pages.browser.post(path, data=data)
                assert answer.status_code == 422, (path, place)
        here = {"place": desk.place.hex(), "kind": "value", "subject": "??", "field": "B001"}
        for path in ("/conflicts/settle", "/conflicts/ask", "/conflicts/undo"):
            answer = await pages.browser.post(path, data={**here, "shown": "xy"})
            assert answer.status_code == 422


def words_of(workbook: bytes) -> str:
    """All texts of a workbook."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        names = [name for name in archive.namelist() if name.endswith(".xml")]
        return " ".join(archive.read(name).decode() for name in names)
