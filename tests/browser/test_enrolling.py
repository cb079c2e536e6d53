"""A laptop that belongs to no village yet becomes one in the browser."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import Office, apart, serve_pages
from tests.browser.looks import faults
from tests.e2e.processes import invite


def test_the_towns_code_is_typed_into_the_page_and_the_village_opens(
    context: BrowserContext, office: Office, tmp_path: Path
) -> None:
    """A wrong code is said beside what was typed; the right one leads to the first page."""
    code = apart(lambda: invite(office.folder))
    with serve_pages(tmp_path / "new") as pages:
        tab = context.new_page()
        tab.goto(pages.link)
        page_faults = faults(tab)
        tab.get_by_label("服务器地址").fill(office.address)
        tab.get_by_label("登记码").fill(code[:-1])
        tab.get_by_role("button", name="登记", exact=True).click()
        expect(tab.get_by_role("alert")).to_be_visible()
        expect(tab.get_by_label("服务器地址")).to_have_value(office.address)
        tab.get_by_label("登记码").fill(code)
        tab.get_by_role("button", name="登记", exact=True).click()

        expect(tab.locator("#strip")).to_be_visible()

    assert page_faults == []
