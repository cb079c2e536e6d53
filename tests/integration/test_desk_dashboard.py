"""Boards, tables, and the pages of places and indicators, over a small county's real books."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import openpyxl  # type: ignore[import-untyped]  # it has no types
import pytest

from server import filing
from server.catalogue.keeping import catalogue_of
from server.devices.invites import authority
from sync.definition import canonical
from sync.ids import GrantId, PersonId, mint_at
from sync.ledger.database import Database, Row
from sync.review import target_cell
from sync.value import Cell, quantity_value, text_value
from tests.integration.desk_office import (
    COUNTY,
    ELSEWHERE,
    SECOND_TOWN,
    TOWN,
    VILLAGE,
    VILLAGES,
    DeskOffice,
    office,
)

GROWING = "r|v|c|s|p|a|rollup|version|commits|completeness|form_standing|place_no|adjustment"
"""Tables, and what the queries call them, that hold a row or more for every village."""
INCOME = {"B001": 100, "B002": 40, "B003": 30, "B004": 20, "B005": 10, "B006": 0}


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """Two villages of one town have reported two quarters, one of the other town the last one."""
    async with office(tmp_path) as here:
        for period, factor in (("2024Q2", 1), ("2024Q3", 2)):
            for village in VILLAGES[:2]:
                await here.report(village, period, {c: n * factor for c, n in INCOME.items()})
        await here.report(VILLAGES[3], "2024Q3", INCOME)
        yield here


async def board(county: DeskOffice, **asked: str) -> dict[str, Any]:
    """What an open page asks for, as the county's reviewer."""
    wanted = {"place": COUNTY.hex(), "period": "2024Q3", "indicator": "B001"} | asked
    answer = await county.browsers["county"].get("/api/board", params=wanted)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def page(county: DeskOffice, path: str, who: str = "county", **asked: str) -> str:
    """A page's text without its markup."""
    answer = await county.browsers[who].get(path, params=asked)
    assert answer.status_code == 200, (answer.status_code, answer.text[:500])
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", answer.text))


async def test_a_figure_says_how_many_of_how_many_are_in_it(county: DeskOffice) -> None:
    """Sums are exact, with those who reported of those who should, at the place and below (S90)."""
    made = await board(county)
    texts = made["texts"]

    assert (texts["figure"], texts["fact-covered"]) == ("500", "应报 6 个，已报 3 个")
    assert (texts[f"value-{TOWN.hex()}"], texts[f"covered-{TOWN.hex()}"]) == ("400", "2/3")
    assert (texts[f"value-{SECOND_TOWN.hex()}"], texts[f"covered-{SECOND_TOWN.hex()}"]) == (
        "100",
        "1/3",
    )
    assert texts["fact-before"].startswith("2024年第2季度：200（2/6 个已报）；多 300（150%）")
    assert [part["value"] for part in made["parts"]] == ["200", "150", "100", "50", "0"]
    assert texts["share-B002"] == "40%"


async def test_a_year_of_quarters_is_said_to_be_of_its_last(county: DeskOffice) -> None:
    """What accumulates is the last quarter's, and so is how far it is reviewed."""
    await county.submit(VILLAGE, "2024Q3", "C201")
    texts = (await board(county, period="2024"))["texts"]

    assert (texts["figure"], texts["fact-from"]) == ("500", "用的是2024年第3季度的数。")
    assert texts["fact-reviewed"].startswith("应报 6 个：已交表 1 个")


async def test_what_is_missing_is_no_zero(county: DeskOffice) -> None:
    """A dash with the reason, for a page, for a script, for a chart and in a file; and a zero that
    was filed is a zero (S90).
    """
    await county.report(VILLAGES[2], "2024Q3", {"B001": "!not_yet_available", "B006": 0})
    made = await board(county, place=TOWN.hex())
    texts, (_, _, third) = made["texts"], made["places"]

    assert (texts[f"value-{VILLAGES[2].hex()}"], third["value"]) == ("—", "")
    assert third["why"]
    assert (await board(county, place=VILLAGES[2].hex(), indicator="B006"))["texts"][
        "figure"
    ] == "0"
    rows = await exported(county, place=TOWN.hex(), indicator="B001")
    assert [row[4] for row in rows[1:]] == ["200", "200", third["why"]]


