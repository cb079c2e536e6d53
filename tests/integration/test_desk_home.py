"""The first page: what waits for whom, and that nothing is said where nothing waits."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server import filing
from server.desk import waiting
from server.desk.desk import Desk
from server.desk.viewer import Viewer
from server.devices.invites import authority
from sync.review import Decided, Decision, decision_cell, encode
from tests.integration.desk_office import TOWN, VILLAGE, VILLAGES, DeskOffice, office

QUARTER, FORM = "2024Q3", "C201"


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county in which nothing was handed in."""
    async with office(tmp_path) as here:
        yield here


async def page(county: DeskOffice, who: str) -> str:
    """Somebody's first page."""
    answer = await county.browsers[who].get("/")
    assert answer.status_code == 200, answer.text
    return answer.text


async def counts(county: DeskOffice, who: str) -> dict[str, int]:
    """The tiles of somebody's first page, by name."""
    viewer = Viewer(county.ledger, county.people[who])
    desk = Desk(county.app.state.station, viewer, None, "zh-Hans")  # type: ignore[arg-type]  # no session is asked for
    async with desk.reading() as books:
        return {one.name: one.number for one in await waiting.tiles(desk, books)}


async def decide(county: DeskOffice, state: Decided) -> None:
    """The county's decision about the village's form, which saw what stands."""
    cell = decision_cell(QUARTER, FORM)
    standing = await county.ledger.standing(VILLAGE, [("submission", QUARTER)])
    saw = tuple(v.commit.hex() for one in standing.values() for v in one.versions)
    person, grant = authority(county.ledger)
    said = encode(Decision(state, saw))
    await filing.file(county.ledger, [filing.Filed(VILLAGE, person, grant, [(cell, said)])])


async def test_what_is_handed_in_waits_for_the_town_and_then_for_the_county(
    county: DeskOffice,
) -> None:
    """Each counts what they are to look at, and nobody else's (S84)."""
    for village in VILLAGES[:4]:
        await county.submit(village, QUARTER, FORM)
    assert await counts(county, "town") == {"review": 3}
    assert await counts(county, "county") == {}
    assert await counts(county, "viewer") == {}

    await decide(county, Decided.APPROVED_TOWN)
    assert await counts(county, "town") == {"review": 2}
    assert await counts(county, "county") == {"review": 1}
    await decide(county, Decided.APPROVED)
    assert await counts(county, "county") == {}
    assert await counts(county, "outside") == {}


async def test_values_that_differ_are_counted_where_they_are_seen(county: DeskOffice) -> None:
    """One value with two rivals is one to settle, however many versions there are (S84)."""
    await county.report(VILLAGE, QUARTER, {"B001": 1, "B002": 1})
    assert "conflicts" not in await counts(county, "county")
    async with county.ledger.transaction() as database:
        await database.run(
            "INSERT INTO version SELECT place, kind, subject, field, commit_no + 1000, stamp, type,"
            " 20000, text, 0, 0 FROM version WHERE kind = 'value' AND field = 'B001'"
        )
        await database.run("UPDATE version SET disputed = 1 WHERE field = 'B001' AND shown = 1")

    assert (await counts(county, "county"))["conflicts"] == 1
    assert (await counts(county, "town"))["conflicts"] == 1
    assert "conflicts" not in await counts(county, "outside")


async def test_work_that_was_not_taken_is_counted_where_it_lies(county: DeskOffice) -> None:
    """For those who see the place (S84)."""
    async with county.ledger.transaction() as database:
        await database.run(
            "INSERT INTO aside (id, state, reason, place, device, body, signature, receipts,"
            " refusal, since) VALUES (x'01', 'parked', 'grant-ended', ?, x'02', x'', x'', x'', x'',"
            " 0)",
            (VILLAGE,),
        )

    assert await counts(county, "county") == {"aside": 1}
    assert await counts(county, "administrator") == {"aside": 1}
    assert await counts(county, "viewer") == {"aside": 1}
    assert await counts(county, "outside") == {}


async def test_the_page_shows_the_counts_and_where_they_lead(county: DeskOffice) -> None:
    """Beside them the forms that aren't all in, by due day (S84)."""
    for village in VILLAGES[:3]:
        await county.submit(village, QUARTER, FORM)
    text = await page(county, "town")

    assert re.search(r"<strong>3</strong>\s*张表等您审核", text)
    assert 'href="/review' in text
    assert "村季报" not in text.split('id="due"')[1].split("</section>")[0]
    assert "村季报" in (await page(county, "county")).split('id="due"')[1]
    assert f"place={TOWN.hex()}" in text


async def test_a_newcomer_is_told_once_what_this_is_for(county: DeskOffice) -> None:
    """One sentence on top, until it is put away (S84)."""
    assert "村里在自己的电脑上填报" in await page(county, "viewer")
    headers = {"origin": "http://desk.invalid", "sec-fetch-site": "same-origin"}
    answer = await county.browsers["viewer"].post("/welcomed", headers=headers)
    assert answer.status_code == 303

    assert "村里在自己的电脑上填报" not in await page(county, "viewer")


async def test_a_place_is_found_by_letters_within_the_own_places_only(county: DeskOffice) -> None:
    """By name, pinyin or code; what lies elsewhere is not offered (S51)."""
    browser = county.browsers["county"]
    for typed in ("磷溪", "lxz", "445103101000"):
        found = (await browser.get("/api/places", params={"q": typed})).json()
        assert found[0]["name"] == "磷溪镇", typed
        assert found[0]["address"] == f"/board?place={TOWN.hex()}"
    assert (await browser.get("/api/places", params={"q": "黄冈"})).json() == []
    plain = await browser.get("/", params={"q": "lxz"})
    assert "磷溪镇" in plain.text


async def test_when_nothing_waits_the_page_says_so(county: DeskOffice) -> None:
    """And still shows what has to be reported by others (S84)."""
    assert "没有等您处理的事" in await page(county, "county")
