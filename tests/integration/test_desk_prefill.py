"""Values from other systems: filed once, by whoever owns them, where they reach; the rest reported."""

from __future__ import annotations

import io
import json
import os
from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.catalogue import shipped_files
from server.exchange import keys
from server.exchange.keys import Right
from server.prefill.owners import owned_by, owners_of
from server.prefill.rows import rows_in
from sync import pack
from sync.catalogue import Catalogue
from sync.ids import PlaceId
from sync.review import prefill_cell, prefill_source_cell
from sync.value import Cell, Value, quantity_value, reason_value, text_value
from tests.integration.desk_office import (
    COUNTY,
    VILLAGE,
    VILLAGES,
    DeskOffice,
    office,
)

HEADING = "place_code,period,indicator,value,reason\n"
CODE, OTHER, ELSEWHERE = "445103101201", "445103101202", "445122101201"
OWNER = "公安"
GOOD = f"{CODE},2023,A003,412,\n{OTHER},2023,A003,318,\n"


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county's server."""
    async with office(tmp_path) as here:
        yield here


async def key_for(
    county: DeskOffice, place: PlaceId = COUNTY, rights: Sequence[Right] = (Right.PREFILLS,)
) -> str:
    """A key of the police's system, for a county."""
    return await keys.make(
        county.ledger,
        os.urandom,
        name="户籍系统",
        place=place,
        rights=rights,
        owner=OWNER,
        until=date.max,
        made_by=county.people["administrator"],
    )


async def sent(
    county: DeskOffice, key: str, body: str, kind: str = "text/csv", query: str = "", **more: str
) -> httpx.Response:
    """What the server answers to a body of prefills."""
    headers = {"authorization": f"Bearer {key}", "accept": "*/*", "content-type": kind, **more}
    address = f"/api/v1/prefills{query}"
    return await county.browsers["stranger"].post(address, headers=headers, content=body.encode())


async def stands(county: DeskOffice, place: PlaceId, cell: Cell) -> Value | None:
    """What stands in a cell."""
    found = await county.ledger.standing(place, [(cell.kind, cell.subject)])
    return found[cell].versions[0].value if cell in found else None


async def commits(county: DeskOffice) -> int:
    """How many commits there are."""
    ((count,),) = await county.ledger.database.rows("SELECT count(*) FROM commits")
    return int(count)


def counts(report: dict[str, Any]) -> tuple[int, ...]:
    """Rows, new, changed, unchanged, faulty."""
    return tuple(report[name] for name in ("rows", "new", "changed", "unchanged", "errors_count"))


async def test_a_systems_values_stand_as_prefills_with_their_source(county: DeskOffice) -> None:
    """They are no reported values: officers see them, with where they are from (S115)."""
    answer = await sent(county, await key_for(county), HEADING + GOOD)

    assert answer.status_code == 200, answer.text
    assert counts(answer.json()) == (2, 2, 0, 0, 0)
    found = await stands(county, VILLAGE, prefill_cell("2023", "A003"))
    assert found == quantity_value(412 * 10_000)
    source = await stands(county, VILLAGE, prefill_source_cell("2023", "A003"))
    assert source == text_value("公安（户籍系统）")
    assert await stands(county, VILLAGE, Cell("value", "2023", "A003")) is None


@pytest.mark.parametrize("kind", ["text/csv", "application/json", "application/jsonl"])
async def test_the_same_body_twice_files_nothing_new(county: DeskOffice, kind: str) -> None:
    """However it is written, the second time everything stands already (S116)."""
    key = await key_for(county)
    rows = [
        {"place": CODE, "period": "2023", "indicator": "A003", "value": 412},
        {"place": OTHER, "period": "2023", "indicator": "A003", "value": "318.0"},
        {"place": OTHER, "period": "2023", "indicator": "A004", "reason": "not_applicable"},
    ]
    body = {
        "text/csv": HEADING + GOOD + f"{OTHER},2023,A004,,not_applicable\n",
        "application/json": json.dumps(rows),
        "application/jsonl": "\n".join(map(json.dumps, rows)),
    }[kind]

    first = await sent(county, key, body, kind)
    before = await commits(county)
    second = await sent(county, key, body, kind)

    assert counts(first.json()) == (3, 3, 0, 0, 0), first.text
    assert counts(second.json()) == (3, 0, 0, 3, 0)
    assert await commits(county) == before
    found = await stands(county, VILLAGES[1], prefill_cell("2023", "A004"))
    assert found == reason_value("not_applicable")


async def test_a_body_that_its_sender_named_is_answered_once(county: DeskOffice) -> None:
    """The same name gives the same report, also after others filed; another body is refused (S116)."""
    key = await key_for(county)
    name = {"idempotency-key": "2023-a"}
    first = await sent(county, key, HEADING + GOOD, **name)
    await sent(county, key, HEADING + f"{CODE},2023,A003,500,\n")

    again = await sent(county, key, HEADING + GOOD, **name)
    other = await sent(county, key, HEADING, **name)

    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    found = await stands(county, VILLAGE, prefill_cell("2023", "A003"))
    assert found == quantity_value(500 * 10_000)
    assert (other.status_code, other.json()["code"]) == (409, "prefill-repeated")


