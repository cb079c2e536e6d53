"""Conflicts, history, own figures, the page that is printed and the box that finds a place."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from field_client.onepage import LINES_MAX
from sync.texts import LANGUAGES
from tests.browser.conftest import Office, Pages, apart, serve_pages
from tests.browser.looks import faults
from tests.e2e.processes import TOWN, invite, tianji

CODE = "445103101201"
PATHS = (
    "/conflicts",
    f"/history/{CODE}/2025Q3/B001",
    "/aside",
    "/village",
    f"/village/{CODE}/sheet",
    "/export",
    "/places?q=xh",
    "/places",
)
MORE_LINES = """rows => {
  const table = document.querySelector('.onepage-columns tbody');
  const columns = document.querySelectorAll('.onepage-columns tbody');
  while (document.querySelectorAll('.onepage-columns tbody tr').length < rows) {
    for (const column of columns) column.append(table.rows[0].cloneNode(true));
  }
}"""


@pytest.fixture(scope="module")
def disputed(office: Office, enrolled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A laptop with some figures, one of which another laptop of the village filed differently."""
    folder = tmp_path_factory.mktemp("disputed")
    one, two = Path(shutil.copytree(enrolled, folder / "one")), folder / "two"
    code = apart(lambda: invite(office.folder))
    enrol = ("field", "enrol", "--server", office.address, "--code", code, "--data", two)
    assert tianji(*enrol).code == 0
    for at, period, name, value in (
        (one, "2025Q1", "B001", "60"),
        (one, "2025Q2", "B001", "118"),
        (one, "2025Q3", "B001", "180"),
        (one, "2024", "A003", "2656"),
        (two, "2025Q3", "B001", "178"),
    ):
        assert tianji("field", "set", period, name, value, "--data", at).code == 0
    for at in (one, two, one):
        assert tianji("field", "sync", "--data", at).code == 0
    return one


@pytest.fixture
def laptop(disputed: Path, tmp_path: Path) -> Path:
    """An own copy of that laptop."""
    return Path(shutil.copytree(disputed, tmp_path / "laptop"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_these_pages_keep_nobody_out(page: Page, pages: Pages, language: str) -> None:
    """In each language, at both widths and in the largest type."""
    page.context.add_cookies([{"name": "language", "value": language, "url": pages.url}])
    found = {}
    for path in PATHS:
        page.goto(pages.url + path)
        for details in page.locator("main details").all():
            details.evaluate("one => one.open = true")
        found[path] = faults(page)

    assert found == {key: [] for key in PATHS}


def test_a_conflict_is_settled_and_taken_back_by_keyboard_alone(page: Page, pages: Pages) -> None:
    """Choose, undo, then type a third value; the history tells all of it."""
    page.goto(f"{pages.url}/conflicts")
    page.get_by_role("button", name="用这个数：178").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#done")).to_contain_text("178")
    expect(page.get_by_text("没有填得不一样的数")).to_be_visible()
    page.get_by_role("button", name="撤销").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".side")).to_have_count(2)
    page.get_by_text("都不对，另填一个").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("179")
    page.keyboard.press("Enter")
    expect(page.locator("#done")).to_contain_text("179")
    page.goto(f"{pages.url}/history/{CODE}/2025Q3/B001")

    expect(page.locator(".version")).to_have_count(3)


def test_the_sheet_is_printed_on_one_page(page: Page, pages: Pages) -> None:
    """As it is, and with as many lines as it ever has."""
    page.goto(f"{pages.url}/village/{CODE}/sheet")
    assert printed_pages(page) == 1
    page.evaluate(MORE_LINES, LINES_MAX)

    assert printed_pages(page) == 1


def test_a_chart_says_in_a_table_what_it_shows(page: Page, pages: Pages) -> None:
    """Whoever does not see the picture reads the same figures, each leading to its history."""
    page.goto(f"{pages.url}/village")
    card = page.locator("#i-B001")
    expect(card.get_by_role("img")).to_be_visible()
    card.get_by_text("各期的数").click()
    row = card.get_by_role("row").filter(has_text="2025年第2季度")
    expect(row).to_contain_text("118")
    row.get_by_role("link").click()

    expect(page.locator("h1")).to_have_text("这个数的来历")


