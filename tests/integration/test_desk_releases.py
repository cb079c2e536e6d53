"""Sending forms out: what they cost is shown first, and no due day is set too near."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from server.catalogue.keeping import catalogue_of
from server.completeness import outstanding
from server.completeness.costing import cost
from server.completeness.releasing import days_at
from sync.period import parse
from tests.integration.desk_office import (
    CITY,
    COUNTY,
    ELSEWHERE,
    VILLAGE,
    VILLAGE_ELSEWHERE,
    VILLAGES,
    DeskOffice,
    office,
)

QUARTER, FORM = "2024Q4", "C201"
TODAY = date(2024, 10, 27)


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county with nothing sent out."""
    async with office(tmp_path) as here:
        yield here


async def send(county: DeskOffice, who: str = "county", **said: str) -> tuple[int, str]:
    """Sends the form out with those days."""
    values = {
        "place": COUNTY.hex(),
        "form": FORM,
        "period": QUARTER,
        "opens": "2024-11-01",
        "due": "2025-01-20",
        "makeup": "2025-01-25",
    }
    headers = {"origin": "http://desk.invalid", "sec-fetch-site": "same-origin"}
    answer = await county.browsers[who].post("/releases", data=values | said, headers=headers)
    return answer.status_code, answer.text


async def due_at(county: DeskOffice, place: bytes) -> date | None:
    """Until when the form is in time there."""
    catalogue = await catalogue_of(county.ledger)
    form, period = catalogue.forms[FORM], parse(QUARTER)
    days = await days_at(county.ledger, [place], [(form, period)])  # type: ignore[list-item]
    return days.due(place, form, period)  # type: ignore[arg-type]


async def test_a_release_sets_the_due_day_for_all_below(county: DeskOffice) -> None:
    """Those of the county have its day, those elsewhere the form's own (S82)."""
    assert (await send(county))[0] == 303

    assert await due_at(county, VILLAGE) == date(2025, 1, 20)
    assert await due_at(county, VILLAGE_ELSEWHERE) == date(2025, 1, 10)
    page = await county.browsers["county"].get(
        f"/completeness?place={COUNTY.hex()}&form={FORM}&period={QUARTER}"
    )
    assert "2025年1月20日" in page.text


async def test_the_nearest_release_counts_until_it_is_taken_back(county: DeskOffice) -> None:
    """A county's own days come before the city's (S82)."""
    assert (await send(county, "definer", place=CITY.hex(), due="2025-01-16"))[0] == 303
    assert (await send(county))[0] == 303
    assert await due_at(county, VILLAGE) == date(2025, 1, 20)
    assert await due_at(county, VILLAGE_ELSEWHERE) == date(2025, 1, 16)

    (shown,) = [
        line.split('value="')[1].split('"')[0]
        for line in (
            await county.browsers["county"].get(
                f"/releases?place={COUNTY.hex()}&form={FORM}&period={QUARTER}"
            )
        ).text.split("<input")
        if 'name="shown"' in line
    ]
    assert (await send(county, withdraw="1", shown=shown))[0] == 303
    assert await due_at(county, VILLAGE) == date(2025, 1, 16)


async def test_what_was_late_is_in_time_by_a_day_that_was_put_off(county: DeskOffice) -> None:
    """Late and in time follow the day that holds, for what is already handed in too (S82)."""
    catalogue = await catalogue_of(county.ledger)
    form, period = catalogue.forms[FORM], parse("2024Q3")
    await county.submit(VILLAGE, "2024Q3", FORM)

    async def counted() -> tuple[int, int]:
        (line,) = await outstanding.by_place(county.ledger, [COUNTY], form, period)
        return line.on_time, line.late

    assert await counted() == (0, 1)
    assert (await send(county, period="2024Q3", due="2024-12-20", makeup="2024-12-20"))[0] == 303
    assert await counted() == (1, 0)


async def test_taking_back_brings_no_day_forward_suddenly(county: DeskOffice) -> None:
    """The form's own day of the last quarter is over: its release stays (S82)."""
    assert (await send(county, period="2024Q3", due="2024-12-20", makeup="2024-12-20"))[0] == 303
    status, text = await send(
        county, period="2024Q3", due="2024-12-20", makeup="2024-12-20", withdraw="1"
    )

    assert status == 400
    assert "2024-11-01" in text


