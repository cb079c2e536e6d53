"""Entering for others at the server: the laptop's sheet, whose saves are accepted commits at once."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sync.value import Cell
from tests.integration.desk_office import (
    COUNTY,
    SECOND_TOWN,
    TOWN,
    VILLAGE,
    VILLAGES,
    DeskOffice,
    office,
)

PERIOD = "2024Q3"
FORM = "C201"
BASE = f"/api/enter/{VILLAGE.hex()}/{PERIOD}/{FORM}"


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county with people of every role."""
    async with office(tmp_path) as here:
        yield here


class Sheet:
    """The sheet as its page's script uses it."""

    def __init__(self, county: DeskOffice, who: str = "staff", base: str = BASE) -> None:
        self.browser: httpx.AsyncClient = county.browsers[who]
        self.headers = {"x-person": county.people[who].hex(), "accept": "application/json"}
        self.base = base

    async def ask(self, path: str, body: object) -> httpx.Response:
        """What comes back for an act."""
        return await self.browser.post(self.base + path, json=body, headers=self.headers)

    async def done(self, path: str, body: object = None) -> Any:
        """The answer, once it is sure that there is one."""
        answer = await self.ask(path, body if body is not None else {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def look(self) -> Any:
        """The sheet as it stands."""
        answer = await self.browser.get(self.base, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["sheet"]

    async def enter(self, code: str, text: str, shown: list[str] | None = None) -> Any:
        """Types one value over what the page shows."""
        names = row(await self.look(), code)["shown"] if shown is None else shown
        return await self.done("/enter", {"cells": [{"code": code, "text": text, "shown": names}]})


def row(sheet: Any, code: str) -> Any:
    """A row of a sheet."""
    return next(one for one in sheet["rows"] if one["code"] == code)


async def standing(county: DeskOffice, code: str) -> list[tuple[int, bytes]]:
    """The numbers that stand in a cell of the village, with their authors."""
    found = await county.ledger.standing(VILLAGE, [("value", PERIOD)])
    here = found[Cell("value", PERIOD, code)]
    assert here.pending is None
    return [(one.value.number, one.author) for one in here.versions]


async def first_code(county: DeskOffice) -> str:
    """A quantity of the form."""
    return str((await Sheet(county).look())["rows"][0]["code"])


async def test_what_is_saved_is_a_commit_of_the_person_who_typed_it(county: DeskOffice) -> None:
    """A save that was answered is accepted by the server, signed, and by whoever is signed in,
    under their own grant (S100).
    """
    code = await first_code(county)
    answer = await Sheet(county).enter(code, "１２")

    assert row(answer["sheet"], code)["state"] == "receipted"
    assert await standing(county, code) == [(120_000, county.people["staff"])]
    ((accepted,),) = await county.ledger.database.rows(
        "SELECT count(*) FROM commits WHERE author = ? AND accepted_at IS NOT NULL",
        (county.people["staff"],),
    )
    assert accepted == 1


async def test_a_value_that_the_page_did_not_show_is_never_covered(county: DeskOffice) -> None:
    """What a laptop filed meanwhile stays beside what is saved; what the page showed is replaced
    (S101).
    """
    code = await first_code(county)
    await county.report(VILLAGE, PERIOD, {code: 7})
    seen = row(await Sheet(county).look(), code)
    assert (seen["text"], bool(seen["by"])) == ("7", True)
    await county.report(VILLAGE, PERIOD, {code: 8})

    answer = await Sheet(county).enter(code, "9", seen["shown"])
    assert row(answer["sheet"], code)["state"] == "conflict"
    assert {number for number, _ in await standing(county, code)} == {80_000, 90_000}

    answer = await Sheet(county).enter(code, "10")
    assert row(answer["sheet"], code)["state"] == "receipted"
    assert await standing(county, code) == [(100_000, county.people["staff"])]


async def test_keystrokes_are_kept_by_person_and_place(county: DeskOffice) -> None:
    """What one person was typing for a place is shown again to them, and is no value (S102)."""
    code = await first_code(county)
    sheet = Sheet(county)
    kept = await sheet.done("/draft", {"code": code, "text": "12a"})
    assert kept["why"]
    assert row(await sheet.look(), code)["draft"] == "12a"
    other = f"/api/enter/{VILLAGES[1].hex()}/{PERIOD}/{FORM}"
    assert row(await Sheet(county, base=other).look(), code)["draft"] is None

    await sheet.enter(code, "12")
    assert row(await sheet.look(), code)["draft"] is None


async def test_a_form_is_filled_handed_in_and_withdrawn(county: DeskOffice) -> None:
    """Reasons, notes, confirming, undo, obstacles, handing in and taking back work as on a laptop
    (S103).
    """
    sheet = Sheet(county)
    view = await sheet.look()
    for one in view["rows"]:
        view = (await sheet.done("/reason", reason(one)))["sheet"]
    first = view["rows"][0]
    await sheet.done("/note", {"code": first["code"], "text": "电话问的"})
    typed = await sheet.enter(first["code"], "3")
    undone = await sheet.done(
        "/undo",
        {
            "cells": [
                typed["done"][0] | {"shown": row(typed["sheet"], first["code"])["shown"]},
            ]
        },
    )
    assert row(undone["sheet"], first["code"])["reason"] == "not_yet_available"
    assert row(undone["sheet"], first["code"])["note"] == "电话问的"
    obstacles = await sheet.done("/obstacles")
    assert (obstacles["missing"], obstacles["blocking"]) == ([], 0), obstacles

    handed_in = (await sheet.done("/submit"))["sheet"]
    assert handed_in["standing"]["stage"] == "submitted"
    refused = await sheet.done("/enter", {"cells": [{"code": first["code"], "text": "4"}]})
    assert refused["refused"]
    back = (await sheet.done("/withdraw"))["sheet"]
    assert back["standing"]["stage"] == "draft"


def reason(one: Any) -> dict[str, Any]:
    """That a row's figure isn't there yet."""
    return {"code": one["code"], "text": "not_yet_available", "shown": one["shown"]}


async def test_nobody_saves_as_another_or_elsewhere(county: DeskOffice) -> None:
    """A page made for one person saves nothing of another's, and only where a grant reaches
    (S100).
    """
    code = await first_code(county)
    body = {"cells": [{"code": code, "text": "1"}]}
    sheet = Sheet(county)
    sheet.headers["x-person"] = county.people["town"].hex()
    assert (await sheet.ask("/enter", body)).json()["code"] == "sheet-other-person"
    elsewhere = f"/api/enter/{VILLAGES[4].hex()}/{PERIOD}/{FORM}"
    refused = await Sheet(county, base=elsewhere).ask("/enter", body)
    assert refused.status_code in (403, 404)


async def test_the_sheet_says_for_whom_and_whether_they_have_a_laptop(county: DeskOffice) -> None:
    """Place and person stand above the sheet (S104)."""
    page = await county.browsers["staff"].get(f"/enter/{VILLAGE.hex()}/{PERIOD}/{FORM}")

    assert page.status_code == 200, page.text
    assert "您在替 仙河村 填报，记在您（staff）名下" in page.text
    said = json.loads(re.findall(r"id=.words.>(.*?)</script>", page.text)[0])
    assert said["sheet-gone"].startswith("服务器没有回应")
    assert 'data-base="/api/enter/' in page.text
    assert f"/enter/{VILLAGE.hex()}/2024Q2/{FORM}" in page.text


async def test_a_place_is_found_among_those_that_one_enters_for(county: DeskOffice) -> None:
    """By name, letters or code, or going down from one's grants; others are not offered (S104)."""
    browser = county.browsers["staff"]
    found = (await browser.get("/api/enter/places?q=xhc")).json()
    assert [one["name"] for one in found] == ["仙河村"]
    assert (await browser.get(found[0]["address"])).status_code == 200
    assert (await browser.get("/api/enter/places?q=官塘")).json() == []

    top = await browser.get("/enter")
    assert "磷溪镇" in top.text
    assert "官塘镇" not in top.text
    town = await browser.get(f"/enter?place={TOWN.hex()}")
    assert "仙河村" in town.text
    searched = await browser.get("/enter?q=仙河&without=1")
    assert "没有电脑" in searched.text
    for place in (SECOND_TOWN, COUNTY):
        assert (await browser.get(f"/enter?place={place.hex()}")).status_code in (403, 404)


async def test_a_value_is_confirmed_from_what_held_before(county: DeskOffice) -> None:
    """What the last period said is taken by one press where it can be unchanged (S103)."""
    code = await first_code(county)
    await county.report(VILLAGE, "2024Q2", {code: 7})
    sheet = Sheet(county)
    view = await sheet.look()
    assert view["confirmable"] == [code]
    shown = {code: row(view, code)["shown"]}
    answer = await sheet.done("/confirm", {"codes": [code], "shown": shown})

    assert row(answer["sheet"], code)["text"] == "7"