async def exported(county: DeskOffice, **asked: str) -> list[list[str]]:
    """The rows of a table's CSV, after its last line was found true."""
    wanted = {"period": "2024Q3", "kind": "csv"} | asked
    answer = await county.browsers["county"].get("/board/export", params=wanted)
    assert answer.status_code == 200, answer.text
    *lines, last = answer.content.splitlines(keepends=True)
    digest = hashlib.sha256(b"".join(lines)).hexdigest()
    assert last.decode().startswith(f"#rows={len(lines) - 1},sha256={digest}")
    return list(csv.reader(io.StringIO(b"".join(lines).decode("utf-8-sig"))))


async def redefine(county: DeskOffice, code: str, **other: Any) -> None:
    """A new edition of a definition."""
    one = (await catalogue_of(county.ledger)).indicators[code]
    text = canonical(msgspec.structs.replace(one, version=one.version + 1, **other))
    cell = Cell("indicator", code, "definition")
    person, grant = authority(county.ledger)
    filed = filing.Filed(county.ledger.root, person, grant, [(cell, text_value(text))])
    await filing.file(county.ledger, [filed])


async def test_nothing_is_compared_across_a_change_of_definition(county: DeskOffice) -> None:
    """The course has a mark where the new edition begins, the comparison says why there is none, and
    the indicator's page tells of both editions (S91).
    """
    await county.report(VILLAGE, "2024Q4", {"B001": 900})
    assert "口径" not in (await board(county, period="2024Q4"))["texts"]["fact-before"]
    await redefine(county, "B001", unit="元")
    made = await board(county, period="2024Q4")

    assert made["texts"]["fact-before"] == "2024年第3季度：500；口径改过，不能直接比"
    assert [one["broken"] != "" for one in made["moments"]] == [False, False, True]
    derived = await board(county, period="2024Q4", indicator="B505")
    assert "“村集体经济总收入”按第 2 版口径" in derived["moments"][-1]["broken"]
    told = await page(county, "/indicator/B001")
    assert "口径改变，前后不可比" in told
    assert "第 2 版" in told
    assert "改了：单位、版本号" in told


async def test_what_accumulates_is_not_compared_across_new_year(county: DeskOffice) -> None:
    """The first quarter is always less than the fourth of the year before (S91)."""
    await county.report(VILLAGE, "2023Q4", {"B001": 700})
    await county.report(VILLAGE, "2024Q1", {"B001": 90})
    made = await board(county, period="2024Q1")

    assert made["texts"]["fact-before"] == "2023年第4季度：700；累计数从年初重新算，不能直接比"


async def test_a_target_is_the_place_s_own_or_for_rates_one_above(county: DeskOffice) -> None:
    """A county's sum is no target for its towns; its rate is."""
    person, grant = authority(county.ledger)
    cells = [
        (target_cell("2024", "B001"), quantity_value(6_000_000)),
        (target_cell("2024", "B505"), quantity_value(800_000)),
    ]
    await filing.file(county.ledger, [filing.Filed(COUNTY, person, grant, cells)])

    assert (await board(county))["texts"]["fact-target"] == "600，现在少 100"
    assert (await board(county, place=TOWN.hex()))["texts"]["fact-target"] == ""
    rate = await board(county, place=TOWN.hex(), indicator="B505")
    assert rate["texts"]["fact-target"] == "80，现在多 10"


async def test_nothing_out_of_sight_is_shown_found_or_named(county: DeskOffice) -> None:
    """A town's reviewer gets no figure of another county, and a search doesn't name it (S92)."""
    town = county.browsers["town"]
    for path in ("/board", "/api/board", "/board/table", "/board/export"):
        answer = await town.get(path, params={"place": ELSEWHERE.hex(), "indicator": "B001"})
        assert answer.status_code == 404, path
    for path in (f"/place/{COUNTY.hex()}", f"/place/{COUNTY.hex()}/onepage"):
        assert (await town.get(path)).status_code == 404
    assert "饶平县" not in await page(county, "/board", "town", q="饶平")
    assert "饶平县" not in (await town.get("/indicator/B001")).text
    for typed, names in (("raoping", []), ("xianhe", ["仙河村"])):
        answer = await town.get("/api/board/places", params={"q": typed, "to": "2024Q3 B001"})
        assert [one["name"] for one in answer.json()] == names


