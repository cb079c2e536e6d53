"""Who has still to report, and how far figures are reviewed: by the pages and by recounts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.catalogue.keeping import catalogue_of
from server.completeness import outstanding
from server.completeness.coverage import Coverage, coverage
from sync.period import parse
from sync.review import WITHDRAWN, submission_cell
from tests.integration.desk_office import (
    COUNTY,
    SECOND_TOWN,
    TOWN,
    VILLAGE,
    VILLAGE_ELSEWHERE,
    VILLAGES,
    DeskOffice,
    office,
)

QUARTER, FORM = "2024Q3", "C201"
ITEMS = ("B001", "B002", "B003", "B004", "B005", "B006", "D002")


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county in which three of six villages handed the quarter's form in."""
    async with office(tmp_path) as here:
        for village in VILLAGES[:3]:
            await here.report(village, QUARTER, dict.fromkeys(ITEMS, 1))
            await here.submit(village, QUARTER, FORM)
        await here.report(VILLAGES[3], QUARTER, dict.fromkeys(ITEMS[:4], 1))
        yield here


async def page(county: DeskOffice, address: str, who: str = "county") -> str:
    """A page's text."""
    answer = await county.browsers[who].get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_a_place_counts_each_form_and_leads_down_to_those_who_file_it(
    county: DeskOffice,
) -> None:
    """The county's line of the form, the towns' lines, a town's villages by name (S80)."""
    catalogue = await catalogue_of(county.ledger)
    lines = await outstanding.by_form(county.ledger, catalogue, COUNTY)
    line = next(one for one in lines if one.form.code == FORM)
    assert (line.expected, line.submitted, line.to_do) == (6, 3, 3)
    assert [one.due for one in lines] == sorted(one.due for one in lines if one.due)

    towns = await page(county, f"/completeness?place={COUNTY.hex()}&form={FORM}&period={QUARTER}")
    assert towns.index("磷溪镇") < towns.index("官塘镇")
    assert f"place={SECOND_TOWN.hex()}" in towns
    villages = await page(
        county, f"/completeness?place={SECOND_TOWN.hex()}&form={FORM}&period={QUARTER}"
    )
    assert "还没报的 3 个" in villages
    assert "7 项里还差 3 项，约 3 分钟" in villages
    assert "7 项里还差 7 项" in villages


async def test_counts_are_those_of_a_recount(county: DeskOffice) -> None:
    """Whatever is handed in or withdrawn: lines say what the villages' own standing says (S80)."""
    catalogue = await catalogue_of(county.ledger)
    form, period = catalogue.forms[FORM], parse(QUARTER)
    await county.file(VILLAGE, [(submission_cell(QUARTER, FORM), WITHDRAWN)])
    for place, below in ((COUNTY, VILLAGES), (TOWN, VILLAGES[:3]), (SECOND_TOWN, VILLAGES[3:])):
        (line,) = await outstanding.by_place(county.ledger, [place], form, period)
        found = await outstanding.units(county.ledger, catalogue, below, form, period)
        assert line.to_do == sum(one.to_do for one in found)
        assert line.expected == len(found)


async def test_nobody_is_ranked(county: DeskOffice) -> None:
    """Places come by code or by due day whatever is asked for, and no share is shown (S80)."""
    at = f"/completeness?place={COUNTY.hex()}&form={FORM}&period={QUARTER}"
    for asked in ("", "&sort=code", "&sort=due", "&sort=share", "&sort=to_do", "&sort=-submitted"):
        text = await page(county, at + asked)
        assert text.index("磷溪镇") < text.index("官塘镇"), asked
        assert "%" not in re.sub(r"<[^>]*>", "", text), asked
    assert "排名" not in await page(county, f"/completeness?place={COUNTY.hex()}")


async def test_what_is_open_comes_first_and_alone_where_asked(county: DeskOffice) -> None:
    """In a town where one has reported, the others stand above it (S80)."""
    await county.submit(VILLAGES[3], QUARTER, FORM)
    at = f"/completeness?place={SECOND_TOWN.hex()}&form={FORM}&period={QUARTER}"
    names = [county.ledger.tree.name(one, county.ledger.today()) for one in VILLAGES[3:]]

    every = await page(county, at)
    assert every.index(names[2]) < every.index(names[0])
    only_open = await page(county, f"{at}&show=open")
    assert names[0] not in only_open
    assert names[1] in only_open


async def test_the_list_can_be_taken_away(county: DeskOffice) -> None:
    """One line for each place that files the form, with a checksum at the end (S80)."""
    at = f"/completeness/export?place={COUNTY.hex()}&form={FORM}&period={QUARTER}&kind=csv"
    answer = await county.browsers["county"].get(at)
    *rows, last = answer.text.splitlines()
    table = list(csv.reader(io.StringIO("\n".join(rows))))

    assert len(table) == 1 + len(VILLAGES)
    assert last.startswith(f"#rows={len(VILLAGES)},sha256=")
    assert table[1][-2:] == ["0", "0"]
    assert table[6][-2:] == ["7", "6"]
    opened = await county.browsers["county"].get(at + "&show=open")
    assert opened.text.splitlines()[-1].startswith("#rows=3,")
    workbook = await county.browsers["county"].get(at.replace("csv", "xlsx"))
    assert workbook.content[:2] == b"PK"


async def test_only_those_below_the_own_places_are_seen(county: DeskOffice) -> None:
    """Another county's form is not even known to exist (S51)."""
    at = f"/completeness?place={VILLAGE_ELSEWHERE.hex()}&form={FORM}&period={QUARTER}"

    assert (await county.browsers["county"].get(at)).status_code == 404
    assert (await county.browsers["outside"].get(at)).status_code == 200


@pytest.mark.parametrize(
    "asked, word",
    [
        ("form=NONE", "NONE"),
        ("form=C100", "C100"),
        ("form=C201&period=2024-09", "2024-09"),
        ("form=C201&period=x", "x"),
    ],
)
async def test_a_wrong_address_is_one_sentence(county: DeskOffice, asked: str, word: str) -> None:
    """What is asked for and can't be is named (S2)."""
    answer = await county.browsers["county"].get(f"/completeness?{asked}")

    assert answer.status_code == 400
    assert word in answer.text


async def test_a_figure_says_how_far_it_is_reviewed(county: DeskOffice) -> None:
    """Of six villages three handed in what the total is made of; a rate has that of its operands,
    and what is filed on change has none (S81).
    """
    catalogue = await catalogue_of(county.ledger)
    found = await coverage(
        county.ledger, catalogue, [COUNTY, TOWN], parse(QUARTER), ["B001", "D502", "C005"]
    )

    assert found[COUNTY, "B001"] == Coverage(6, 3, 0, 0)
    assert found[TOWN, "B001"] == Coverage(3, 3, 0, 0)
    assert found[COUNTY, "D502"] == Coverage(6, 3, 0, 0)
    assert (COUNTY, "C005") not in found
