"""The first page, the sync page and the health page, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.browser.conftest import Office, Pages, apart
from tests.browser.looks import faults
from tests.e2e.processes import TOWN, invite, tianji

PATHS = (
    *("/", "/sync", "/health", "/conflicts", "/aside", "/places?q=x", "/people", "/handover"),
    *("/pin", "/unlock", "/village", "/export", "/nowhere"),
    "/sheet/445103101201/C201/2024Q3",
    "/history/445103101201/2024Q3/B001",
    "/todo/445103101201",
)


def put(folder: Path, value: str, *more: str) -> None:
    """Another program of this laptop records a value; the open pages carry it out."""
    done = tianji("field", "set", "2024Q3", "B001", value, "--data", folder, *more)
    assert done.code == 0, done


@pytest.mark.parametrize("path", ["/", "/sync", "/health"])
def test_the_page_keeps_nobody_out(page: Page, pages: Pages, path: str) -> None:
    """At both widths, in the largest type, axe finds nothing and nothing scrolls sideways."""
    page.goto(pages.url + path)
    if path == "/health":
        expect(page.get_by_text("数据文件完好")).to_be_visible()
        page.get_by_text("数据坏了怎么恢复").click()

    assert faults(page) == []


def test_no_page_asks_for_anything_from_elsewhere(page: Page, pages: Pages) -> None:
    """Every request of every page goes to this laptop, and so does every link and every form (F85)."""
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.context.on("request", note)
    for path in PATHS:
        page.goto(pages.url + path)
        page.wait_for_load_state("load")
        leads = "nodes => nodes.map(one => one.href || one.src || one.action || '')"
        for address in page.locator("a, form, script, link, img").evaluate_all(leads):
            assert address.startswith((pages.url, "data:", "blob:")) or not address, (path, address)

    assert len(asked) > 2 * len(PATHS)
    assert [one for one in asked if not one.startswith((f"{pages.url}/", "data:", "blob:"))] == []


def test_the_line_follows_what_happens_elsewhere_on_the_laptop(
    page: Page, pages: Pages, laptop: Path
) -> None:
    """A value that a command records, and a sync that another tab begins, show without a reload."""
    strip = page.locator("#strip")
    expect(strip).to_contain_text("已存在本机")
    expect(strip).to_contain_text("填过的都已报")
    put(laptop, "12")
    expect(strip).to_contain_text("1 项未报")
    expect(page.get_by_text("有 1 项只存在这台电脑上")).to_be_visible()

    other = page.context.new_page()
    other.goto(f"{pages.url}/sync")
    other.get_by_role("button", name="开始同步").press("Enter")
    expect(other.get_by_text("同步完成：本机填的服务器都收到了")).to_be_visible()
    page.bring_to_front()
    expect(strip).to_contain_text("填过的都已报")
    expect(strip).to_contain_text("上次同步 今天")
    expect(page.get_by_text("只存在这台电脑上")).to_have_count(0)


def test_a_page_whose_program_was_closed_does_not_say_that_all_is_saved(
    page: Page, pages: Pages
) -> None:
    """It says that nothing is kept now, and what to do (F80)."""
    strip = page.locator("#strip")
    expect(strip).to_contain_text("已存在本机")
    pages.process.terminate()
    expect(strip).to_contain_text("田记已关闭，现在填的存不下来", timeout=30_000)
    expect(strip).not_to_contain_text("已存在本机")


def test_what_is_made_anew_takes_the_focus_from_nobody(page: Page, laptop: Path) -> None:
    """Whoever stands on a link stands on it still."""
    link = page.get_by_role("link", name="村季报")
    link.focus()
    address = link.get_attribute("href")
    put(laptop, "13")
    expect(page.get_by_text("有 1 项只存在这台电脑上")).to_be_visible()

    assert page.evaluate("document.activeElement.getAttribute('href')") == address


def test_a_form_is_opened_by_keyboard_alone(page: Page) -> None:
    """From the top of the page: the skip link, then the first form."""
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("Tab")
        if "/sheet/" in (page.evaluate("document.activeElement.getAttribute('href')") or ""):
            break
    page.keyboard.press("Enter")

    page.wait_for_url("**/sheet/**")


def test_the_health_page_keeps_a_copy_and_gives_a_report(
    page: Page, pages: Pages, laptop: Path
) -> None:
    """The buttons do what they say."""
    page.goto(f"{pages.url}/health")
    page.get_by_role("button", name="现在备份一份").click()
    expect(page.get_by_text("最近的是今天")).to_be_visible()
    with page.expect_download() as told:
        page.get_by_role("link", name="下载体检报告").click()
    report = Path(told.value.path()).read_text("utf-8")

    assert "SQLite" in report
    assert list((laptop / "copies").glob("*.db"))


def test_a_town_finds_its_villages_from_the_first_page(
    context: BrowserContext,
    office: Office,
    run_pages: Callable[[Path], AbstractContextManager[Pages]],
    tmp_path: Path,
) -> None:
    """How many have something to do, a village by its name, and its own page of what is to do."""
    code = apart(lambda: invite(office.folder, TOWN, "王五"))
    folder = tmp_path / "town"
    done = tianji("field", "enrol", "--data", folder, "--server", office.address, "--code", code)
    assert done.code == 0, done
    with run_pages(folder) as running:
        tab = context.new_page()
        tab.goto(running.link)
        expect(tab.get_by_text("个地方里")).to_be_visible()
        assert faults(tab) == []
        tab.locator("#find").fill("xh")
        tab.get_by_role("heading", level=1).click()
        put(folder, "9", "--place", "445103101201")
        expect(tab.get_by_text("有 1 项只存在这台电脑上")).to_be_visible()
        assert tab.locator("#find").input_value() == "xh"
        tab.get_by_role("link", name="仙河村").click()
        expect(tab.get_by_role("heading", level=1)).to_have_text("仙河村要做的事")
