"""A county whose desk has something on every page, made within the test and then served.

Six villages and one of a long name with rare characters have reported a quarter: one form is
approved, one came back, one holds a conflict, something lies aside, a total is adjusted, a form is sent
out, a laptop is enrolled and one invited, a key stands.
"""

from __future__ import annotations

import asyncio
import html
import os
import re
import time
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import httpx

from server import filing
from server.accounts import grants, people, second_factor
from server.accounts.passwords import hashed
from server.desk.acting import sign_in_here
from server.desk.viewer import Viewer
from server.devices.invites import authority, invite
from sync.ids import PersonId, PlaceId, mint
from sync.ledger.ledger import CHINA, Ledger
from sync.period import Period, parse
from sync.quantity import SCALE
from sync.value import Cell, quantity_value, text_value
from tests.browser.conftest import apart
from tests.integration import desk_office
from tests.integration.accounts_office import code_at
from tests.integration.admin_office import enrolled, realm_office, synced
from tests.integration.desk_office import COUNTY, SECOND_TOWN, TOWN, VILLAGES, DeskOffice
from tests.integration.review_office import FIGURES, FORM, looked
from tests.integration.test_desk_disputes import refused, rival

__all__ = ["LONG", "NAME", "PASSWORD", "Full", "made"]

PASSWORD = desk_office.PASSWORD
LONG = PlaceId(mint("place", b"a long name"))
LONG_NAME = "㘎口𠮷塱村村民委员会（由原石埔、寮上、坪下三个自然村合并而成）"
NAME = "欧阳㴔𡐓（驻镇联络员）"
ROLES = ("administer", "define", "review_county", "review_town", "enter", "view")


class Full(NamedTuple):
    """The server's folder, and what its pages are asked about.

    `whole` signs in to everything, `first` still owes a password, `factor` a code.
    """

    folder: Path
    quarter: Period
    day: str
    ids: Mapping[str, str]


def made(folder: Path) -> Full:
    """Makes it, as of today."""
    today = int(time.time())
    with patch.object(desk_office, "NOW", today):
        return apart(lambda: asyncio.run(_made(folder)))


async def _made(folder: Path) -> Full:
    async with realm_office(folder) as here:
        day = datetime.fromtimestamp(desk_office.NOW, CHINA).date()
        quarter = parse(f"{day.year}Q{(day.month + 2) // 3}").previous()
        ids = {"person": (await _people(here)).hex()}
        ids |= await _devices(here)
        await _long_named(here)
        await _reported(here, quarter)
        await looked(here)
        await _decided(here, quarter)
        await _adjusted(here, quarter)
        await _sent_out(here, quarter, day)
        await _key(here, day)
        await looked(here)
        ids["commit"] = await _last_commit(here.ledger)
        return Full(folder / "server", quarter, str(day), ids)


async def _people(here: DeskOffice) -> PersonId:
    ledger, own = here.ledger, hashed(PASSWORD)
    whole, _ = await people.add(ledger, NAME, "whole", ledger.root, os.urandom)
    for role in ROLES:
        await grants.add(ledger, whole, role, ledger.root, None, os.urandom)
    await sign_in_here(ledger, Viewer(ledger, whole))
    first, _ = await people.add(ledger, "李初（模拟）", "first", TOWN, os.urandom)
    factor, _ = await people.add(ledger, "何码（模拟）", "factor", TOWN, os.urandom)
    for person in (whole, first, factor):
        await grants.add(ledger, person, "view", TOWN, None, os.urandom)
        async with ledger.transaction() as database:
            await database.run(
                "UPDATE account SET password_hash = ?, must_change = ? WHERE person = ?",
                (own, int(person == first), person),
            )
    await second_factor.begin(ledger, factor, os.urandom)
    secret = await second_factor.offered(ledger, factor)
    assert secret is not None
    await second_factor.confirm(ledger, factor, code_at(secret, ledger.now()), os.urandom)
    return factor


async def _devices(here: DeskOffice) -> dict[str, str]:
    laptop, device = await enrolled(here)
    await synced(here, laptop)
    await invite(here.ledger, VILLAGES[1], "enter", "张三（模拟）", os.urandom)
    return {"device": device.hex()}


async def _long_named(here: DeskOffice) -> None:
    person, grant = authority(here.ledger)
    texts = {
        "code": "445103102209",
        "name": LONG_NAME,
        "level": "village",
        "parent": SECOND_TOWN.hex(),
    }
    cells = [(Cell("place", "2020-01-01", f), text_value(t)) for f, t in texts.items()]
    await filing.file(here.ledger, [filing.Filed(LONG, person, grant, cells)])


async def _reported(here: DeskOffice, quarter: Period) -> None:
    before = quarter.previous()
    for n, village in enumerate(VILLAGES):
        for period, more in ((before, 0), (quarter, n)):
            figures = FIGURES | {"B001": 178 + more, "B002": 100 + more}
            await here.report(village, period.text, figures)
        if n != 5:
            await here.submit(village, quarter.text, FORM)
    cell = Cell("value", quarter.text, "B001")
    await rival(here, VILLAGES[0], quantity_value(240 * SCALE), cell)
    await refused(here, VILLAGES[1], quantity_value(777 * SCALE))


async def _decided(here: DeskOffice, quarter: Period) -> None:
    for village, more in (
        (VILLAGES[2], {"action": "approve"}),
        (VILLAGES[3], {"action": "return", "cell": "B003", "words-B003": "与上季一样，请核对合同"}),
    ):
        path = f"/review/{village.hex()}/{quarter.text}/{FORM}"
        seen = _inputs((await here.browsers["county"].get(path)).text)["seen"]
        await _done(here, "county", path, {**more, "seen": seen})


async def _adjusted(here: DeskOffice, quarter: Period) -> None:
    path = f"/adjust/{TOWN.hex()}/{quarter.text}/B001"
    asked = {"total": "620", "reason": "核查补报：溪口村少报一处"}
    preview = await here.browsers["county"].get(path, params=asked)
    await _done(here, "county", path, _inputs(preview.text))


async def _sent_out(here: DeskOffice, quarter: Period, day: date) -> None:
    given = {
        "place": COUNTY.hex(),
        "form": FORM,
        "period": quarter.text,
        "opens": str(day - timedelta(days=20)),
        "due": str(day + timedelta(days=3)),
        "makeup": str(day + timedelta(days=6)),
        "words": "请各村按合同逐笔核对。",
    }
    await _done(here, "county", "/releases", given)


async def _key(here: DeskOffice, day: date) -> None:
    given = {
        "name": "省数据平台（模拟）",
        "code": "445103000000",
        "values": "1",
        "until": str(day + timedelta(days=300)),
    }
    await _done(here, "administrator", "/admin/keys", given)


async def _last_commit(ledger: Ledger) -> str:
    rows = await ledger.database.rows("SELECT id FROM commits ORDER BY no DESC LIMIT 1")
    return bytes(rows[0][0]).hex()


async def _done(here: DeskOffice, who: str, path: str, data: Mapping[str, str]) -> httpx.Response:
    answer = await here.browsers[who].post(path, data=dict(data))
    assert answer.status_code in (200, 303), (path, answer.text)
    return answer


def _inputs(page: str) -> dict[str, str]:
    return {
        name: html.unescape(value)
        for name, value in re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', page)
        if name != "back"
    }
