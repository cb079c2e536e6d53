"""What programs read from a county's server: by key, within its reach, page by page, for ever."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
from collections.abc import AsyncIterator, Collection
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from server import filing
from server.accounts import tokens
from server.devices.invites import authority
from server.exchange import keys
from server.exchange.keys import Right
from server.routes.access import BY_KEY, RIGHT, WHO
from server.routes.pace import Pace
from sync.ids import PlaceId
from sync.problems import Problem
from sync.value import Cell, text_value
from tests.integration.desk_office import (
    COUNTY,
    ELSEWHERE,
    TOWN,
    VILLAGE,
    VILLAGE_ELSEWHERE,
    VILLAGES,
    DeskOffice,
    office,
)

PERIOD = "2024Q3"
COUNTY_CODE, TOWN_CODE, ELSEWHERE_CODE = "445103000000", "445103101000", "445122000000"
EVERY = frozenset(Right)


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county whose villages filed one figure each, one of them a reason, and one elsewhere."""
    async with office(tmp_path) as here:
        for number, village in enumerate(VILLAGES):
            filed: dict[str, int | bool | str] = {"B001": number + 1, "B002": "!not_yet_available"}
            await here.report(village, PERIOD, filed)
        await here.report(VILLAGE_ELSEWHERE, PERIOD, {"B001": 100})
        yield here


async def key_for(
    county: DeskOffice,
    place: PlaceId | None = None,
    rights: Collection[Right] = EVERY,
    until: date = date.max,
) -> str:
    """A key that reaches a place and what lies below; everything without one."""
    return await keys.make(
        county.ledger,
        os.urandom,
        name="省平台",
        place=county.ledger.root if place is None else place,
        rights=rights,
        owner="统计",
        until=until,
        made_by=county.people["administrator"],
    )


async def asked(county: DeskOffice, key: str, address: str, **headers: str) -> httpx.Response:
    """What a program with that key is answered."""
    known = {"authorization": f"Bearer {key}", "accept": "*/*", **headers}
    return await county.browsers["stranger"].get(address, headers=known)


async def all_pages(county: DeskOffice, key: str, address: str) -> list[list[dict[str, Any]]]:
    """The rows of all pages, by following the links."""
    pages = []
    while address:
        answer = await asked(county, key, address)
        assert answer.status_code == 200, answer.text
        pages.append(answer.json())
        link = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers.get("link", ""))
        address = link[1] if link else ""
    return pages


@pytest.mark.parametrize(
    "path, rights, code",
    [
        ("values", {Right.TOTALS}, "api-key-right"),
        ("changes", {Right.TOTALS}, "api-key-right"),
        ("totals?period=2024Q3", {Right.VALUES}, "api-key-right"),
        ("places", {Right.VALUES}, ""),
        ("indicators", {Right.PREFILLS}, ""),
    ],
)
async def test_a_key_is_good_for_what_it_was_made_for(
    county: DeskOffice, path: str, rights: set[Right], code: str
) -> None:
    """Another right's routes answer 403 as problem+json; definitions are for any key (S110)."""
    answer = await asked(county, await key_for(county, rights=rights), f"/api/v1/{path}")

    assert answer.status_code == (403 if code else 200)
    if code:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == code


async def test_every_route_for_programs_opens_to_its_right_alone(county: DeskOffice) -> None:
    """Each route that a key opens, called with keys of each single right, and without one (S110)."""
    made = {right: await key_for(county, rights={right}) for right in EVERY - {Right.DEFINITIONS}}
    wrong: list[tuple[object, ...]] = []
    tried = 0
    for route in county.app.routes:
        for method, (handler, _) in getattr(route, "route_handler_map", {}).items():
            if handler.opt.get(WHO) != BY_KEY or method == "OPTIONS":
                continue
            needed = handler.opt[RIGHT]
            for right, key in made.items():
                tried += 1
                headers = {"authorization": f"Bearer {key}", "accept": "*/*"}
                address = f"{route.path}?period={PERIOD}&indicator=B001"
                answer = await county.browsers["stranger"].request(method, address, headers=headers)
                if (answer.status_code == 403) == (needed in {right, Right.DEFINITIONS}):
                    wrong.append((method, route.path, right, answer.status_code))
            answer = await county.browsers["stranger"].request(method, route.path)
            if answer.status_code != 401:
                wrong.append((method, route.path, None, answer.status_code))

    assert wrong == []
    assert tried >= 9 * len(made)


