"""The queue of what waits for a reviewer: why, in which order, and many decided at once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import pytest

from server.filing import Filed, file
from server.review import queue
from server.review.folding import compare
from server.review.queue import VIEWS
from sync.ids import GrantId, PersonId, PlaceId, mint_at
from sync.value import Cell, quantity_value
from tests.integration.desk_office import (
    COUNTY,
    VILLAGE,
    VILLAGE_ELSEWHERE,
    VILLAGES,
    DeskOffice,
)
from tests.integration.review_office import (
    FIGURES,
    FORM,
    PERIOD,
    address,
    decide,
    items_of,
    looked,
    reporting_county,
    stage_of,
    text_of,
)


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county of six villages that have handed in the quarter's form."""
    async with reporting_county(tmp_path) as here:
        yield here


async def test_many_are_decided_each_by_itself(county: DeskOffice) -> None:
    """What changed meanwhile is left as it is and named; all others are done (S75)."""
    items = await items_of(county, "town")
    await county.report(VILLAGE, PERIOD, {"B002": 101})
    data = {"action": "approve", "item": items}
    answer = await county.browsers["town"].post("/review", data=data)
    location = answer.headers["location"]

    assert answer.status_code == 303
    assert [await stage_of(county, one) for one in VILLAGES[:3]] == [
        "submitted",
        "approved_town",
        "approved_town",
    ]
    text = await text_of(county, "town", location)
    assert "3份中办了2份" in text
    assert "仙河村 村季报 2024年第3季度 ，办理时有变动" in text.replace(" ，", " ，")


async def test_many_come_back_with_the_same_words(county: DeskOffice) -> None:
    """Without words nothing comes back; with them the doubtful values, else the whole form (S75)."""
    await county.report(VILLAGE, "2024Q2", {"D002": 8})
    await county.report(VILLAGE, PERIOD, {"D002": 30})
    await looked(county)
    items = await items_of(county, "town")
    no_words = await county.browsers["town"].post(
        "/review", data={"action": "return", "item": items}
    )
    assert no_words.status_code == 400

    data = {"action": "return", "item": items, "words": "请核实"}
    await county.browsers["town"].post("/review", data=data)
    assert [await stage_of(county, one) for one in VILLAGES[:3]] == ["returned"] * 3
    cells = await county.ledger.standing(VILLAGE, [("review", f"{PERIOD} {FORM}")])
    assert {cell.field for cell in cells} - {"form"} == {"D002"}
    cells = await county.ledger.standing(VILLAGES[1], [("review", f"{PERIOD} {FORM}")])
    assert {cell.field for cell in cells} - {"form"} == set(FIGURES)


async def test_late_work_of_a_locked_form_is_taken_in_and_listed(county: DeskOffice) -> None:
    """What comes after the lock lies in the tray, to be filed as it is, reopened or returned (S76)."""
    for village in VILLAGES[:3]:
        await decide(county, "county", village, "approve")
        await decide(county, "county", village, "lock")
    assert await items_of(county, "county", "/review/late") == []

    for village in VILLAGES[:3]:
        await county.report(village, PERIOD, {"B002": 77})
    items = await items_of(county, "county", "/review/late")
    assert len(items) == 3
    rows = await county.ledger.database.rows(
        "SELECT number FROM version v JOIN place_no p ON p.no = v.place WHERE p.id = ?"
        " AND v.subject = ? AND v.field = 'B002' AND v.kind = 'value'",
        (VILLAGE, PERIOD),
    )
    assert rows == [(770_000,)]

    await decide(county, "county", VILLAGES[0], "file_late")
    await decide(county, "county", VILLAGES[1], "reopen")
    await decide(county, "county", VILLAGES[2], "return", cell="B002", words_B002="请说明")
    assert await items_of(county, "county", "/review/late") == []
    assert [await stage_of(county, one) for one in VILLAGES[:3]] == ["locked", "begun", "returned"]
    assert await compare(county.ledger) == (0, [])


async def test_the_queue_says_why_each_form_needs_eyes(county: DeskOffice) -> None:
    """Reasons stand with their figures, what needs eyes most comes first, and each can be asked for
    by itself (S77).
    """
    await county.report(VILLAGES[2], PERIOD, {"B001": 90_000})
    await looked(county)
    text = await text_of(county, "town", "/review")
    first = (await items_of(county, "town"))[0]

    assert first.startswith(VILLAGES[2].hex())
    assert "90,000，同类6个地方的中位数是181.5" in text
    asked = await items_of(county, "town", "/review?why=outlier")
    assert [one[:32] for one in asked] == [VILLAGES[2].hex()]
    assert len(await items_of(county, "town", f"/review?why=late&form={FORM}&period={PERIOD}")) == 3
    assert await items_of(county, "town", "/review?period=2024Q2") == []
    answer = await county.browsers["town"].get("/review?why=nonsense")
    assert answer.status_code == 400


