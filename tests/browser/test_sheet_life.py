"""What becomes of a sheet: checks, explanations, handing in, coming back, and a process that dies."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.conftest import Pages, serve_pages
from tests.browser.looks import faults
from tests.browser.sheets import GOOD, SHEET, Sheet, sent_back


def test_every_keystroke_outlives_a_killed_process(context: BrowserContext, laptop: Path) -> None:
    """What was being typed is a draft in its cell; what was typed meanwhile is sent by the page."""
    with serve_pages(laptop) as first:
        page = context.new_page()
        page.goto(first.link)
        sheet = Sheet(page, first.url)
        sheet.cell("B001").press_sequentially("125")
        sheet.expect_state("B001", "draft")
        first.process.kill()
        first.process.wait()
        page.keyboard.type("9")
        expect(page.locator("#gone")).to_contain_text("村集体经济总收入")
        sheet.expect_state("B001", "typing")

    port = int(first.url.rpartition(":")[2])
    with serve_pages(laptop, port) as second:
        tab = context.new_page()
        tab.goto(second.link)
        again = Sheet(tab, second.url)
        expect(again.row("B001").locator(".beside")).to_contain_text("125")
        sheet.expect_state("B001", "draft")
        expect(page.locator("#gone")).to_be_hidden()

        tab.reload()
        expect(again.cell("B001")).to_have_value("1259")
        again.row("B001").get_by_role("button", name="就用这个").click()
        again.expect_state("B001", "saved")


def test_a_lost_answer_makes_no_conflict_with_oneself(page: Page, pages: Pages) -> None:
    """What was recorded though nobody heard of it is what the next keystrokes were typed over."""
    sheet = Sheet(page, pages.url)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/enter", lose, times=1)
    sheet.cell("B001").press_sequentially("125")
    page.keyboard.press("Enter")
    expect(page.locator("#gone")).to_be_visible()
    page.keyboard.press("Shift+Enter")
    sheet.cell("B001").press_sequentially("1259")
    page.keyboard.press("Enter")

    sheet.expect_state("B001", "saved")
    expect(page.locator("#gone")).to_be_hidden()
    page.reload()
    sheet.expect_state("B001", "saved")
    expect(sheet.cell("B001")).to_have_value("1259")


def test_a_form_is_checked_explained_handed_in_and_taken_back(page: Page, pages: Pages) -> None:
    """A wrong sum blocks, a doubt asks for words, and what is handed in is locked until withdrawn."""
    sheet = Sheet(page, pages.url, SHEET.replace("2024Q3", "2024Q2"))
    sheet.fill(GOOD)
    sheet = Sheet(page, pages.url)
    sheet.fill(GOOD | {"B001": "900"})
    expect(sheet.row("B001").locator(".beside .stop")).to_contain_text("722")
    page.get_by_role("button", name="上报").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("还不能上报")
    dialog.get_by_role("link").first.click()
    expect(sheet.cell("B001")).to_be_focused()

    sheet.cell("B001").press_sequentially("901")
    expect(sheet.row("B001").locator(".beside .note")).to_contain_text("723")
    page.keyboard.press("Escape")
    sheet.fill({"B001": "908", "B002": "780"})
    asked = page.locator(".beside .ask")
    expect(page.locator(".beside .stop")).to_have_count(0)
    while asked.count():
        before = asked.count()
        asked.first.get_by_role("textbox").fill("新厂房开始收租")
        asked.first.get_by_role("button", name="保存说明").click()
        expect(asked).to_have_count(before - 1)
    expect(page.locator(".explained").first).to_contain_text("新厂房开始收租")

    page.get_by_role("button", name="上报").click()
    dialog.get_by_role("button", name="确认上报").click()
    expect(page.locator("#standing")).to_contain_text("还没发到服务器")
    expect(sheet.cell("B001")).to_have_attribute("readonly", "")
    page.get_by_role("button", name="撤回来改").click()
    expect(page.locator("#standing")).to_be_hidden()
    expect(sheet.cell("B001")).not_to_have_attribute("readonly", "")


def test_what_came_back_is_mended(
    context: BrowserContext, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The page opens at the returned cell with the reviewer's words; its sum is open with it."""
    folder = sent_back(tmp_path_factory.mktemp("back"), {"B003": "请核对合同", "D002": "是几个"})
    with serve_pages(folder) as running:
        page = context.new_page()
        page.goto(running.link)
        sheet = Sheet(page, running.url)
        expect(sheet.cell("B003")).to_be_focused()
        expect(sheet.row("B003").locator(".beside")).to_contain_text("李镇 退回：请核对合同")
        expect(sheet.cell("B001")).not_to_have_attribute("readonly", "")
        assert faults(page) == []

        sheet.row("B003").get_by_role("button", name="数没有错，确认").click()
        expect(page.locator("#standing")).to_contain_text("还有 1 项")
        sheet.cell("D002").fill("2")
        page.keyboard.press("Enter")
        sheet.expect_state("D002", "saved")
        page.get_by_role("button", name="上报").click()
        page.get_by_role("dialog").get_by_role("button", name="确认上报").click()
        expect(page.locator("#standing")).to_contain_text("还没发到服务器")