async def test_a_key_opens_nothing_once_it_is_ended_or_over(county: DeskOffice) -> None:
    """What ended has ended with the next request; nothing but its hash was ever kept (S110)."""
    today = county.ledger.today()
    key = await key_for(county, until=today)
    assert (await asked(county, key, "/api/v1/places")).status_code == 200
    (held,) = await keys.every(county.ledger.database)
    assert held.used_on == today
    kept = await county.ledger.database.rows("SELECT * FROM api_key")
    held_bytes = [cell for row in kept for cell in row if isinstance(cell, bytes)]
    assert key not in repr(kept)
    assert key.encode() not in b"".join(held_bytes)

    await keys.end(county.ledger, held.id)

    answer = await asked(county, key, "/api/v1/places")
    assert (answer.status_code, answer.json()["code"]) == (401, "api-key-over")
    assert (await asked(county, key + "x", "/api/v1/places")).json()["code"] == "api-token-wrong"
    with pytest.raises(Problem, match="key-past"):
        await key_for(county, until=date(2020, 1, 1))


async def test_what_lies_outside_of_a_keys_reach_is_as_if_it_were_not(county: DeskOffice) -> None:
    """Neither places, values, totals nor changes of elsewhere are told, asked for or not (S110)."""
    key = await key_for(county, COUNTY)
    for path in ("values", "places", "changes", f"totals?period={PERIOD}&level=village"):
        answer = await asked(county, key, f"/api/v1/{path}")
        assert answer.status_code == 200
        assert "44510310" in answer.text or path == "places"
        assert "445122" not in answer.text
        other = f"{path}{'&' if '?' in path else '?'}place={ELSEWHERE_CODE}"
        refused = await asked(county, key, f"/api/v1/{other}")
        assert (refused.status_code, refused.json()["code"]) == (404, "place-unknown")
    (row,) = (await asked(county, key, f"/api/v1/totals?period={PERIOD}&indicator=B001")).json()
    assert (row["code"], row["value"], row["reported"]) == (COUNTY_CODE, "21", 6)


async def test_the_one_token_reads_all_totals_and_no_values(county: DeskOffice) -> None:
    """Programs that have it go on as before."""
    token = await tokens.renew(county.ledger, os.urandom)

    answer = await asked(county, token, f"/api/v1/totals?period={PERIOD}&indicator=B001")

    assert [(row["name"], row["value"]) for row in answer.json()] == [("潮州市", "121")]
    assert (await asked(county, token, "/api/v1/values")).status_code == 403


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
async def test_pages_together_are_the_whole_each_row_once(county: DeskOffice, limit: int) -> None:
    """However short pages are, following their links gives every row once and in order (S111)."""
    key = await key_for(county)
    for path in (
        f"values?period={PERIOD}",
        "values?indicator=B001",
        "values",
        "places?level=village",
        "places",
        "indicators",
        f"totals?period={PERIOD}&level=village&indicator=B001&indicator=B002",
    ):
        if path == "indicators" and limit < 5:
            continue
        mark = "&" if "?" in path else "?"
        (whole,) = await all_pages(county, key, f"/api/v1/{path}{mark}limit=5000")
        pages = await all_pages(county, key, f"/api/v1/{path}{mark}limit={limit}")
        assert all(len(page) <= limit for page in pages)
        assert [row for page in pages for row in page] == whole, path