async def test_the_next_form_follows_the_decision(county: DeskOffice) -> None:
    """Whoever works the queue gets the next one of it, and reads what was done (S71)."""
    items = await items_of(county, "town")
    place = PlaceId(bytes.fromhex(items[0][:32]))
    page = (await county.browsers["town"].get("/review")).text
    link = unescape(re.findall(rf'href="({address(place)}[^"]*)"', page)[0])
    form = (await county.browsers["town"].get(link)).text
    cursor = unescape(re.findall(r'name="from" value="([^"]*)"', form)[0])
    answer = await decide(county, "town", place, "approve", **{"from": cursor, "on": "1"})

    assert answer.headers["location"].startswith(f"/review/{items[1][:32]}/")
    assert "已通过" in await text_of(county, "town", answer.headers["location"])


async def test_a_queue_is_read_on_page_by_page(county: DeskOffice) -> None:
    """Every form comes once, whatever page it is on (S77)."""
    for month in range(1, 10):
        for village in VILLAGES:
            await county.report(village, f"2024-0{month}", {"G001": month})
            await county.submit(village, f"2024-0{month}", "C202")
    await looked(county)
    path, found = "/review?view=submitted", []
    while path:
        found += await items_of(county, "county", path)
        page = (await county.browsers["county"].get(path)).text
        following = re.findall(r'href="(/review\?[^"]*after=[^"]*)"', page)
        path = unescape(following[0]) if following else ""

    names = [one.rsplit(" ", 1)[0].split(" ")[:3] for one in found]
    assert len(names) == 60 == len({tuple(one) for one in names})


async def test_a_reviewer_sees_no_forms_of_other_places(county: DeskOffice) -> None:
    """The queue is of one's own places, also when another's are asked for (S77)."""
    await county.report(VILLAGE_ELSEWHERE, PERIOD, FIGURES)
    await county.submit(VILLAGE_ELSEWHERE, PERIOD, FORM)
    assert len(await items_of(county, "county", "/review?view=submitted")) == 6
    assert len(await items_of(county, "outside", "/review?view=submitted")) == 1
    answer = await county.browsers["county"].get(f"/review?place={VILLAGE_ELSEWHERE.hex()}")
    assert answer.status_code == 404
    assert (
        len(await items_of(county, "county", f"/review?view=submitted&place={COUNTY.hex()}")) == 6
    )


async def test_a_rival_value_is_shown_on_both_sides(county: DeskOffice) -> None:
    """A disputed value says so, in the queue and beside the value (S78)."""
    cell = Cell("value", PERIOD, "B001")
    person = PersonId(mint_at("person", VILLAGE, b"officer"))
    grant = GrantId(mint_at("grant", VILLAGE, b"officer"))
    rival = [(cell, quantity_value(990_000))]
    await file(county.ledger, [Filed(VILLAGE, person, grant, rival, shown={cell: ()})])
    await looked(county)

    assert "有冲突的数" in await text_of(county, "town", "/review?why=disputed")
    assert "另一边" in await text_of(county, "town", address(VILLAGE))


async def test_a_large_scope_is_read_as_a_small_one(
    county: DeskOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the queue is read, it holds the same forms, each view in its order (S77)."""
    await decide(county, "county", VILLAGES[0], "approve")
    await decide(county, "county", VILLAGES[1], "approve")
    await decide(county, "county", VILLAGES[1], "lock")
    await decide(county, "town", VILLAGES[2], "approve")
    await decide(county, "county", VILLAGES[3], "return", cell="B001", words_B001="核对")
    await county.report(VILLAGES[0], PERIOD, {"B002": 7})
    await county.report(VILLAGES[1], PERIOD, {"B002": 7})
    await looked(county)
    paths = [f"/review?view={view}&why={why}" for view in VIEWS for why in ("", "late")]

    def without_score(items: list[str]) -> list[list[str]]:
        return [one.split(" ")[:3] for one in items]

    for who in ("county", "town"):
        small = [without_score(await items_of(county, who, path)) for path in paths]
        monkeypatch.setattr(queue, "_SOUGHT_MAX", 0)
        large = [without_score(await items_of(county, who, path)) for path in paths]
        monkeypatch.undo()
        assert large == small
        assert sum(map(len, small)) > 8


async def test_an_address_that_leads_nowhere_is_said_before_anything_is_done(
    county: DeskOffice,
) -> None:
    """Who is told that it failed finds nothing decided (S75)."""
    items = await items_of(county, "town")
    answer = await county.browsers["town"].post(
        "/review", data={"action": "approve", "item": items, "back": "place=nowhere"}
    )

    assert answer.status_code == 404
    assert await items_of(county, "town") == items
