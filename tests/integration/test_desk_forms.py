"""Forms as workbooks: out filled, in again whatever was done to them, a look before anything is written."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]  # it has no types
import pytest

from server import filing
from server.catalogue.keeping import catalogue_of
from sync.definition import Indicator
from sync.entry import blanks
from sync.value import Cell, quantity_value, text_value
from tests.integration.desk_office import (
    CITY,
    TOWN,
    VILLAGE,
    VILLAGES,
    DeskOffice,
    office,
)
from tests.integration.forms_office import (
    FIRST,
    FORM,
    PERIOD,
    SECOND,
    Change,
    changed,
    download,
    look,
    taken,
    typed,
    words,
)


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county with people of every role."""
    async with office(tmp_path) as here:
        yield here


async def standing(county: DeskOffice, place: Any = VILLAGE, code: str = FIRST) -> list[int]:
    """The numbers that stand in a cell."""
    found = await county.ledger.standing(place, [("value", PERIOD)])
    here = found.get(Cell("value", PERIOD, code))
    return sorted(one.value.number for one in here.versions) if here else []


async def commits(county: DeskOffice) -> int:
    """How many commits the town's staff has."""
    ((count,),) = await county.ledger.database.rows(
        "SELECT count(*) FROM commits WHERE author = ?", (county.people["staff"],)
    )
    return int(count)


async def test_a_workbook_holds_what_is_known_and_opens_what_may_be_typed(
    county: DeskOffice,
) -> None:
    """Title, marks and period; recorded values and those of other systems; rules and locks; a hidden
    sheet that says what each cell was (S105).
    """
    await county.report(VILLAGE, PERIOD, {FIRST: 12})
    await county.file(VILLAGE, [(Cell("note", PERIOD, FIRST), text_value("=1+1"))])
    book = openpyxl.load_workbook(io.BytesIO(await download(county)))
    sheet = book.worksheets[0]

    assert [one.sheet_state for one in book] == ["visible", "veryHidden"]
    assert sheet["A1"].value == "村季报"
    assert "445103101201" in sheet["A2"].value
    assert "2024Q3" in sheet["A3"].value
    assert "表号：C201" in sheet["A4"].value
    assert (sheet["A7"].value, sheet["D7"].value, sheet["D8"].value) == (FIRST, 12, None)
    assert (sheet["H7"].value, sheet["H7"].data_type) == ("=1+1", "s")
    assert sheet.protection.sheet
    unlocked = {cell.coordinate for row in sheet for cell in row if not cell.protection.locked}
    assert unlocked == {f"{column}{row}" for column in "DEH" for row in range(7, 14)}
    rules = {str(one.sqref): one for one in sheet.data_validations.dataValidation}
    assert rules["D7"].type == "decimal"
    assert "计量单位" in rules["D7"].error
    assert "不适用" in rules["E7"].formula1


async def test_many_places_go_into_one_file(county: DeskOffice) -> None:
    """A line a place or a sheet a place; both come back (S105)."""
    listed = await download(county, TOWN, "list")
    sheet = openpyxl.load_workbook(io.BytesIO(listed)).worksheets[0]
    assert [sheet.cell(row, 2).value for row in (7, 8, 9)] == ["仙河村", "溪口村", "塘边村"]
    sheets = await download(county, TOWN, "sheets")
    names = openpyxl.load_workbook(io.BytesIO(sheets)).sheetnames
    assert names == ["仙河村", "溪口村", "塘边村", "_key"]

    def fill(book: Any) -> None:
        for row, text in ((7, 5), (8, "没有数")):
            book.worksheets[0].cell(row, 4).value = text
        book.worksheets[0].cell(9, 5).value = "不适用"

    said = await taken(county, changed(listed, fill))
    assert "已写入 2 个单位的 2 格" in said
    assert "填报表 D8" in said
    assert await standing(county, VILLAGES[0]) == [50_000]

    def fill_two(book: Any) -> None:
        for sheet in book.worksheets[:2]:
            sheet["D8"] = "1,200"

    assert "已写入 2 个单位的 2 格" in await taken(county, changed(sheets, fill_two))
    assert await standing(county, VILLAGES[1], SECOND) == [12_000_000]


