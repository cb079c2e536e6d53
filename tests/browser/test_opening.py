"""The way in and the first page, in a real browser."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Pages
from tests.browser.looks import faults


def test_the_launch_link_opens_the_first_page_and_works_once(
    context: BrowserContext, page: Page, pages: Pages
) -> None:
    """The same link in another profile says that it was used, and what to do."""
    expect(page.locator("h1")).to_be_visible()
    context.clear_cookies()
    again = context.new_page()
    again.goto(pages.link)

    expect(again.get_by_role("alert")).to_contain_text("只能用一次")


def test_the_first_page_keeps_nobody_out(page: Page) -> None:
    """At both widths, in the largest type, axe finds nothing and nothing scrolls sideways."""
    assert faults(page) == []


def test_the_page_speaks_the_language_that_is_chosen(page: Page) -> None:
    """A press in the footer changes every word, and stays."""
    page.get_by_role("button", name="English").click()

    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")
