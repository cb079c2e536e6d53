"""An officer's month from the first start to the print-out, in each language, on both widths.

A real server comes and goes, a second laptop of the village disagrees, the town sends two figures
back, and the process is killed in mid-typing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from server import filing, store
from server.devices import invites
from server.intake.queue import IntakeQueue
from sync.ledger.ledger import Ledger
from sync.texts import Language, say
from sync.value import Cell, Value, quantity_value, text_value
from tests.browser.conftest import NARROW, WIDE, Pages, apart, serve_pages
from tests.browser.looks import faults
from tests.browser.sheets import GOOD, Sheet, composed, pasted
from tests.e2e.processes import VILLAGE, found, invite, now, serving, tianji
from tests.unit.field_office import Office
from tests.unit.reviewing import PERIOD, Reviewer

PIN = "4071"
RUNS: list[tuple[Language, ViewportSize]] = [("zh-Hans", WIDE), ("zh-Hant", NARROW), ("en", NARROW)]
YEARLY = "/sheet/445103101201/C101/2023"


class Month:
    """One officer's laptop, browser and server, and where the story has come to."""

    def __init__(
        self, browser: Browser, folder: Path, language: Language, size: ViewportSize
    ) -> None:
        self.language: Language = language
        self.folder = folder
        self.server = folder / "server"
        self.laptop = folder / "laptop"
        self.network = ExitStack()
        self.running = ExitStack()
        self.context = browser.new_context(locale=language, viewport=size)
        self.page: Page = self.context.new_page()
        self.address = ""
        self.url = ""

    def word(self, key: str, **values: object) -> str:
        """What the page says in this officer's language."""
        return say(key, self.language, **values)

    def press(self, key: str) -> None:
        """The button of that name, by keyboard."""
        button = self.page.get_by_role("button", name=self.word(key), exact=True).first
        button.focus()
        self.page.keyboard.press("Enter")

    def connect(self) -> None:
        """The network comes: the server answers at the address that the laptop knows."""
        port = int(self.address.rpartition(":")[2]) if self.address else 0
        self.address = self.network.enter_context(serving(self.server, port))

    def start(self) -> Pages:
        """Opens the pages by a launch link."""
        pages = self.running.enter_context(serve_pages(self.laptop))
        self.url = pages.url
        self.page.goto(pages.link)
        return pages

    def unlock(self) -> None:
        """Types the PIN where it is asked for."""
        expect(self.page.locator("#pin")).to_be_focused()
        self.page.keyboard.type(PIN)
        self.page.keyboard.press("Enter")
        expect(self.page.locator("#strip")).to_be_visible()

    def sync(self) -> None:
        """Syncs on demand, and waits for the word that all has arrived."""
        self.page.goto(f"{self.url}/sync")
        self.page.locator('form[action="/sync"] button').click()
        expect(self.page.get_by_text(self.word("sync-complete"))).to_be_visible(timeout=20_000)

    def at_server(self, act: Callable[[Ledger], Awaitable[object]]) -> None:
        """Somebody at the server does something, while it runs."""

        async def run() -> None:
            async with store.open_server(self.server, now, check=False) as ledger:
                await act(ledger)

        apart(lambda: asyncio.run(run()))

    def close(self) -> None:
        """Ends the processes."""
        self.running.close()
        self.network.close()
        self.context.close()


@pytest.mark.parametrize(
    "language, size",
    [pytest.param(*one, marks=pytest.mark.long if one[0] == "zh-Hant" else ()) for one in RUNS],
    ids=[language for language, _ in RUNS],
)
def test_an_officers_month(
    chromium: Browser, tmp_path: Path, language: Language, size: ViewportSize
) -> None:
    """Everything that was typed is on the server in the end, and each step says what is true."""
    month = Month(chromium, tmp_path, language, size)
    try:
        month.server.mkdir()
        apart(lambda: found(month.server))
        month.connect()
        month.start()
        enrol_and_lock(month)
        month.at_server(file_prefill)
        month.sync()
        month.network.close()
        fill_without_network(month)
        hand_in(month)
        month.connect()
        month.sync()
        expect(month.page.locator("#strip")).to_contain_text(month.word("screen-unsent-none"))
        month.at_server(send_two_back)
        month.sync()
        mend(month)
        month.sync()
        disagree(month)
        print_the_page(month)
        be_killed_in_mid_typing(month)
    finally:
        month.close()


def enrol_and_lock(month: Month) -> None:
    """The town's code makes the folder a laptop; a PIN locks it and opens it again."""
    page = month.page
    page.get_by_label(month.word("enrol-server"), exact=True).fill(month.address)
    page.get_by_label(month.word("enrol-code"), exact=True).fill(
        apart(lambda: invite(month.server))
    )
    month.press("enrol-button")
    expect(page.locator("#strip")).to_be_visible(timeout=15_000)
    expect(page.locator('a[href*="/C201/"]')).to_be_visible(timeout=20_000)
    page.goto(f"{month.url}/pin")
    for field in page.locator('input[type="password"]').all():
        field.fill(PIN)
    with page.expect_navigation():
        month.press("pin-keep")
    page.keyboard.press("Alt+l")
    page.wait_for_url("**/unlock*")
    month.unlock()


async def file_prefill(ledger: Ledger) -> None:
    """Another system files what it knows of the village."""
    person, grant = invites.authority(ledger)
    known: list[tuple[Cell, Value]] = [
        (Cell("prefill", PERIOD, "D002"), quantity_value(30_000)),
        (Cell("prefill", PERIOD, "D002/source"), text_value("生态环境局台账")),
    ]
    await filing.file(ledger, [filing.Filed(VILLAGE, person, grant, known)])