@pytest.mark.parametrize("days", [0, 1, 4, 6])
async def test_a_day_too_near_is_refused_with_the_first_that_will_do(
    county: DeskOffice, days: int
) -> None:
    """Sunday the 27th: five working days end on Friday the 1st (S82)."""
    due = TODAY + timedelta(days=days)
    status, text = await send(
        county,
        period="2025Q1",
        opens="2024-10-27",
        due=due.isoformat(),
        makeup=due.isoformat(),
    )
    if due >= date(2024, 11, 1):
        assert status == 303
    else:
        assert status == 400
        assert "2024-11-01" in text
    assert await due_at(county, VILLAGE) == date(2025, 1, 10)


async def test_what_a_form_costs_is_shown_before_it_goes(county: DeskOffice) -> None:
    """Items, those that a department holds, minutes for all villages, and what else is due (S82)."""
    catalogue = await catalogue_of(county.ledger)
    form, period = catalogue.forms[FORM], parse(QUARTER)
    found = await cost(county.ledger, catalogue, COUNTY, form, period, date(2025, 1, 10))

    assert (found.places, found.items, found.minutes) == (len(VILLAGES), 7, form.minutes)
    assert found.hours == -(-form.minutes * 6 // 60)
    assert set(found.held) == {code for code in form.items if catalogue.indicators[code].owner}
    assert all(date(2025, 1, 6) <= one.due <= date(2025, 1, 12) for one in found.beside)
    page = await county.browsers["county"].get(
        f"/releases?place={COUNTY.hex()}&form={FORM}&period={QUARTER}"
    )
    assert "未经批准" in page.text
    assert f"一共约 {found.hours} 小时" in page.text


@pytest.mark.parametrize(
    "said, word",
    [
        ({"due": "soon"}, "soon"),
        ({"due": "2024-10-01"}, "2024-10-01"),
        ({"due": "9999-12-31", "makeup": "9999-12-31"}, "9999-12-31"),
        ({"opens": "0001-01-01"}, "0001-01-01"),
        ({"form": "NONE"}, "NONE"),
        ({"period": "2024-11"}, "2024-11"),
        ({"place": "x"}, "x"),
        ({"shown": "zz"}, ""),
    ],
)
async def test_a_wrong_release_is_one_sentence(
    county: DeskOffice, said: dict[str, str], word: str
) -> None:
    """Nothing is filed, and what is wrong is named (S82)."""
    status, text = await send(county, **said)

    assert status in (400, 404)
    assert word in text
    assert await due_at(county, VILLAGE) == date(2025, 1, 10)


@pytest.mark.parametrize("path", ["/releases", "/completeness/reminders"])
@pytest.mark.parametrize("asked", ["due=0001-01-01", "due=9999-12-31", "done=nothing"])
async def test_no_address_is_a_fault(county: DeskOffice, path: str, asked: str) -> None:
    """Days beyond all calendars and outcomes that there aren't are a sentence at most (S82)."""
    answer = await county.browsers["county"].get(f"{path}?form={FORM}&period={QUARTER}&{asked}")

    assert answer.status_code in (200, 400)


async def test_only_an_issuer_sends_out_and_only_in_the_own_places(county: DeskOffice) -> None:
    """Who defines or reviews for the county; not the town, and nowhere else (S82)."""
    assert (await send(county, "town"))[0] == 403
    assert (await send(county, place=ELSEWHERE.hex()))[0] == 404
    assert (await send(county, "definer"))[0] == 303


async def test_lines_are_in_the_order_of_the_days_that_hold(county: DeskOffice) -> None:
    """A form that was put off comes later (S80)."""
    catalogue = await catalogue_of(county.ledger)
    await send(county, period="2024Q3", due="2025-03-01", makeup="2025-03-01")
    lines = await outstanding.by_form(county.ledger, catalogue, COUNTY)

    due = [one.due for one in lines if one.due]
    assert due == sorted(due)
    assert date(2025, 3, 1) in due
