"""Conflicts at the county's desk: what each choice would do, who may settle, and what lies aside."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Sequence
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.catalogue.keeping import catalogue_of
from server.disputes.range import Option, disputed_range, outermost
from sync import clock
from sync.commit import Change, Sealed, commit_of
from sync.ids import DeviceId, GrantId, PersonId, PlaceId, mint_at
from sync.ledger.apply import Arrival
from sync.ledger.edits import sign
from sync.ledger.receive import Intake
from sync.period import parse
from sync.quantity import SCALE
from sync.review import Return, return_cell, returned
from sync.rollup import Sums
from sync.trust import KeySigner, device_of
from sync.value import Cell, Value, quantity_value, text_value
from sync.wire import Offered
from tests.integration.desk_office import (
    COUNTY,
    SECOND_TOWN,
    TOWN,
    VILLAGE,
    VILLAGES,
    DeskOffice,
    office,
    value_of,
)

QUARTER = "2024Q3"
CELL = Cell("value", QUARTER, "B001")


async def rival(here: DeskOffice, place: PlaceId, value: Value, cell: Cell = CELL) -> None:
    """A value by a commit that has seen nothing of the place: the same machine's other branch."""
    ledger = here.ledger
    person = PersonId(mint_at("person", place, b"officer"))
    grant = GrantId(mint_at("grant", place, b"officer"))
    async with ledger.transaction() as database:
        stamp = clock.tick(await database.meta("last_stamp") or 0, ledger.now())
        await database.set_meta("last_stamp", stamp)
        commit = commit_of(
            realm=ledger.realm,
            place=place,
            parents=(),
            device=ledger.device,
            author=person,
            grant=grant,
            changes=[Change(cell, value, stamp)],
        )
        intake = Intake(ledger, database)
        await intake.file([Arrival(commit, sign(ledger.sealer, commit))])
        await intake.finish()


async def refused(here: DeskOffice, place: PlaceId, value: Value) -> None:
    """A commit of a machine that nobody registered, and one under a grant that reaches elsewhere."""
    ledger = here.ledger
    signer = KeySigner(bytes(32))
    person = PersonId(mint_at("person", place, b"officer"))
    other = GrantId(mint_at("grant", SECOND_TOWN, b"officer"))
    commits = [
        commit_of(
            realm=ledger.realm,
            place=place,
            parents=(),
            device=device,
            author=person,
            grant=other,
            changes=[Change(CELL, value, number << 20)],
        )
        for number, device in ((1, device_of(signer.public)), (2, ledger.device))
    ]
    signatures = [
        signer.sign("commit", ledger.realm, commits[0].id),
        sign(ledger.sealer, commits[1]),
    ]
    async with ledger.transaction() as database:
        intake = Intake(ledger, database)
        offers = [
            Offered(Sealed(commit.body, signature), ())
            for commit, signature in zip(commits, signatures, strict=True)
        ]
        await intake.receive(offers, DeviceId(ledger.device))
        await intake.finish()


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county with a conflict in its first village: 100 stands first, then 140."""
    async with office(tmp_path) as here:
        for n, village in enumerate(VILLAGES[:4]):
            await here.report(village, QUARTER, {"B001": 100 + n})
        await rival(here, VILLAGE, quantity_value(140 * SCALE))
        yield here


def case(place: PlaceId, cell: Cell = CELL) -> str:
    """Where a conflict is shown."""
    subject = cell.subject.replace(" ", "+")
    return f"/disputes/{place.hex()}/case?kind={cell.kind}&subject={subject}&field={cell.field}"


def forms(page: str) -> list[tuple[str, dict[str, str]]]:
    """The page's forms: where each is sent to, and what it holds already."""
    return [
        (
            action,
            {
                name: html.unescape(value)
                for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', inside)
            },
        )
        for action, inside in re.findall(
            r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', page, re.DOTALL
        )
        if not action.startswith("/s")
    ]


async def test_a_conflict_is_listed_with_both_values_in_the_scope_of_who_looks(
    county: DeskOffice,
) -> None:
    """County and town see it, another county does not (S85)."""
    for who in ("county", "town", "staff", "viewer"):
        page = (await county.browsers[who].get("/disputes")).text
        assert "仙河村" in page, who
        assert "100" in page
        assert "140" in page
    assert "没有冲突" in (await county.browsers["outside"].get("/disputes")).text


