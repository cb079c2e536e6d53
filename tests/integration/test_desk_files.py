"""Files that people take away, and the keys that administrators make: on the pages, as people do."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from server.accounts import grants
from server.exchange import keys
from server.exchange.keys import Right
from sync.ledger.simulated import SIMULATED
from sync.value import flag_value
from tests.integration.desk_office import (
    COUNTY,
    ELSEWHERE,
    VILLAGE,
    VILLAGE_ELSEWHERE,
    DeskOffice,
    office,
)


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county in which one village filed, and another one elsewhere."""
    async with office(tmp_path) as here:
        await here.report(VILLAGE, "2024Q3", {"B001": 12, "B002": "!not_yet_available"})
        await here.report(VILLAGE_ELSEWHERE, "2024Q3", {"B001": 99})
        yield here


async def made(county: DeskOffice, who: str, **asked: str) -> tuple[str, httpx.Response]:
    """The page of a file that somebody asked for, once it is made, and the file."""
    browser = county.browsers[who]
    begun = await browser.post(
        "/exchange/export", data={"what": "values", "format": "csv", **asked}
    )
    assert begun.status_code == 303, begun.text
    address = begun.headers["location"]
    while "refresh" in (page := await browser.get(address)).headers:
        pass
    return page.text, await browser.get(f"{address}/file")


@pytest.mark.parametrize("what", ["values", "totals", "changes"])
@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx"])
async def test_a_file_holds_what_the_person_sees_and_ends_with_its_checksum(
    county: DeskOffice, what: str, form: str
) -> None:
    """Every table in every form, of the viewer's own places alone (S118)."""
    page, file = await made(county, "viewer", what=what, format=form, period="2024Q3")

    assert file.status_code == 200
    name = f"tianji-{what}-2024Q3-20241027.{form}"
    assert name in file.headers["content-disposition"]
    if form == "xlsx":
        content = "".join(
            zipfile.ZipFile(io.BytesIO(file.content)).read(name).decode()
            for name in zipfile.ZipFile(io.BytesIO(file.content)).namelist()
        )
        assert re.search(r"[0-9a-f]{64}", page)
    else:
        content = file.text
        body, _, last = file.content.rstrip().rpartition(b"\n")
        digest = hashlib.sha256(body + b"\n").hexdigest()
        assert digest in page
        assert digest.encode() in last
    assert "445103" in content
    assert "445122" not in content


async def test_a_file_is_only_its_makers_and_only_while_they_may(county: DeskOffice) -> None:
    """Nobody else finds it, nor does whoever lost the grant meanwhile (S118)."""
    begun = await county.browsers["viewer"].post(
        "/exchange/export", data={"what": "values", "format": "csv"}
    )
    address = begun.headers["location"]

    assert (await county.browsers["county"].get(address)).status_code == 410
    assert (await county.browsers["viewer"].get("/exchange/exports/x")).status_code == 410
    (grant,) = county.ledger.register.grants_of(county.people["viewer"], county.ledger.now())
    await grants.add(county.ledger, county.people["viewer"], "view", ELSEWHERE, None, os.urandom)
    await grants.end(county.ledger, grant)
    assert (await county.browsers["viewer"].get(f"{address}/file")).status_code == 404


@pytest.mark.parametrize(
    "asked, said",
    [
        ({"what": "totals"}, "报告期"),
        ({"what": "nothing"}, "nothing"),
        ({"format": "pdf"}, "pdf"),
        ({"period": "soon"}, "soon"),
        ({"indicator": "X999"}, "X999"),
        ({"code": "999"}, "999"),
    ],
)
async def test_what_is_asked_wrongly_is_said_on_the_form(
    county: DeskOffice, asked: dict[str, str], said: str
) -> None:
    """The form comes back with one sentence and what was chosen."""
    data = {"what": "values", "format": "csv", **asked}

    answer = await county.browsers["viewer"].post("/exchange/export", data=data)

    assert answer.status_code == 200
    alert = re.search(r'role="alert">([^<]*)<', answer.text)
    assert alert is not None
    assert said in alert[1]


async def test_a_place_out_of_sight_is_not_exported(county: DeskOffice) -> None:
    """Chosen or typed, it is as if it were not (S118)."""
    for asked in ({"at": ELSEWHERE.hex()}, {"code": "445122000000"}):
        data = {"what": "values", "format": "csv", **asked}
        answer = await county.browsers["viewer"].post("/exchange/export", data=data)
        assert "exports" not in answer.headers.get("location", "")
        assert "445122000000" in answer.text or ELSEWHERE.hex()[:8] in answer.text


async def test_made_up_figures_are_called_so_in_the_file(county: DeskOffice) -> None:
    """Its name says it too (S118)."""
    await county.file(county.ledger.root, [(SIMULATED, flag_value(True))])

    page, file = await made(county, "viewer", format="jsonl")

    assert "simulated" in file.headers["content-disposition"]
    assert json.loads(file.text.splitlines()[-1])["simulated"] is True
    assert "模拟" in page


async def test_an_administrator_makes_a_key_that_is_shown_once(county: DeskOffice) -> None:
    """It works at once within its place, stands in the list without its secret, and ends (S119)."""
    browser = county.browsers["administrator"]
    form = {"name": "省平台", "code": "445103000000", "values": "1", "until": "2025-12-31"}
    answer = await browser.post("/admin/keys", data=form)
    found = re.search(r"tianji_[\w-]{43}", answer.text)
    assert found is not None, answer.text
    headers = {"authorization": f"Bearer {found[0]}"}

    values = await county.browsers["stranger"].get("/api/v1/values", headers=headers)
    listed = (await browser.get("/admin/keys")).text
    (key,) = await keys.every(county.ledger.database)

    assert {row["place"] for row in values.json()} == {"445103101201"}
    assert "省平台" in listed
    assert found[0] not in listed
    assert key.place == COUNTY
    assert key.rights == {Right.VALUES, Right.DEFINITIONS}
    assert key.made_by == county.people["administrator"]

    await browser.post(f"/admin/keys/{key.id}/end")
    over = await county.browsers["stranger"].get("/api/v1/values", headers=headers)
    assert over.status_code == 401


@pytest.mark.parametrize(
    "changed, said",
    [
        ({"name": " "}, "系统的名称"),
        ({"values": ""}, "至少选一项用途"),
        ({"values": "", "prefills": "1"}, "主管部门"),
        ({"until": "2020-01-01"}, "已经过去"),
        ({"until": "soon"}, "soon"),
        ({"code": "999"}, "999"),
    ],
)
async def test_a_key_that_is_asked_wrongly_is_not_made(
    county: DeskOffice, changed: dict[str, str], said: str
) -> None:
    """The form comes back with one sentence."""
    form = {"name": "省平台", "at": COUNTY.hex(), "values": "1", "until": "2025-12-31", **changed}

    answer = await county.browsers["administrator"].post("/admin/keys", data=form)

    alert = re.search(r'role="alert">([^<]*)<', answer.text)
    assert alert is not None
    assert said in alert[1]
    assert await keys.every(county.ledger.database) == []


async def test_the_way_to_files_and_keys_is_shown_to_whom_they_are_for(county: DeskOffice) -> None:
    """The page of data in and out leads on by what a person may."""
    for who, there in (("viewer", 1), ("definer", 2), ("administrator", 2)):
        text = (await county.browsers[who].get("/exchange")).text
        found = [
            address in text for address in ("/exchange/export", "/exchange/prefill", "/admin/keys")
        ]
        assert sum(found) == there, who