def test_reported_before_takes_two_presses(page: Page, pages: Pages) -> None:
    """Open it, send it: the words are there already."""
    page.goto(f"{pages.url}/village")
    card = page.locator("#i-A003")
    card.get_by_text("这个数我报过了").click()
    card.get_by_role("button", name="告诉他们").click()

    expect(card.get_by_role("status")).to_be_visible()
    expect(card.get_by_text("报过了： 已报给上级")).to_be_visible()


def test_a_place_is_found_while_one_types(page: Page, pages: Pages) -> None:
    """A combobox as assistive technology knows it: arrows choose, Escape closes, Enter goes."""
    page.goto(f"{pages.url}/places")
    box = page.get_by_role("combobox")
    box.focus()
    page.keyboard.type("xh")
    option = page.get_by_role("option")
    expect(option).to_have_count(1)
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    expect(option).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    chosen = option.get_attribute("id")
    assert chosen is not None
    expect(box).to_have_attribute("aria-activedescendant", chosen)
    page.keyboard.press("Enter")

    page.wait_for_url(f"{pages.url}/todo/{CODE}")


@pytest.fixture
def plain(chromium: Browser, pages: Pages) -> Iterator[Page]:
    """A browser that runs no scripts."""
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    tab = context.new_page()
    tab.goto(pages.link)
    yield tab
    context.close()


def test_a_place_is_found_without_scripts(plain: Page, pages: Pages) -> None:
    """The form alone leads to the page of what was found."""
    plain.goto(f"{pages.url}/places")
    plain.get_by_role("searchbox").fill("xianhe")
    plain.get_by_role("button", name="找").click()

    expect(plain.get_by_role("link", name="仙河村", exact=True)).to_be_visible()


def test_a_file_is_saved_with_the_checksum_that_the_page_shows(page: Page, pages: Pages) -> None:
    """The parcel of everything is made at a press, and told with its rows."""
    page.goto(f"{pages.url}/export")
    with page.expect_download() as saved:
        page.get_by_role("link", name="存成 Excel 表").click()
    assert saved.value.suggested_filename == f"tianji-{CODE}-data.xlsx"
    page.get_by_role("button", name="打包全部内容").click()
    with page.expect_download() as whole:
        page.get_by_role("link", name="存下这个包").click()

    assert whole.value.path().read_bytes()[:2] == b"PK"


def test_rare_characters_have_a_font_of_their_own(page: Page) -> None:
    """Both shipped fonts load, from the laptop, when a character of theirs is shown."""
    load = "text => document.fonts.load('16px \"Tianji Rare\"', text).then(all => all.length)"

    assert [page.evaluate(load, one) for one in ("㙟", "𣒍", "村")] == [1, 1, 0]


def printed_pages(page: Page) -> int:
    """How many pages the browser prints."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))


@pytest.fixture
def town(office: Office, chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    """A browser at the laptop of a town, which files for two villages."""
    folder = tmp_path / "town"
    code = apart(lambda: invite(office.folder, TOWN))
    enrol = ("field", "enrol", "--server", office.address, "--code", code, "--data", folder)
    assert tianji(*enrol).code == 0
    assert tianji("field", "sync", "--data", folder).code == 0
    with serve_pages(folder) as running:
        tab = chromium.new_context(locale="zh-CN").new_page()
        tab.goto(running.link)
        yield tab
        tab.context.close()


def test_a_town_finds_its_villages_from_the_first_page(town: Page) -> None:
    """Some letters, an arrow, Enter; the open list keeps nobody out."""
    box = town.get_by_role("combobox")
    box.focus()
    town.keyboard.type("xk")
    expect(town.get_by_role("option")).to_contain_text("溪口村")
    assert faults(town) == []
    town.keyboard.press("ArrowDown")
    town.keyboard.press("Enter")

    town.wait_for_url("**/todo/445103101202")
    town.goto(town.url.replace("/todo/", "/village/"))
    expect(town.locator("h1")).to_contain_text("溪口村")