async def test_a_page_goes_on_behind_a_place_that_is_gone(county: DeskOffice) -> None:
    """A cursor names what it stands after; a place that ended meanwhile shifts nothing (S111)."""
    key = await key_for(county)
    path = "/api/v1/places?level=village&limit=2"
    first = await asked(county, key, path)
    gone = VILLAGES[1]
    assert first.json()[1]["code"] == county.ledger.tree.code(gone, county.ledger.today())
    person, grant = authority(county.ledger)
    end = [(Cell("place", "2024-01-01", "end"), text_value("2024-01-01"))]
    await filing.file(county.ledger, [filing.Filed(gone, person, grant, end)])

    link = first.headers["link"].partition(">")[0].removeprefix("<")
    second = await asked(county, key, link)

    codes = [county.ledger.tree.code(one, county.ledger.today()) for one in VILLAGES[2:4]]
    assert [row["code"] for row in second.json()] == codes


async def test_changes_are_followed_for_ever(county: DeskOffice) -> None:
    """From a cursor on, each accepted change comes once, in the order of acceptance, and it tells
    neither names nor people (S112).
    """
    key = await key_for(county, COUNTY)
    cursor, seen = "", []
    while True:
        answer = await asked(county, key, f"/api/v1/changes?limit=3&since={cursor}")
        seen += answer.json()
        cursor = answer.headers["tianji-cursor"]
        if "link" not in answer.headers:
            break
    assert len(seen) == 2 * len(VILLAGES)
    assert [row["position"] for row in seen] == sorted(row["position"] for row in seen)
    assert set(seen[0]) == {
        *("position", "accepted_at", "place", "period", "indicator", "value", "reason", "commit")
    }
    assert "填报人" not in answer.text

    assert (await asked(county, key, f"/api/v1/changes?since={cursor}")).json() == []
    await county.report(VILLAGE, PERIOD, {"B001": 77})
    await county.report(VILLAGE_ELSEWHERE, PERIOD, {"B001": 78})
    later = (await asked(county, key, f"/api/v1/changes?since={cursor}")).json()
    assert [(row["place"], row["value"]) for row in later] == [("445103101201", "77")]


async def test_a_cursor_of_another_order_of_acceptance_is_refused(county: DeskOffice) -> None:
    """After a restore whoever follows changes is told to begin again (S112)."""
    key = await key_for(county)
    cursor = (await asked(county, key, "/api/v1/changes")).headers["tianji-cursor"]
    async with county.ledger.transaction() as database:
        await database.set_meta("epoch", b"another1")

    answer = await asked(county, key, f"/api/v1/changes?since={cursor}")

    assert (answer.status_code, answer.json()["code"]) == (410, "cursor-outdated")
    broken = await asked(county, key, "/api/v1/changes?since=abc")
    assert (broken.status_code, broken.json()["code"]) == (404, "cursor-unknown")