async def test_each_choice_tells_what_it_does_to_every_total_above(county: DeskOffice) -> None:
    """By town, county and city, before anything is chosen; and that one machine made both (S86)."""
    page = (await county.browsers["county"].get(case(VILLAGE))).text

    rows = re.findall(
        r'<th scope="row" class="name"><a[^>]*>(.*?)</a></th>(.*?)</tr>', page, re.DOTALL
    )
    totals = {name: re.findall(r'class="number">(.*?)<', cells) for name, cells in rows}
    by = {"100": ["303", "406"], "140": ["343", "446"]}
    order = re.findall(r'class="number">选 (\d+)<', page)
    now = order[0]
    assert totals["磷溪镇"] == [by[now][0], *(by[one][0] for one in order)]
    assert totals["潮安区"] == [by[now][1], *(by[one][1] for one in order)]
    assert "硬盘好像被复制过" in page
    assert "没有双方都看过的上一个数" in page


async def test_entry_staff_settle_it_and_the_totals_follow(county: DeskOffice) -> None:
    """An ordinary commit of the person who chose, on top of what the page showed (S87)."""
    staff = county.browsers["staff"]
    page = (await staff.get(case(VILLAGE))).text
    (action, fields), *_ = [one for one in forms(page) if one[0].endswith("settle")]
    done = await staff.post(action, data=fields)
    assert done.status_code == 303, done.text
    assert "没有冲突" in (await staff.get("/disputes")).text
    told = (await staff.get(f"/api/explain/{VILLAGE.hex()}/{QUARTER}/B001")).json()
    assert told["cell"]["versions"][0]["author"] == "staff"
    assert not told["cell"]["disputed"]

    again = await staff.post(action, data=fields)
    assert again.status_code == 409


async def test_what_arrived_since_stays_in_dispute(county: DeskOffice) -> None:
    """A choice covers what its page showed and nothing else (S87)."""
    staff = county.browsers["staff"]
    page = (await staff.get(case(VILLAGE))).text
    await rival(county, VILLAGE, quantity_value(150 * SCALE))
    (action, fields), *_ = [one for one in forms(page) if one[0].endswith("settle")]
    assert (await staff.post(action, data=fields)).status_code == 303

    assert "150" in (await staff.get(case(VILLAGE))).text


async def test_a_reviewer_sends_it_back_and_writes_no_value(county: DeskOffice) -> None:
    """Neither the town's nor the county's reviewer may choose; their words reach the village (S88)."""
    for who in ("town", "county"):
        browser = county.browsers[who]
        page = (await browser.get(case(VILLAGE))).text
        actions = {action.rpartition("/")[2] for action, _ in forms(page)}
        assert actions == {"ask"}, who
    staff_page = (await county.browsers["staff"].get(case(VILLAGE))).text
    settle = next(one for one in forms(staff_page) if one[0].endswith("settle"))
    forbidden = await county.browsers["county"].post(settle[0], data=settle[1])
    assert forbidden.status_code == 403

    action, fields = forms(page)[0]
    empty = await county.browsers["county"].post(action, data={**fields, "words": " "})
    assert empty.status_code == 400
    asked = await county.browsers["county"].post(action, data={**fields, "words": "以哪张单据为准"})
    assert asked.status_code == 303, asked.text
    told = (await county.browsers["viewer"].get(f"/explain/{VILLAGE.hex()}/{QUARTER}/B001")).text
    assert "以哪张单据为准" in told
    catalogue = await catalogue_of(county.ledger)
    (form,) = (one.code for one in catalogue.forms.values() if "B001" in one.items)
    cell = return_cell(QUARTER, form, "B001")
    said = returned((await county.ledger.standing(VILLAGE, [cell[:2]]))[cell].versions[0].value)
    assert isinstance(said, Return)
    assert (said.words, len(said.saw)) == ("以哪张单据为准", 2)
    assert "仙河村" in (await county.browsers["county"].get("/disputes")).text


async def test_nobody_asks_over_words_that_they_have_not_read(county: DeskOffice) -> None:
    """A second reviewer with an older page is told; the officer's note stays as it was filed and
    gets the words beside it (S87, S88).
    """
    cells = [(Cell("note", QUARTER, "B001"), text_value("已去户里核对"))]
    await county.file(VILLAGE, cells)
    asks = {}
    for who in ("town", "county", "staff"):
        page = (await county.browsers[who].get(case(VILLAGE))).text
        (asks[who],) = [one for one in forms(page) if one[0].endswith("ask")]
    for who, status in (("town", 303), ("county", 409), ("staff", 303)):
        action, fields = asks[who]
        said = {**fields, "words": f"{who}的话"}
        assert (await county.browsers[who].post(action, data=said)).status_code == status, who

    page = (await county.browsers["county"].get(case(VILLAGE))).text
    assert "town的话" in page
    assert "county的话" not in page
    assert "已去户里核对\nstaff的话" in html.unescape(page)


