"""Entering for a village at the server, in a real Chromium: the laptop's sheet with the same keys."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Iterator
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]  # it has no types
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from server import store
from server.accounts import grants, people
from server.accounts.passwords import hashed
from tests.browser.conftest import apart, signed_in
from tests.browser.sheets import GOOD, Sheet, pasted
from tests.e2e.processes import VILLAGE, found, now, serving
from tests.unit.reviewing import FORM, PERIOD

PASSWORD = "a password of one's own"
SHEET = f"/enter/{VILLAGE.hex()}/{PERIOD}/{FORM}"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server at which the town's staff has an account."""
    folder = tmp_path / "server"
    apart(lambda: found(folder))
    apart(lambda: asyncio.run(_staff(folder)))
    with serving(folder) as where:
        yield where


@pytest.fixture
def page(context: BrowserContext, address: str) -> Page:
    """A tab in which the staff is signed in."""
    return signed_in(context, address, "staff", PASSWORD)


async def _staff(folder: Path) -> None:
    async with store.open_server(folder, now, check=False) as ledger:
        person, _ = await people.add(ledger, "李会计", "staff", VILLAGE, os.urandom)
        async with ledger.transaction() as database:
            await database.run(
                "UPDATE account SET password_hash = ?, must_change = 0 WHERE person = ?",
                (hashed(PASSWORD), person),
            )
        await grants.add(ledger, person, "enter", VILLAGE, None, os.urandom)


def test_staff_fill_and_hand_in_a_form_as_an_officer_does(page: Page, address: str) -> None:
    """Keys, units, a paste, undo and handing in; each cell says that the server has it (S103)."""
    sheet = Sheet(page, address, SHEET)
    expect(page.locator("#entering")).to_contain_text("记在您（李会计）名下")
    sheet.cell("B001").focus()
    page.keyboard.type("１７８")
    page.keyboard.press("Enter")
    sheet.expect_state("B001", "receipted")
    expect(sheet.cell("B002")).to_be_focused()
    pasted(sheet.cell("B002"), "\r\n".join(list(GOOD.values())[1:]) + "\r\n")
    for code, text in GOOD.items():
        sheet.expect_state(code, "receipted")
        expect(sheet.cell(code)).to_have_value(text)

    sheet.cell("B001").focus()
    page.keyboard.type("999")
    page.keyboard.press("Enter")
    expect(sheet.row("B001").locator(".state")).to_contain_text("服务器已收到")
    page.keyboard.press("Control+z")
    expect(sheet.cell("B001")).to_have_value("178")
    page.reload()
    expect(sheet.cell("B001")).to_have_value("178")

    for one in page.locator(".beside .ask textarea").all():
        one.fill("已核对")
        one.blur()
    page.click("#submit")
    page.get_by_role("dialog").get_by_role("button").first.click()
    expect(page.locator("#standing")).to_contain_text("已上报")


def test_a_form_is_taken_away_filled_and_brought_back(
    page: Page, address: str, tmp_path: Path
) -> None:
    """From the place's page to the workbook, and from the upload to 'take what passes' (S107)."""
    page.goto(f"{address}/enter?place={VILLAGE.hex()}")
    with page.expect_download():
        page.get_by_role("link", name="下载表格").first.click()
    page.goto(f"{address}/exchange/forms?place={VILLAGE.hex()}&form={FORM}&period={PERIOD}")
    form = page.locator("form", has=page.locator(f"input[value={FORM}]"))
    assert form.locator("select[name=period]").input_value() == PERIOD
    with page.expect_download() as download:
        form.get_by_role("button").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
    for row, text in enumerate(GOOD.values(), start=7):
        book.worksheets[0].cell(row, 4).value = text if row != 8 else "不少"
    file = tmp_path / "filled.xlsx"
    book.save(file)

    page.goto(f"{address}/exchange")
    page.get_by_role("link", name="导入").click()
    page.set_input_files("#file", file)
    page.get_by_role("button", name="预览").click()
    expect(page.locator("main")).to_contain_text("可以写入 1 个单位的 6 格")
    expect(page.locator("main")).to_contain_text("D8")
    page.get_by_role("button", name="写入可以写的格子").click()
    expect(page.get_by_role("status")).to_contain_text("已写入 1 个单位的 6 格")