async def test_what_has_not_changed_is_not_sent_again(county: DeskOffice) -> None:
    """A tag is good until something is accepted, and for one key alone (S113)."""
    key, other = await key_for(county), await key_for(county, TOWN)
    for path in (f"values?period={PERIOD}", "places", "catalogue", f"totals?period={PERIOD}"):
        tag = (await asked(county, key, f"/api/v1/{path}")).headers["etag"]
        again = await asked(county, key, f"/api/v1/{path}", **{"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
        if path != "catalogue":
            theirs = await asked(county, other, f"/api/v1/{path}", **{"if-none-match": tag})
            assert theirs.status_code == 200
        await county.report(VILLAGE, PERIOD, {"B001": len(path)})
        later = await asked(county, key, f"/api/v1/{path}", **{"if-none-match": tag})
        assert later.status_code == (304 if path == "catalogue" else 200)


async def test_totals_come_as_sdmx(county: DeskOffice) -> None:
    """SDMX-CSV 2.0: its leading columns, its periods, and a status that says what is partial."""
    key = await key_for(county)
    path = f"totals?period={PERIOD}&level=town&indicator=B001&format=sdmx-csv"

    answer = await asked(county, key, f"/api/v1/{path}")

    assert answer.headers["content-type"].startswith("application/vnd.sdmx.data+csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert list(rows[0])[:3] == ["STRUCTURE", "STRUCTURE_ID", "ACTION"]
    told = [(row["REF_AREA"], row["TIME_PERIOD"], row["OBS_VALUE"]) for row in rows]
    assert told[0] == (TOWN_CODE, "2024-Q3", "6")
    assert rows[0]["OBS_STATUS"] == "A"
    assert rows[0]["FREQ"] == "Q"


@pytest.mark.parametrize("form", ["csv", "jsonl"])
async def test_other_forms_hold_the_same_rows(county: DeskOffice, form: str) -> None:
    """Lines of CSV and of JSON say what the JSON says, also where it is written as it is read."""
    key = await key_for(county)
    for path in (f"values?period={PERIOD}", f"totals?period={PERIOD}&level=village", "places"):
        rows = (await asked(county, key, f"/api/v1/{path}")).json()
        mark = "&" if "?" in path else "?"
        text = (await asked(county, key, f"/api/v1/{path}{mark}format={form}")).text
        if form == "jsonl":
            assert [json.loads(line) for line in text.splitlines()] == rows
        else:
            plain = [
                {
                    k: "" if v is None else str(v).lower() if isinstance(v, bool) else str(v)
                    for k, v in row.items()
                }
                for row in rows
            ]
            assert list(csv.DictReader(io.StringIO(text))) == plain


async def test_answers_are_packed_for_whoever_takes_them_so(county: DeskOffice) -> None:
    """A long answer comes as gzip where that is accepted."""
    key = await key_for(county)
    request = county.browsers["stranger"].build_request(
        "GET",
        "/api/v1/indicators",
        headers={"authorization": f"Bearer {key}", "accept-encoding": "gzip", "accept": "*/*"},
    )
    answer = await county.browsers["stranger"].send(request, stream=True)
    raw = b"".join([part async for part in answer.aiter_raw()])

    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw).startswith(b"[")


async def test_whoever_comes_too_often_is_told_when_to_come_again(county: DeskOffice) -> None:
    """A key's bucket fills at its rate; one that is empty is answered 429 with the seconds (S114)."""
    now = [0.0]
    paces = county.app.state.paces
    county.app.state.paces = paces._replace(key=Pace(2, 3, lambda: now[0]))
    key = await key_for(county)

    first = [(await asked(county, key, "/api/v1/catalogue")).status_code for _ in range(4)]
    answer = await asked(county, key, "/api/v1/catalogue")
    now[0] = 1.0
    later = [(await asked(county, key, "/api/v1/catalogue")).status_code for _ in range(3)]

    assert first == [200, 200, 200, 429]
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["code"] == "api-too-often"
    assert later == [200, 200, 429]


def test_a_bucket_is_forgotten_only_when_others_crowd_it_out() -> None:
    """However many addresses come, memory stays bounded."""
    pace = Pace(1, 1, lambda: 0.0, buckets_max=2)
    pace.take("a")
    pace.take("b")
    with pytest.raises(Problem):
        pace.take("a")
    pace.take("c")
    with pytest.raises(Problem):
        pace.take("a")
    pace.take("b")


async def test_places_lie_as_they_did_on_a_day(county: DeskOffice) -> None:
    """Every place names the one right above it."""
    key = await key_for(county, ELSEWHERE)

    answer = await asked(county, key, "/api/v1/places?day=2024-01-01")

    assert [(row["level"], row["parent"]) for row in answer.json()] == [
        ("county", "445100000000"),
        ("town", ELSEWHERE_CODE),
        ("village", "445122101000"),
    ]
