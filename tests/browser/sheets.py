"""A form's sheet for tests: its cells by code, and laptops that are in the middle of something."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.sync_api import CDPSession, Locator, Page, expect

from field_client.desk import Desk
from sync.entry import explaining, submission, typed
from sync.entry.checking import Weight, explain, judged
from sync.period import parse
from tests.browser.conftest import apart
from tests.unit.field_office import office_in
from tests.unit.reviewing import FORM, PERIOD, Reviewer

__all__ = ["GOOD", "SHEET", "Sheet", "composed", "pasted", "sent_back"]

SHEET = f"/sheet/445103101201/{FORM}/{PERIOD}"
GOOD = {
    "B001": "178",
    "B002": "50",
    "B003": "60",
    "B004": "20",
    "B005": "30",
    "B006": "18",
    "D002": "3",
}
"""A village's quarter that adds up."""


class Sheet:
    """The sheet on a page."""

    def __init__(self, page: Page, url: str, path: str = SHEET) -> None:
        self.page = page
        page.goto(url + path)

    def cell(self, code: str) -> Locator:
        """The control of a row."""
        return self.page.locator(f"#cell-{code}")

    def row(self, code: str) -> Locator:
        """A row with what stands under it."""
        return self.page.locator(f"#{code}")

    def expect_state(self, code: str, state: str) -> None:
        """Waits until a cell has come that far."""
        expect(self.row(code)).to_have_attribute("data-state", state)

    def fill(self, values: dict[str, str]) -> None:
        """Types values from the first cell on, as somebody who never touches a mouse."""
        self.cell(next(iter(values))).focus()
        for text in values.values():
            self.page.keyboard.type(text)
            self.page.keyboard.press("Enter")
        for code in values:
            self.expect_state(code, "saved")


def composed(cdp: CDPSession, halves: list[str], whole: str) -> None:
    """What an input method does: half-composed texts, then the word."""
    for half in halves:
        size = len(half)
        cdp.send(
            "Input.imeSetComposition", {"text": half, "selectionStart": size, "selectionEnd": size}
        )
    cdp.send("Input.insertText", {"text": whole})


def pasted(cell: Locator, text: str) -> None:
    """A paste into a cell, with what a spreadsheet lays on the clipboard."""
    cell.focus()
    cell.evaluate(
        """(element, text) => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            const options = { clipboardData: data, bubbles: true, cancelable: true };
            element.dispatchEvent(new ClipboardEvent("paste", options));
        }""",
        text,
    )


def sent_back(folder: Path, words: dict[str, str]) -> Path:
    """A laptop whose form was handed in and came back with those words on some of its cells."""
    return apart(lambda: asyncio.run(_sent_back(folder, words)))


async def _sent_back(folder: Path, words: dict[str, str]) -> Path:
    async with office_in(folder) as office, office.desk("张三") as desk:
        await hand_in(desk)
        await office.sync(desk)
        reviewer = await Reviewer.at(office)
        await reviewer.send_back(words)
        await office.sync(desk)
    return folder / "张三"


async def hand_in(desk: Desk) -> None:
    """Fills the form and hands it in."""
    form, period = (await desk.catalogue()).forms[FORM], parse(PERIOD)
    for code, text in GOOD.items():
        await typed.enter(desk, desk.place, period, code, text)
    for one in await judged(desk, desk.place, period, form.items):
        if one.weight is Weight.UNEXPLAINED:
            await explain(desk, desk.place, explaining.name_of(one.finding), period, "已核对")
    assert not await submission.submit(desk, desk.place, form, period)