async def test_every_form_comes_back_whole(county: DeskOffice) -> None:
    """Each form of a town and its villages, in a language and a layout of its own: what is typed into
    every cell is written, and the next file says nothing new (S105, S106).
    """
    catalogue = await catalogue_of(county.ledger)
    forms = [one for one in catalogue.forms.values() if one.level in {"village", "town"}]
    for number, form in enumerate(forms):
        period = blanks.current_period(form, county.ledger.today()).text
        language = ("zh-CN", "zh-TW", "en")[number % 3]
        layout = ("sheets", "list")[number % 2]
        query = f"place={TOWN.hex()}&period={period}&form={form.code}&layout={layout}"
        browser = county.browsers["staff"]
        address, asked = f"/exchange/forms/file?{query}", {"accept-language": language}
        book = openpyxl.load_workbook(
            io.BytesIO((await browser.get(address, headers=asked)).content)
        )
        cells = 0
        for sheet in book.worksheets:
            for cell in [one for row in sheet for one in row if not one.protection.locked]:
                code = sheet.cell(cell.row, 1).value
                if layout == "list":
                    code = str(sheet.cell(6, cell.column).value).split()[0]
                if layout == "list" or cell.column == 4:
                    cell.value = typed_for(catalogue.indicators[code], cells)
                    cells += 1
        saved = io.BytesIO()
        book.save(saved)

        assert f" {cells} 格" in await taken(county, saved.getvalue()), (form.code, layout)
        said, _ = await look(county, (await browser.get(address, headers=asked)).content)
        assert "没有可以写入的格子" in said, (form.code, layout)


def typed_for(indicator: Indicator, number: int) -> object:
    """Something that goes into a cell of that indicator."""
    match indicator.type:
        case "flag":
            return ("是", "否", "yes")[number % 3]
        case "choice":
            return indicator.choices[-1]
        case "text":
            return f"文字 {number}"
    return number + 1


async def test_nothing_is_written_before_somebody_looked(county: DeskOffice) -> None:
    """The upload writes nothing; then what passes is one commit a place, as whoever imports, and the
    same file again changes nothing (S107).
    """

    def fill(book: Any) -> None:
        sheet = book.worksheets[0]
        sheet["D7"], sheet["D8"], sheet["H8"] = 3, "abc", "电话问的"
        sheet["E9"] = "不适用"

    content = changed(await download(county), fill)
    said, _ = await look(county, content)
    assert "还没有写入。可以写入 1 个单位的 2 格" in said
    assert "仙河村 D8" in said
    assert await standing(county) == []

    before = await commits(county)
    assert "已写入 1 个单位的 2 格" in await taken(county, content)
    assert await standing(county) == [30_000]
    assert await commits(county) == before + 1
    said, _ = await look(county, content)
    assert "没有可以写入的格子" in said
    await taken(county, content)
    assert await commits(county) == before + 1


async def test_taking_a_file_twice_at_once_writes_it_once(county: DeskOffice) -> None:
    """Two clicks, or two tabs with the same file: one commit, and the page says what was written
    (S107).
    """

    def fill(book: Any) -> None:
        book.worksheets[0]["D7"] = 31

    content = changed(await download(county), fill)
    files = [(await look(county, content))[1] for _ in range(2)]
    before = await commits(county)
    staff = county.browsers["staff"]
    await asyncio.gather(
        *(staff.post("/exchange/import/take", data={"file": one}) for one in files * 2)
    )

    assert await commits(county) == before + 1
    assert await standing(county) == [310_000]
    page = words((await staff.get(f"/exchange/import?file={files[0]}")).text)
    assert "已写入 1 个单位的 1 格" in page


async def test_what_was_filed_since_the_file_was_made_is_not_covered(county: DeskOffice) -> None:
    """A cell that was typed into stands beside it, one that nobody touched gives way, and both are
    shown first (S108).
    """
    await county.report(VILLAGE, PERIOD, {FIRST: 1, SECOND: 1})
    content = changed(await download(county), typed("D7", 2))
    await county.report(VILLAGE, PERIOD, {FIRST: 5, SECOND: 6})
    said, _ = await look(county, content)
    assert "下载以后别处改过：1 格" in said
    assert "别处已有新数：1 格" in said

    await taken(county, content)
    assert await standing(county) == [20_000, 50_000]
    assert await standing(county, code=SECOND) == [60_000]
    said, _ = await look(county, content)
    assert "没有可以写入的格子" in said


async def test_without_its_hidden_sheet_a_file_is_read_by_its_headings(county: DeskOffice) -> None:
    """The page says so, and what it showed counts as seen: what comes after it stays (S106, S108)."""
    await county.report(VILLAGE, PERIOD, {FIRST: 1})

    def strip(book: Any) -> None:
        del book["_key"]
        book.worksheets[0]["D7"] = 2
        book.worksheets[0].title = "Sheet1"

    said, file = await look(county, changed(await download(county), strip))
    assert "隐藏表不见了" in said
    assert "会写入：1 格" in said
    await county.report(VILLAGE, PERIOD, {FIRST: 7})
    await county.browsers["staff"].post("/exchange/import/take", data={"file": file})
    assert await standing(county) == [20_000, 70_000]