def fill_without_network(month: Month) -> None:
    """Confirms what is known, types with keys and an input method, pastes from a spreadsheet."""
    sheet = Sheet(month.page, month.url)
    offered = sheet.row("D002").locator(".offer")
    expect(offered).to_contain_text("生态环境局台账")
    offered.get_by_role("button").click()
    sheet.expect_state("D002", "saved")
    sheet.fill({"B001": "900", "B002": "50"})
    pasted(sheet.cell("B003"), "60\n20\n30\n18\n")
    for code in ("B003", "B004", "B005", "B006"):
        sheet.expect_state(code, "saved")
    row = sheet.row("B002")
    row.locator("details.more > summary").click()
    row.locator(".note-text").focus()
    composed(month.context.new_cdp_session(month.page), ["hetong", "合tong"], "按合同")
    month.page.keyboard.press("Tab")
    expect(row.locator(".beside")).to_contain_text("按合同")


def hand_in(month: Month) -> None:
    """A wrong sum stops it, is mended; doubts are explained; then it is handed in, and not sent."""
    page, sheet = month.page, Sheet(month.page, month.url)
    expect(sheet.row("B001").locator(".beside .stop")).to_contain_text("722")
    retype(sheet, "B001", GOOD["B001"])
    expect(page.locator(".beside .stop")).to_have_count(0)
    explain_all(month)
    page.locator("#submit").click()
    page.get_by_role("dialog").get_by_role(
        "button", name=month.word("sheet-submit-yes"), exact=True
    ).click()
    expect(sheet.cell("B001")).to_have_attribute("readonly", "")
    expect(page.locator("#strip .unsent")).to_have_class("unsent some")


def retype(sheet: Sheet, code: str, text: str) -> None:
    """Another value in the place of one, typed."""
    sheet.cell(code).select_text()
    sheet.page.keyboard.type(text)
    sheet.page.keyboard.press("Enter")
    expect(sheet.cell(code)).to_have_value(text)
    sheet.expect_state(code, "saved")


def explain_all(month: Month) -> None:
    """Words for each doubt that is open."""
    asked = month.page.locator(".beside .ask")
    while asked.count():
        before = asked.count()
        asked.first.get_by_role("textbox").fill("已核对")
        asked.first.get_by_role("button", name=month.word("sheet-explain-save"), exact=True).click()
        expect(asked).to_have_count(before - 1)


async def send_two_back(ledger: Ledger) -> None:
    """The town's reviewer returns two cells with words."""
    office = Office(ledger.database.path.parent, ledger, httpx.AsyncClient(), IntakeQueue(ledger))
    reviewer = await Reviewer.at(office)
    await reviewer.send_back({"B003": "请核对合同", "D002": "请再数一遍"})
    await office.client.aclose()


def mend(month: Month) -> None:
    """Home says what came back; one figure is changed, one confirmed, and only those go again."""
    page = month.page
    page.goto(f"{month.url}/")
    expect(page.locator(".came-back li")).to_have_count(2)
    assert faults(page) == []
    page.locator(".came-back a").first.click()
    sheet = Sheet(page, month.url)
    expect(sheet.cell("B001")).not_to_have_attribute("readonly", "")
    retype(sheet, "D002", "2")
    confirm = month.word("sheet-returned-confirm")
    sheet.row("B003").get_by_role("button", name=confirm, exact=True).click()
    expect(sheet.row("B003").get_by_role("button", name=confirm, exact=True)).to_have_count(0)
    explain_all(month)
    page.locator("#submit").click()
    page.get_by_role("dialog").get_by_role(
        "button", name=month.word("sheet-submit-yes"), exact=True
    ).click()
    expect(page.locator("#standing")).to_be_visible()


def disagree(month: Month) -> None:
    """A second laptop of the village files another figure; the officer chooses, and both hear of it."""
    second = month.folder / "second"
    code = apart(lambda: invite(month.server, person="李四"))
    at = ("--data", second)
    assert tianji("field", "enrol", *at, "--server", month.address, "--code", code).code == 0
    assert tianji("field", "set", "2023", "A001", "700", *at).code == 0
    assert tianji("field", "sync", *at).code == 0
    sheet = Sheet(month.page, month.url, YEARLY)
    sheet.fill({"A001": "690"})
    month.sync()
    month.page.goto(f"{month.url}/conflicts")
    expect(month.page.locator(".side")).to_have_count(2)
    assert faults(month.page) == []
    month.page.get_by_role(
        "button", name=month.word("conflict-choose", value="690"), exact=True
    ).click()
    expect(month.page.locator("#done")).to_be_visible()
    month.sync()
    assert tianji("field", "sync", *at).code == 0
    assert tianji("field", "conflicts", *at, "--json").json == []


def print_the_page(month: Month) -> None:
    """The village's sheet fits one page of paper."""
    answer = month.page.goto(f"{month.url}/village/445103101201/sheet")
    assert answer is not None
    assert answer.ok
    paper = month.page.pdf(format="A4", prefer_css_page_size=True)

    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") == 1, paper.count(b"/Page")


def be_killed_in_mid_typing(month: Month) -> None:
    """Power goes while a figure is being typed: after the next start it stands in its cell."""
    month.running.close()
    pages = month.start()
    month.unlock()
    sheet = Sheet(month.page, month.url, YEARLY)
    sheet.cell("A002").press_sequentially("1234")
    sheet.expect_state("A002", "draft")
    pages.process.kill()
    pages.process.wait()
    month.running.close()
    month.start()
    month.unlock()
    again = Sheet(month.page, month.url, YEARLY)

    expect(again.cell("A002")).to_have_value("1234")
