"""Pages on which a figure explains itself, and on which a county adjusts a total with a reason."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from server.catalogue.keeping import catalogue_of
from server.exchange.totals import totals
from sync.ids import PlaceId
from sync.value import Cell, text_value
from tests.integration.desk_office import (
    COUNTY,
    TOWN,
    VILLAGE,
    VILLAGES,
    DeskOffice,
    office,
)

QUARTER = "2024Q3"


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county whose villages have reported some figures."""
    async with office(tmp_path) as here:
        for n, village in enumerate(VILLAGES[:4]):
            await here.report(village, QUARTER, {"B001": 100 + n, "B002": 10})
        await here.report(VILLAGES[4], QUARTER, {"B001": "!not_yet_available"})
        yield here


def explained(place: PlaceId, code: str = "B001", period: str = QUARTER) -> str:
    """Where a figure is explained."""
    return f"/explain/{place.hex()}/{period}/{code}"


async def test_a_total_shows_its_parts_and_they_come_to_it(county: DeskOffice) -> None:
    """Towns below with what they add, who has not reported and for which reasons (S96)."""
    answer = await county.browsers["county"].get(explained(COUNTY))

    assert answer.status_code == 200, answer.text
    for words in (
        "磷溪镇",
        "官塘镇",
        "406",
        "303",
        "103",
        "各部分之和正好等于合计",
        "未报 1",
        "数据未出 1",
    ):
        assert words in answer.text, words


async def test_a_village_shows_each_version_with_its_commit_and_a_signature_checked_now(
    county: DeskOffice,
) -> None:
    """What was replaced stays in sight; who, where, when, receipt and signature, and what was said
    beside it: a note, an explanation of a check (S97).
    """
    await county.report(VILLAGE, QUARTER, {"B001": 107})
    said = [(Cell("note", QUARTER, "B001"), text_value("含临时租金"))]
    said += [(Cell("explain", QUARTER, "R31:B001"), text_value("新增铺面两间"))]
    await county.file(VILLAGE, said)
    browser = county.browsers["viewer"]
    answer = await browser.get(explained(VILLAGE))
    told = (await browser.get("/api" + explained(VILLAGE))).json()

    assert answer.status_code == 200, answer.text
    for words in (
        "仙河村填报人",
        "核对无误",
        "已被替换",
        "现用",
        "本服务器 签收，第",
        "含临时租金",
        "新增铺面两间",
    ):
        assert words in answer.text, words
    versions = told["cell"]["versions"]
    assert [(one["value"], one["stands"], one["shown"]) for one in versions] == [
        ("107", True, True),
        ("100", False, False),
    ]
    assert all(one["receipt"] and one["signature"] == "verified" for one in versions)


async def test_a_rate_shows_its_formula_with_names_and_with_sums(county: DeskOffice) -> None:
    """Each operand has its own explanation; the figure is the formula over the sums (S96)."""
    told = (await county.browsers["viewer"].get("/api" + explained(COUNTY, "B502"))).json()
    page = await county.browsers["viewer"].get(explained(COUNTY, "B502"))

    assert page.status_code == 200, page.text
    assert told["rule"] == "formula"
    assert told["parts"]
    for operand in told["operands"]:
        assert f"/{operand['indicator']}" in page.text


async def test_unknown_figures_are_refused_in_one_sentence(county: DeskOffice) -> None:
    """No such indicator, no such period, no such hierarchy: a page that says so (S96)."""
    browser = county.browsers["county"]
    for path, code in (
        (explained(COUNTY, "NONE"), "indicator-unknown"),
        (explained(COUNTY, period="2024Q9"), "period-malformed"),
        (explained(COUNTY) + "?tree=tomorrow", "tree-unknown"),
    ):
        answer = await browser.get("/api" + path)
        assert answer.json()["code"] == code


async def test_every_indicator_explains_itself_at_every_level(county: DeskOffice) -> None:
    """Entered, derived, carried, means, choices and texts, for a quarter and for a year (S96)."""
    catalogue = await catalogue_of(county.ledger)
    browser = county.browsers["viewer"]
    for number, code in enumerate(catalogue.indicators):
        place = (COUNTY, TOWN, VILLAGE)[number % 3]
        period = (QUARTER, "2024", "2024-09")[number % 2]
        tree = "?tree=today" if number % 5 == 0 else ""
        answer = await browser.get(explained(place, code, period) + tree)
        assert answer.status_code == 200, (code, period)


def adjusting(place: PlaceId, code: str = "B001", period: str = QUARTER) -> str:
    """Where a figure is adjusted."""
    return f"/adjust/{place.hex()}/{period}/{code}"


async def told_of(county: DeskOffice, place: PlaceId) -> dict[str, Any]:
    """The explanation as a program reads it."""
    answer = await county.browsers["viewer"].get("/api" + explained(place))
    found: dict[str, Any] = answer.json()
    return found


