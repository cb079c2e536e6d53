"""A county whose villages have handed in a form, and reviewers who work on it as browsers do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path

import httpx

from server.checking.running import check_due
from server.review.attention import attend_due
from sync import review
from sync.ids import PlaceId
from sync.review import Decision
from tests.integration.desk_office import (
    VILLAGE,
    VILLAGES,
    DeskOffice,
    office,
)

PERIOD, FORM = "2024Q3", "C201"
FIGURES = {"B001": 178, "B002": 100, "B003": 40, "B004": 20, "B005": 10, "B006": 8, "D002": 0}


@asynccontextmanager
async def reporting_county(folder: Path) -> AsyncIterator[DeskOffice]:
    """A county of six villages that have handed in the quarter's form."""
    async with office(folder) as here:
        for n, village in enumerate(VILLAGES):
            await here.report(village, PERIOD, FIGURES | {"B001": 178 + n, "B002": 100 + n})
            await here.submit(village, PERIOD, FORM)
        yield here


def address(place: PlaceId, form: str = FORM, period: str = PERIOD) -> str:
    """A form's page."""
    return f"/review/{place.hex()}/{period}/{form}"


async def text_of(county: DeskOffice, who: str, path: str) -> str:
    """What a page says, without its markup."""
    answer = await county.browsers[who].get(path)
    assert answer.status_code == 200, (path, answer.text)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", answer.text)))


async def seen_of(county: DeskOffice, who: str, path: str) -> str:
    """What the form's page says that it showed."""
    page = (await county.browsers[who].get(path)).text
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found is not None
    return unescape(found.group(1))


async def items_of(county: DeskOffice, who: str, path: str = "/review") -> list[str]:
    """The forms of a page of the queue, as it would send them."""
    page = (await county.browsers[who].get(path)).text
    return [unescape(one) for one in re.findall(r'name="item" value="([^"]*)"', page)]


async def decide(
    county: DeskOffice, who: str, place: PlaceId, action: str, seen: str = "", **more: str
) -> httpx.Response:
    """Sends a form's page as a browser would, as it is now."""
    path = address(place)
    seen = seen or await seen_of(county, who, path)
    data = {"action": action, "seen": seen} | {k.replace("_", "-"): v for k, v in more.items()}
    return await county.browsers[who].post(path, data=data)


async def stage_of(county: DeskOffice, place: PlaceId = VILLAGE, form: str = FORM) -> str:
    """How far the form is kept as."""
    rows = await county.ledger.database.rows(
        "SELECT stage FROM form_standing s JOIN place_no p ON p.no = s.place"
        " WHERE p.id = ? AND s.form = ?",
        (place, form),
    )
    return str(rows[0][0]) if rows else "draft"


async def looked(county: DeskOffice) -> None:
    """What runs in the background, done."""
    while await check_due(county.ledger):
        pass
    while await attend_due(county.ledger):
        pass


async def decision_of(county: DeskOffice, place: PlaceId = VILLAGE) -> Decision:
    """The decision that stands."""
    cell = review.decision_cell(PERIOD, FORM)
    standing = await county.ledger.standing(place, [cell[:2]])
    found = review.decision(standing[cell].versions[0].value)
    assert found is not None
    return found