async def test_a_table_sorts_filters_and_leaves_gaps_last(county: DeskOffice) -> None:
    """By a figure either way those without one come last; a text is looked for in names and codes;
    what the address says, the file holds too.
    """
    places = {"place": COUNTY.hex(), "level": "village", "indicator": "B001", "sort": "B001"}
    rising = [row[1] for row in (await exported(county, **places))[1:]]
    rows = await exported(county, **places, text="445103101")

    assert len(rows) == 4
    assert len(rising) == 6
    text = await page(county, "/board/table", **places, order="falling")
    assert text.index("仙河村") < text.index("下寮村") < text.index("塘边村")
    text = await page(county, "/board/table", **places)
    assert text.index("下寮村") < text.index("仙河村") < text.index("塘边村")


async def test_a_workbook_holds_numbers_and_reasons(county: DeskOffice) -> None:
    """What a spreadsheet can add up is a number there; beside it how far it is reviewed."""
    asked = {"place": COUNTY.hex(), "period": "2024Q3", "level": "village", "indicator": "B001"}
    answer = await county.browsers["county"].get("/board/export", params=asked | {"kind": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    head, first, *_, last = sheet.iter_rows(values_only=True)

    assert head[4:8] == ("B001 村集体经济总收入 (万元)", "B001 已报", "B001 应报", "B001 镇审过")
    assert (first[1], *first[4:8]) == ("仙河村", 200, 1, 1, 0)
    assert last[4] == "没有填"


async def test_a_page_without_scripts_has_every_number_of_its_charts(county: DeskOffice) -> None:
    """What a chart draws stands in the tables, and the library comes only where charts are (S94)."""
    asked = {"place": COUNTY.hex(), "period": "2024Q3", "indicator": "B001"}
    markup = (await county.browsers["county"].get("/board", params=asked)).text
    made = await board(county)
    body = markup.partition('id="board-data"')[0]
    drawn = [*made["places"], *made["moments"], *made["parts"]]

    assert drawn
    assert all(f">{one['words']}</span>" in body for one in drawn)
    assert "echarts.min.js" in markup
    for path in ("/indicators", "/indicator/B001", f"/place/{COUNTY.hex()}", "/board/table"):
        assert "echarts" not in (await county.browsers["county"].get(path)).text, path


async def test_an_open_board_hears_of_a_new_figure_and_asks_for_it(county: DeskOffice) -> None:
    """The address that the page asks under gives the new sum at once (S90)."""
    made = await board(county)
    await county.report(VILLAGES[4], "2024Q3", {"B001": 11})
    again = (await county.browsers["county"].get(made["refresh"])).json()

    assert (made["texts"]["figure"], again["texts"]["figure"]) == ("500", "511")
    assert made["live"] == f"/api/live?place={COUNTY.hex()}"


async def test_a_place_tells_who_it_is_and_was(county: DeskOffice) -> None:
    """A former name and code, the forms, the figures; devices only to who looks after them."""
    person, grant = authority(county.ledger)
    cells = [
        (Cell("place", "2024-05-01", "name"), text_value("仙河新村")),
        (Cell("place", "2024-05-01", "code"), text_value("445103101299")),
    ]
    await filing.file(county.ledger, [filing.Filed(VILLAGE, person, grant, cells)])
    await county.submit(VILLAGE, "2024Q3", "C201")
    text = await page(county, f"/place/{VILLAGE.hex()}")

    for said in ("仙河新村", "445103101299", "曾用名仙河村", "原代码445103101201", "200"):
        assert said in text, said
    assert "这里的电脑" not in text
    assert "这里的电脑" in await page(county, f"/place/{VILLAGE.hex()}", "administrator")
    assert "村季报2024年第3季度已报未审" in text
    sheet = await page(county, f"/place/{VILLAGE.hex()}/onepage")
    assert "村集体经济总收入 200 万元 2024Q3 填报" in sheet


async def test_an_indicator_tells_its_formula_in_words(county: DeskOffice) -> None:
    """Names instead of codes, who uses it, and which forms ask for it."""
    text = await page(county, "/indicator/B505")

    assert "100 × 经营性收入 ÷ 村集体经济总收入" in text
    assert "村季报" in await page(county, "/indicator/B001")
    assert "共 1 项" in await page(county, "/indicators", q="B505")


async def test_an_indicator_is_chosen_by_code_or_by_name(county: DeskOffice) -> None:
    """As the list of the page fills it in, or as somebody types it; an unknown one is refused."""
    for text in ("B501", "b501", "B501 经营性收入", "经营性收入"):
        assert (await board(county, indicator=text))["texts"]["figure"] == "450"
    answer = await county.browsers["county"].get("/board", params={"indicator": "没有的"})

    assert answer.status_code == 404


async def test_a_place_without_figures_still_has_a_page(county: DeskOffice) -> None:
    """Nothing was ever reported there: dashes and reasons, no error."""
    browser: httpx.AsyncClient = county.browsers["outside"]
    for path in ("/board", "/board/table", f"/place/{ELSEWHERE.hex()}", "/indicator/B001"):
        answer = await browser.get(path)
        assert answer.status_code == 200, path


async def test_no_page_of_figures_reads_a_whole_table(
    county: DeskOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every query of every page seeks by an index whatever grows with the villages: asked of SQLite
    itself, with the queries as the pages made them.
    """
    asked: dict[str, tuple[object, ...]] = {}
    plain = Database.rows

    async def noted(self: Database, sql: str, values: Iterable[object] = ()) -> list[Row]:
        asked[sql] = tuple(values)
        return await plain(self, sql, asked[sql])

    monkeypatch.setattr(Database, "rows", noted)
    place, table = COUNTY.hex(), f"/board/table?place={COUNTY.hex()}&period=2024Q3"
    for path in (
        f"/board?place={place}&period=2024Q3&indicator=B001",
        f"/board?place={place}&indicator=A008",
        f"{table}&level=village&indicator=B505&sort=B505",
        f"/place/{place}",
        f"/place/{VILLAGE.hex()}/onepage",
        "/indicator/B505",
    ):
        assert (await county.browsers["county"].get(path)).status_code == 200, path
    monkeypatch.undo()
    scans = {}
    for sql, values in asked.items():
        if sql.startswith(("SELECT", "WITH")):
            plan = await county.ledger.database.rows(f"EXPLAIN QUERY PLAN {sql}", values)
            scans[sql] = [row[3] for row in plan if re.match(f"SCAN ({GROWING})\\b", row[3])]

    assert len(scans) > 20
    assert {sql: there for sql, there in scans.items() if there} == {}


async def test_the_figure_says_between_what_it_lies_while_values_are_in_dispute(
    county: DeskOffice,
) -> None:
    """Rival values at a village: the county's board names both ends of its total (S90)."""
    cell = Cell("value", "2024Q3", "B001")
    person = PersonId(mint_at("person", VILLAGE, b"officer"))
    grant = GrantId(mint_at("grant", VILLAGE, b"officer"))
    rival = [(cell, quantity_value(240 * 10_000))]
    filed = filing.Filed(VILLAGE, person, grant, rival, shown={cell: ()})
    await filing.file(county.ledger, [filed])

    assert "合计都在 500 到 540 之间" in await page(county, "/board", **ASKED)


ASKED = {"place": COUNTY.hex(), "period": "2024Q3", "indicator": "B001"}


async def test_a_board_says_what_a_figure_comes_to_with_its_adjustments(county: DeskOffice) -> None:
    """Beside the reported total, and through a formula that uses the adjusted figure (S95)."""
    answer = await county.browsers["county"].post(
        f"/adjust/{TOWN.hex()}/2024Q3/B002", data={"amount": "20.5", "reason": "漏报一笔租金"}
    )
    assert answer.status_code == 303, answer.text
    own = (await board(county, indicator="B002"))["texts"]
    rate = (await board(county, indicator="B505"))["texts"]

    assert (own["figure"], rate["figure"]) == ("200", "90")
    assert own["fact-adjusted"] == (
        "另有 1 处调整，合计 +20.5，没有算进上面的数（是它的 10.3%）；算上调整是 220.5"
    )
    assert rate["fact-adjusted"] == ("用到的数有 1 处调整，没有算进上面的数；算上调整是 94.1")