def moved(book: Any) -> None:
    """A column before all, lines in another order, another heading, a sheet of another name."""
    sheet = book.worksheets[0]
    sheet.title = "改了名"
    sheet.insert_rows(9)
    sheet.insert_cols(1)
    sheet["E6"] = "本期数（元）"
    sheet["E7"], sheet["B7"] = "35000", FIRST
    sheet["E8"], sheet["B8"] = "２．５", SECOND


def tampered(book: Any) -> None:
    """A line of the hidden sheet that says something else."""
    book["_key"]["E2"] = "1:99"
    book.worksheets[0]["D7"], book.worksheets[0]["D8"] = "3.5万元", " 2.5 "


def renamed(book: Any) -> None:
    """A heading that isn't ours where the value stands; units in the cells."""
    sheet = book.worksheets[0]
    sheet["D6"] = "数值"
    sheet["D7"], sheet["D8"] = "35,000元", "２.5万元"


@pytest.mark.parametrize("change, second", [(moved, []), (tampered, [25_000]), (renamed, [25_000])])
async def test_cells_are_found_whatever_was_moved(
    county: DeskOffice, change: Change, second: list[int]
) -> None:
    """By headings, codes and names; numbers are read as on the sheet, in the unit that stands with
    them, and one that would have to be rounded is refused (S106).
    """
    await taken(county, changed(await download(county), change))

    assert await standing(county) == [35_000]
    assert await standing(county, code=SECOND) == second


async def test_each_wrong_cell_has_an_address_and_a_sentence(county: DeskOffice) -> None:
    """Dates, words, two answers, merged cells, unknown and doubled lines; the rest passes (S106)."""

    def spoil(book: Any) -> None:
        sheet = book.worksheets[0]
        sheet["D7"] = dt.date(2024, 3, 1)
        sheet["D8"], sheet["E8"] = 4, "不适用"
        sheet.merge_cells("D9:D10")
        sheet["D9"] = 5
        sheet["E11"] = "忘了"
        sheet["D12"] = "=1+2"
        sheet["A13"], sheet["B13"] = "Z999", "没有的指标"
        sheet["A14"], sheet["D14"] = FIRST, 9

    said, file = await look(county, changed(await download(county), spoil))

    for part in (
        *("仙河村 D7", "是日期，不是数", "仙河村 D8", "既填了数（4）", "仙河村 D10"),
        *(
            "合并了",
            "仙河村 D11",
            "文件里有公式",
            "仙河村 A13",
            "Z999",
            "仙河村 A14 B001 出现了两次",
        ),
    ):
        assert part in said, part
    await county.browsers["staff"].post("/exchange/import/take", data={"file": file})
    assert await standing(county, code="B003") == [50_000]


async def test_other_systems_values_are_taken_by_leaving_them(county: DeskOffice) -> None:
    """What another system offers stands in its cell, and comes back as confirmed (S105)."""
    definer = county.people["definer"]
    grant = next(iter(county.ledger.register.grants_of(definer, county.ledger.now())))
    cells = [(Cell("prefill", PERIOD, FIRST), quantity_value(70_000))]
    await filing.file(county.ledger, [filing.Filed(VILLAGE, definer, grant, cells)])
    content = await download(county)
    assert openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]["D7"].value == 7

    await taken(county, content)
    assert await standing(county) == [70_000]


async def test_nobody_imports_for_places_of_others(county: DeskOffice) -> None:
    """A file may name any place; only those below one's grant are written (S107)."""
    answer = await county.browsers["definer"].get(
        f"/exchange/forms/file?place={CITY.hex()}&period={PERIOD}&form={FORM}&layout=sheets"
    )

    def fill(book: Any) -> None:
        for sheet in book.worksheets[:-1]:
            sheet["D7"] = 8

    said = await taken(county, changed(answer.content, fill))
    assert "已写入 3 个单位的 3 格" in said
    assert "您不能替这个单位填报" in said
    assert await standing(county, VILLAGES[3]) == []
    _, file = await look(county, answer.content)
    other = await county.browsers["definer"].get(f"/exchange/import?file={file}")
    assert other.status_code == 403


async def test_values_as_csv_come_in_the_same_way(county: DeskOffice) -> None:
    """The format of `values import`, with a look first (S107)."""
    lines = (
        "place_code,period,indicator,value,reason\n445103101201,2024Q3,B001,12,\nx,2024Q3,B001,1,\n"
    )
    said = await taken(county, lines.encode())
    assert "已写入 1 个单位的 1 格" in said
    assert "CSV 3" in said
    assert await standing(county) == [120_000]