async def test_what_the_county_locked_goes_back_by_the_county_alone(county: DeskOffice) -> None:
    """The town's reviewer opens no value of a locked form by asking about a conflict (S71, S88)."""
    form = f"/review/{VILLAGE.hex()}/{QUARTER}/C201"
    page = (await county.browsers["county"].get(form)).text
    (seen,) = re.findall(r'name="seen" value="([^"]*)"', page)[:1]
    locked = {"action": "lock", "seen": html.unescape(seen)}
    assert (await county.browsers["county"].post(form, data=locked)).status_code == 303
    page = (await county.browsers["town"].get(case(VILLAGE))).text
    assert not [one for one in forms(page) if one[0].endswith("ask")]
    fields = {"kind": "value", "subject": QUARTER, "field": "B001", "words": "请核对"}
    ask = f"/disputes/{VILLAGE.hex()}/ask"

    assert (await county.browsers["town"].post(ask, data=fields)).status_code == 403
    assert (await county.browsers["county"].post(ask, data=fields)).status_code == 303


async def test_a_total_carries_the_range_of_what_is_in_dispute(county: DeskOffice) -> None:
    """Lowest to highest, at each place above; a reason against a value counts as none (S89)."""
    await rival(county, VILLAGES[3], value_of("!not_yet_available"))
    ranges = {
        place: await disputed_range(county.ledger, place, parse(QUARTER), "B001")
        for place in (VILLAGE, TOWN, COUNTY, VILLAGES[1])
    }

    assert ranges[VILLAGE] == (Fraction(100), Fraction(140), 1)
    assert ranges[TOWN] == (Fraction(303), Fraction(343), 1)
    assert ranges[COUNTY] == (Fraction(303), Fraction(446), 2)
    assert ranges[VILLAGES[1]] is None
    page = (await county.browsers["viewer"].get(f"/explain/{COUNTY.hex()}/{QUARTER}/B001")).text
    assert "303 至 446" in page


options = st.lists(
    st.tuples(st.integers(-50, 50), st.integers(0, 1)), min_size=2, max_size=3, unique=True
)


@given(st.integers(-50, 50), st.integers(1, 4), st.lists(options, min_size=1, max_size=4))
def test_the_range_is_that_of_all_choices_tried_one_by_one(
    number: int, count: int, cells: Sequence[Sequence[Option]]
) -> None:
    """Of sums and of means, against trying every combination (S89)."""
    row = Sums(
        count + sum(each[0][1] for each in cells), 0, number + sum(each[0][0] for each in cells), 1
    )
    sums, means = [], []
    for chosen in product(*cells):
        total, places = number + sum(n for n, _ in chosen), count + sum(d for _, d in chosen)
        sums.append(Fraction(total, SCALE))
        means.append(Fraction(total, SCALE * places))
    of_sum = outermost([row], cells, is_sum=True, percent=False)
    of_mean = outermost([row], cells, is_sum=False, percent=False)

    assert of_sum == (min(sums), max(sums), len(cells))
    assert of_mean == (min(means), max(means), len(cells))


async def test_what_lies_aside_says_why_and_entry_staff_can_file_it(county: DeskOffice) -> None:
    """Refused and waiting commits with reason, content and machine; filed in the person's own name,
    the new commit naming the old one (S85).
    """
    await refused(county, VILLAGES[1], quantity_value(777 * SCALE))
    for who, may in (("county", False), ("staff", True)):
        page = (await county.browsers[who].get("/aside")).text
        assert "777" in page
        assert "拒收" in page
        assert "等待" in page
        assert any(action.endswith("/file") for action, _ in forms(page)) is may
    machines = (await county.browsers["county"].get("/aside/devices")).text
    assert "没有登记" in machines
    assert "好像被复制过" in machines
    told = (await county.browsers["viewer"].get(f"/api/explain/{TOWN.hex()}/{QUARTER}/B001")).json()
    assert [part["aside"] for part in told["parts"]] == [0, 2, 0]

    staff = county.browsers["staff"]
    action, fields = next(one for one in forms(page) if one[0].endswith("/file"))
    done = await staff.post(action, data=fields)
    assert done.headers["location"] == "/aside?filed=1", done.text
    told = (await staff.get(f"/api/explain/{VILLAGES[1].hex()}/{QUARTER}/B001")).json()
    assert told["value"] == "777"
    ((act,),) = await county.ledger.database.rows(
        "SELECT body FROM commits ORDER BY no DESC LIMIT 1"
    )
    assert bytes.fromhex(fields["commit"])[:16] in act
    assert (await staff.post(action, data=fields)).status_code == 409
    assert "没有" in (await county.browsers["outside"].get("/aside")).text
