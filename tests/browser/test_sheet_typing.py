"""Typing into a sheet in a real Chromium: by keyboard, by an input method, from a spreadsheet."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Pages
from tests.browser.sheets import GOOD, Sheet, composed, pasted


def test_a_form_is_filled_without_touching_the_mouse(page: Page, pages: Pages) -> None:
    """Enter and arrows go down and up, Escape restores, and numbers are read as people write them."""
    sheet = Sheet(page, pages.url)
    keys = page.keyboard
    sheet.fill({"B001": "１７８", "B002": "500,000元"})
    expect(sheet.cell("B003")).to_be_focused()

    keys.press("Shift+Enter")
    expect(sheet.cell("B002")).to_be_focused()
    expect(sheet.row("B002").locator(".state")).to_contain_text("50 万元")
    expect(sheet.cell("B002")).to_have_value("50")
    keys.press("ArrowUp")
    keys.type("999")
    keys.press("Escape")
    expect(sheet.cell("B001")).to_have_value("178")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.type("很多")
    keys.press("Enter")
    expect(sheet.row("B003").locator(".beside .stop")).to_contain_text("很多")
    sheet.expect_state("B003", "unsaved")


def test_what_is_half_composed_is_neither_moved_nor_saved(page: Page, pages: Pages) -> None:
    """An input method's own text is left alone until the word is there."""
    sheet = Sheet(page, pages.url)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    cdp = page.context.new_cdp_session(page)
    sheet.cell("B001").focus()

    composed(cdp, ["s", "san", "san'w"], "三万")
    expect(sheet.cell("B001")).to_have_value("三万")
    sheet.expect_state("B001", "draft")
    page.keyboard.press("Escape")
    composed(cdp, ["3", "3.5", "3.5w"], "3.5万")
    page.keyboard.press("Enter")

    sheet.expect_state("B001", "saved")
    expect(sheet.cell("B002")).to_be_focused()
    assert not [text for text in sent if "san" in text or "3.5w" in text]


def test_saved_cells_are_undone_and_redone(page: Page, pages: Pages) -> None:
    """Ctrl+Z takes back the last saved cell and says which; a cell being typed keeps the browser's."""
    sheet = Sheet(page, pages.url)
    sheet.fill({"B001": "100", "B002": "40"})
    said = page.locator("#said")

    page.keyboard.press("Control+z")
    expect(said).to_contain_text("其中：经营收入")
    expect(sheet.cell("B002")).to_have_value("")
    page.keyboard.press("Control+z")
    expect(sheet.cell("B001")).to_have_value("")
    page.keyboard.press("Control+y")
    expect(sheet.cell("B001")).to_have_value("100")
    page.reload()
    expect(sheet.cell("B001")).to_have_value("100")
    expect(sheet.cell("B002")).to_have_value("")


def test_a_spreadsheet_is_pasted(page: Page, pages: Pages) -> None:
    """One column goes down the rows; a table goes by its names, after a look at what doesn't fit."""
    sheet = Sheet(page, pages.url)
    pasted(sheet.cell("B001"), "\r\n".join(list(GOOD.values())[:3]) + "\r\n")
    sheet.expect_state("B003", "saved")
    expect(sheet.cell("B003")).to_have_value("60")

    table = [("其中：投资收益", "万元", "20"), ("B005", "元", "300000"), ("没有这项", "", "5")]
    pasted(sheet.cell("B001"), "\n".join("\t".join(line) for line in table))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("没有这项")
    expect(dialog.get_by_role("row")).to_have_count(2)
    dialog.get_by_role("button", name="填进去").click()

    sheet.expect_state("B005", "saved")
    expect(sheet.cell("B004")).to_have_value("20")
    expect(sheet.cell("B005")).to_have_value("30")
    page.keyboard.press("Control+z")
    expect(sheet.cell("B005")).to_have_value("")
    expect(sheet.cell("B004")).to_have_value("")
    expect(sheet.cell("B003")).to_have_value("60")

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="复制整张表").click()
    expect(page.locator("#said")).to_contain_text("已复制")
    lines = page.evaluate("navigator.clipboard.readText()").split("\r\n")
    assert [line.split("\t")[:4] for line in lines[:2]] == [
        ["代码", "项目", "单位", "本期"],
        ["B001", "村集体经济总收入", "万元", "178"],
    ]