def test_a_row_takes_reasons_words_and_a_value_to_confirm(page: Page, pages: Pages) -> None:
    """Two clicks say that a figure was reported already, or why there is none."""
    sheet = Sheet(page, pages.url, "/sheet/445103101201/C101/2023")
    sheet.fill({"A001": "700", "A002": "600"})
    sheet = Sheet(page, pages.url, "/sheet/445103101201/C101/2024")
    sheet.cell("A002").press_sequentially("6")
    page.get_by_role("button", name="其余 1 项与上期相同").click()
    expect(sheet.cell("A001")).to_have_value("700")
    expect(sheet.cell("A002")).to_have_value("6")
    sheet.row("A002").locator("details.more > summary").click()
    page.keyboard.press("Escape")
    expect(sheet.row("A002").locator(".menu")).to_be_hidden()
    row = sheet.row("A002")
    row.locator("details.more > summary").click()
    row.get_by_role("button", name="还没有数，出来再补").click()
    expect(row.locator(".beside")).to_contain_text("没有这个数：还没有数，出来再补")

    row = sheet.row("A003")
    row.locator("details.more > summary").click()
    row.get_by_role("button", name="这个数我报过了").click()
    expect(row.locator(".beside")).to_contain_text("报过了：以前报过")
    row.locator(".note-text").fill("按户口簿")
    row.locator(".note-text").press("Tab")
    expect(row.locator(".beside")).to_contain_text("备注：按户口簿")


def test_another_tab_shows_what_was_typed_and_leaves_typing_alone(
    context: BrowserContext, page: Page, pages: Pages
) -> None:
    """A value from elsewhere appears in its cell, and beside a cell that is being typed."""
    sheet = Sheet(page, pages.url)
    sheet.cell("B001").press_sequentially("12")
    tab = context.new_page()
    other = Sheet(tab, pages.url)
    other.row("B001").get_by_role("button", name="不要了").click()
    other.fill({"B001": "178", "B002": "50"})
    page.bring_to_front()

    expect(sheet.cell("B002")).to_have_value("50")
    expect(sheet.row("B001").locator(".beside")).to_contain_text("刚填了 178 万元")
    expect(sheet.cell("B001")).to_have_value("12")


def test_enter_sends_a_value_once_and_two_tabs_of_one_person_tell_whose_it_was(
    context: BrowserContext, page: Page, pages: Pages
) -> None:
    """Of two figures that were typed side by side two stand, and nobody else is blamed."""
    sheet = Sheet(page, pages.url)
    tab = context.new_page()
    other = Sheet(tab, pages.url)
    sent: list[str] = []
    tab.on("request", lambda one: sent.append(one.url) if one.url.endswith("/enter") else None)
    sheet.cell("B001").press_sequentially("7")
    other.cell("B001").press_sequentially("8")
    tab.keyboard.press("Enter")
    other.expect_state("B001", "saved")
    expect(sheet.row("B001").locator(".beside")).to_contain_text("您在别处")
    page.keyboard.press("Enter")

    sheet.expect_state("B001", "conflict")
    assert sheet.row("B001").locator(".beside").inner_text().count("万元（") == 2
    assert len(sent) == 1


def test_the_sheet_keeps_nobody_out_in_any_language(page: Page, pages: Pages) -> None:
    """With findings, a menu and a draft on it, at both widths, in the largest type."""
    sheet = Sheet(page, pages.url)
    sheet.fill({"B001": "900", "B002": "50", "B003": "60", "B004": "20", "B005": "30", "B006": "1"})
    sheet.cell("D002").fill("3")
    sheet.expect_state("D002", "draft")
    for language in ("繁體", "English", "简体"):
        page.get_by_role("button", name=language).click()
        sheet.row("B002").locator("details.more > summary").click()

        assert faults(page) == []