async def test_an_adjustment_is_previewed_filed_changed_and_taken_back(county: DeskOffice) -> None:
    """With its reason, shown apart at its place and above; what villages reported stays (S98)."""
    browser = county.browsers["county"]
    preview = await browser.get(adjusting(TOWN), params={"total": "310", "reason": "核查补报"})
    assert preview.status_code == 200, preview.text
    assert "调整数：+7 万元" in preview.text
    assert "413" in preview.text  # the county's total then
    filed = await browser.post(adjusting(TOWN), data=fields(preview.text))
    assert filed.status_code == 303, filed.text

    town, above = await told_of(county, TOWN), await told_of(county, COUNTY)
    assert (town["value"], town["adjusted"]) == ("303", {"value": "310", "adjustments": 1})
    assert (above["value"], above["adjusted"]["value"]) == ("406", "413")
    assert above["parts"][0]["adjusted"] == "7"
    (row,) = await totals(county.ledger, QUARTER, indicators=["B001"], place_code="445103101000")
    assert (row.value, row.adjusted) == ("303", "310")
    assert above["adjustments"][0]["reason"] == "核查补报"
    assert above["adjustments"][0]["person"] == "county"
    page = await county.browsers["town"].get(explained(TOWN))
    assert "核查补报" in page.text
    assert "/adjust/" not in page.text  # a town's reviewer sees it and may not change it
    county_page = await county.browsers["viewer"].get(explained(COUNTY))
    assert re.search(r'<tr class="sum">.*<strong>\+7</strong></td></tr>', county_page.text)

    assert "上报合计已变" not in page.text
    await county.report(VILLAGE, QUARTER, {"B001": 107})
    assert "上报合计已变" in (await county.browsers["town"].get(explained(TOWN))).text

    back = await browser.get(adjusting(TOWN), params={"amount": "0", "reason": "已由村更正"})
    await browser.post(adjusting(TOWN), data=fields(back.text))
    town = await told_of(county, TOWN)
    assert town["adjusted"] is None
    assert town["adjustments"][0]["reason"] == "已由村更正"


async def test_all_adjustments_in_sight_are_listed_and_can_be_taken_away(
    county: DeskOffice,
) -> None:
    """Those taken back too, in every format with a count and a checksum; none to others (S98)."""
    browser = county.browsers["county"]
    for amount, reason in (("7", "核查补报"), ("0", "已由村更正")):
        page = await browser.get(adjusting(TOWN), params={"amount": amount, "reason": reason})
        await browser.post(adjusting(TOWN), data=fields(page.text))
    listed = await browser.get("/adjustments")
    assert "已撤销" in listed.text
    saved = await browser.get(f"/adjustments/export?place={COUNTY.hex()}&indicator=B001&kind=csv")
    assert "已由村更正" in saved.text
    assert "#rows=1,sha256=" in saved.text
    for kind, begin in (("xlsx", b"PK"), ("jsonl", b"{")):
        again = await browser.get(f"/adjustments/export?kind={kind}")
        assert again.content.startswith(begin)
    assert (await browser.get("/adjustments/export?kind=exe")).status_code == 400
    outside = await county.browsers["outside"].get("/adjustments")
    assert "已由村更正" not in outside.text


async def test_two_who_adjust_at_once_are_told_of_each_other(county: DeskOffice) -> None:
    """Neither covers the other unseen: the second page did not show the first's (S98)."""
    browser = county.browsers["county"]
    pages = [
        await browser.get(adjusting(TOWN), params={"amount": amount, "reason": "各自核查"})
        for amount in ("5", "9")
    ]
    for one in pages:
        assert (await browser.post(adjusting(TOWN), data=fields(one.text))).status_code == 303
    told = await told_of(county, TOWN)

    assert told["adjustments"][0]["rivals"] == 1
    assert told["adjusted"]["adjustments"] == 1


async def test_what_may_not_be_adjusted_says_why(county: DeskOffice) -> None:
    """No reason, both figures, a rate, a figure that isn't one; and a stale page's names (S98)."""
    browser = county.browsers["county"]
    for query, words in (
        ({"amount": "5"}, "必须写明理由"),
        ({"amount": "5", "total": "6", "reason": "x"}, "只填一个"),
        ({"amount": "很多", "reason": "x"}, "很多"),
    ):
        answer = await browser.get(adjusting(TOWN), params=query)
        assert answer.status_code == 200
        assert words in answer.text, words
    rate = await browser.get(adjusting(TOWN, "B505"))
    assert rate.status_code == 400
    bad = await browser.post(adjusting(TOWN), data={"amount": "1", "reason": "x", "shown": "zz"})
    assert bad.status_code == 400
    odd = {"amount": "1", "reason": "x", "total": "many"}
    assert (await browser.post(adjusting(TOWN), data=odd)).status_code == 400
    assert (await told_of(county, TOWN))["adjustments"] == []


def fields(page: str) -> dict[str, str]:
    """What the page's form would send."""
    return {
        name: html.unescape(value)
        for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)
        if name != "back"
    }


async def test_a_year_of_months_lists_them_and_they_come_to_it(county: DeskOffice) -> None:
    """Each with its own figure and explanation; months that nobody reported are named (S96)."""
    catalogue = await catalogue_of(county.ledger)
    code = next(
        one.code
        for one in catalogue.indicators.values()
        if (one.period, one.time, one.space, one.formula) == ("month", "add", "sum", "")
        and one.level == "village"
    )
    for month, number in (("2024-07", 3), ("2024-09", 4)):
        await county.report(VILLAGE, month, {code: number})
    browser = county.browsers["viewer"]
    told = (await browser.get("/api" + explained(TOWN, code, "2024"))).json()
    page = await browser.get(explained(TOWN, code, "2024"))

    assert told["value"] == "7"
    known = {one["period"]: one["value"] for one in told["periods"] if one["value"]}
    assert known == {"2024-07": "3", "2024-09": "4"}
    assert len(told["periodsMissing"]) == 10
    assert f"/{TOWN.hex()}/2024-07/{code}" in page.text
    assert told["parts"][0]["sums"][code]["total"] == "7"
