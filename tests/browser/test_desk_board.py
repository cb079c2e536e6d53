"""The boards in a real Chromium: charts under the strict policy, a figure that moves while one looks."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from server import filing, store
from server.accounts import grants, people
from server.accounts.passwords import hashed
from server.devices.invites import authority
from sync.ids import PlaceId, mint
from sync.value import Cell, Value, quantity_value, text_value
from tests.browser.conftest import apart, signed_in
from tests.browser.looks import faults, out_of_reach
from tests.browser.sheets import Sheet
from tests.e2e.processes import TOWN, VILLAGE, found, now, serving
from tests.unit.reviewing import FORM, PERIOD

PASSWORD = "a password of one's own"
CITY = PlaceId(mint("place", b"city"))
COUNTIES = {"445102000000": "湘桥区", "445103000000": "潮安区", "445122000000": "饶平县"}
BOARD = f"/board?place={TOWN.hex()}&period={PERIOD}&indicator=B001"
MAP = f"/board?place={CITY.hex()}&period=2023&indicator=H008"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server with a city's counties, and somebody who looks at all and enters for a village."""
    folder = tmp_path / "server"
    apart(lambda: found(folder))
    apart(lambda: asyncio.run(_ready(folder)))
    with serving(folder) as where:
        yield where


@pytest.fixture
def page(context: BrowserContext, address: str) -> Page:
    """A tab in which that person is signed in."""
    return signed_in(context, address, "leader", PASSWORD)


async def _ready(folder: Path) -> None:
    async with store.open_server(folder, now, check=False) as ledger:
        person, grant = authority(ledger)
        filed = [_place(CITY, "445100000000", "潮州市", "city", "")]
        for at, (code, name) in enumerate(COUNTIES.items()):
            county = PlaceId(mint("place", code.encode()))
            cells = _place(county, code, name, "county", CITY.hex())[1]
            value = quantity_value(800_000 + 10_000 * at)
            filed.append(
                (county, [*cells, *([(Cell("value", "2023", "H008"), value)] if at else [])])
            )
        await filing.file(ledger, [filing.Filed(one, person, grant, cells) for one, cells in filed])
        leader, _ = await people.add(ledger, "陈书记", "leader", TOWN, os.urandom)
        async with ledger.transaction() as database:
            await database.run(
                "UPDATE account SET password_hash = ?, must_change = 0 WHERE person = ?",
                (hashed(PASSWORD), leader),
            )
        for role, place in (("view", TOWN), ("view", CITY), ("enter", VILLAGE)):
            await grants.add(ledger, leader, role, place, None, os.urandom)


def _place(
    place: PlaceId, code: str, name: str, level: str, parent: str
) -> tuple[PlaceId, list[tuple[Cell, Value]]]:
    texts = {"code": code, "name": name, "level": level, "parent": parent}
    return place, [(Cell("place", "2020-01-01", f), text_value(t)) for f, t in texts.items()]


def test_a_map_is_drawn_of_the_counties_and_nothing_is_kept_from_anybody(
    page: Page, address: str
) -> None:
    """Under the policy of all pages, with the words about its boundaries; one county has no figure
    and says so in the table. Axe, both widths, the largest type, the keyboard (S93, S94).
    """
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(address + MAP)
    expect(page.locator("#chart-map canvas")).to_be_visible()
    expect(page.locator("#map-notice")).to_have_text("边界仅为示意，不作划界依据。")
    expect(page.get_by_role("row", name="湘桥区")).to_contain_text("—")
    page.locator("#chart-map canvas").hover()
    assert said == []

    assert faults(page) == []
    assert out_of_reach(page) == []


def test_a_figure_moves_while_one_looks_at_it(
    page: Page, context: BrowserContext, address: str
) -> None:
    """Somebody enters a value for a village; the town's board shows it without being asked (S90)."""
    page.goto(address + BOARD)
    expect(page.locator(".big-figure")).to_contain_text("—")
    sheet = Sheet(context.new_page(), address, f"/enter/{VILLAGE.hex()}/{PERIOD}/{FORM}")
    sheet.cell("B001").focus()
    sheet.page.keyboard.type("178")
    sheet.page.keyboard.press("Enter")
    sheet.expect_state("B001", "receipted")
    page.bring_to_front()

    expect(page.locator(".big-figure")).to_contain_text("178")
    expect(page.locator("#board-live")).to_have_text("有新数上报，数字已经更新")


def test_without_scripts_the_tables_are_there(
    context: BrowserContext, page: Page, address: str
) -> None:
    """A browser that runs none shows every figure, and no empty frame of a chart (S94)."""
    browser = context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False)
    plain.add_cookies(context.cookies())  # type: ignore[arg-type]  # what it gives it takes
    tab = plain.new_page()
    tab.goto(address + MAP)

    expect(tab.get_by_role("row", name="饶平县")).to_contain_text("82")
    expect(tab.locator(".chart:visible")).to_have_count(0)
    plain.close()


def test_the_other_pages_of_figures_keep_nobody_out(page: Page, address: str) -> None:
    """Axe, both widths and the largest type, the keyboard: the table, a place, its sheet, an
    indicator; and all indicators, which are too many to press the Tab key through.
    """
    wrong = {}
    for path in (
        f"/board/table?place={TOWN.hex()}&period={PERIOD}&indicator=B001",
        f"/place/{TOWN.hex()}",
        f"/place/{VILLAGE.hex()}/onepage",
        "/indicator/B001",
    ):
        page.goto(address + path)
        wrong[path] = [*faults(page), *out_of_reach(page)]
    page.goto(f"{address}/indicators")
    wrong["/indicators"] = faults(page)

    assert {path: there for path, there in wrong.items() if there} == {}