async def test_good_rows_go_in_and_each_faulty_one_is_listed(county: DeskOffice) -> None:
    """What isn't the owner's, lies out of reach or can't be read is told by its line (S117)."""
    rows = [
        f"{CODE},2023,A003,412,",
        f"{CODE},2023,B001,1,",
        f"{ELSEWHERE},2023,A003,1,",
        "999,2023,A003,1,",
        f"{CODE},2023,A003,many,",
        f"{CODE},2023,A003,413,",
        "one,two",
    ]

    answer = await sent(county, await key_for(county), HEADING + "\n".join(rows))

    report = answer.json()
    assert counts(report) == (7, 1, 0, 0, 6)
    assert [(one["line"], one["code"]) for one in report["errors"]] == [
        (3, "prefill-not-owned"),
        (4, "row-place-unknown"),
        (5, "row-place-unknown"),
        (6, "quantity-not-a-number"),
        (7, "row-twice"),
        (8, "row-columns-wrong"),
    ]
    assert (report["places_matched"], report["places_unknown"]) == (1, 2)
    assert all(one["message"] for one in report["errors"])
    other = county.ledger.tree.by_code(ELSEWHERE, county.ledger.today())
    assert other is not None
    assert await stands(county, other, prefill_cell("2023", "A003")) is None


async def test_the_report_names_what_looks_odd_and_who_got_nothing(county: DeskOffice) -> None:
    """Far from the last period is told and filed all the same; places without a value are counted
    (S117).
    """
    await county.report(VILLAGE, "2022", {"A003": 100})
    key = await key_for(county)
    await sent(county, key, HEADING + f"{OTHER},2022,A003,300,\n")

    report = (await sent(county, key, HEADING + GOOD)).json()

    (odd,) = report["outliers"]
    assert (odd["place"], odd["before"], odd["value"]) == (CODE, "100 人", "412 人")
    (covered,) = report["coverage"]
    assert (covered["indicator"], covered["filed"], covered["missing"]) == ("A003", 2, 4)
    assert covered["lacking"][0][1].endswith("村")


async def test_a_look_files_nothing(county: DeskOffice) -> None:
    """A dry run reports what would come of it (S117)."""
    before = await commits(county)

    answer = await sent(county, await key_for(county), HEADING + GOOD, query="?dry_run=true")

    assert counts(answer.json()) == (2, 2, 0, 0, 0)
    assert answer.json()["dry_run"] is True
    assert await commits(county) == before


@pytest.mark.parametrize(
    "body, kind, status, code",
    [
        ("{}", "application/json", 400, "prefill-body-malformed"),
        ("[" * 100_000, "application/json", 400, "prefill-body-malformed"),
        ("a,b\n", "text/csv", 400, "values-header-wrong"),
        ("x", "image/png", 415, "prefill-type-unknown"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused_whole(
    county: DeskOffice, body: str, kind: str, status: int, code: str
) -> None:
    """With one problem that says why."""
    answer = await sent(county, await key_for(county), body, kind)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_key_for_reading_files_nothing(county: DeskOffice) -> None:
    """Filing is a right of its own (S110)."""
    key = await key_for(county, rights=[Right.VALUES, Right.TOTALS])

    assert (await sent(county, key, HEADING + GOOD)).status_code == 403


async def test_an_official_hands_a_file_in_under_their_own_name(county: DeskOffice) -> None:
    """The commits are that person's, the report has a page, and nobody else reads it (S115)."""
    browser = county.browsers["definer"]
    files = {"file": ("a.csv", (HEADING + GOOD + f"{CODE},2023,B001,1,\n").encode())}

    look = await browser.post(
        "/exchange/prefill", data={"owner": OWNER, "dry_run": "1"}, files=files
    )
    assert look.status_code == 200
    assert "没有改动任何数据" in look.text
    done = await browser.post("/exchange/prefill", data={"owner": OWNER}, files=files)
    assert done.status_code == 303, done.text
    report = await browser.get(done.headers["location"])

    assert "不由“公安”主管" in report.text
    rows = await county.ledger.database.rows(
        "SELECT DISTINCT c.author FROM version v JOIN commits c ON c.no = v.commit_no"
        " WHERE v.kind = 'prefill'"
    )
    assert rows == [(county.people["definer"],)]
    assert "公安" in (await browser.get("/exchange/prefill")).text
    stranger = await county.browsers["county"].get(done.headers["location"])
    assert stranger.status_code == 403
    missing = await browser.post("/exchange/prefill", data={"owner": OWNER})
    assert "没有选文件" in missing.text


def test_hostile_json_is_rows_that_are_wrong() -> None:
    """Whatever stands in a line, the next one is read."""
    lines = [b"{", b"[1]", b'{"place": {}}', b"\xff", b'{"place": "\\ud800"}', b'{"value": 1e5}']
    told = list(rows_in(io.BytesIO(b"\n".join(lines)), "jsonl"))

    assert [number for number, _ in told] == [1, 2, 3, 4, 5, 6]
    assert told[-1][1] == ["", "", "", "1e5", ""]


def test_indicators_of_two_owners_are_each_ones(shipped: Catalogue) -> None:
    """Where the catalogue names two, either may prefill; what the system counts, nobody may."""
    assert "A001" in owned_by(shipped, "公安") & owned_by(shipped, "民政")
    assert not owned_by(shipped, "系统")
    assert "公安/民政" not in owners_of(shipped)


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    """Guangdong's catalogue."""
    return pack.read(shipped_files())
