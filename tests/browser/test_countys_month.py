"""A county's month at the desk, beside real laptops that sync, in Chinese and in English.

The town's reviewer signs in with a second factor, sends figures back and sees them mended, approves,
meets what comes late, settles a conflict and reads a filled workbook in; the county adjusts; a leader
reads a total down to a signature and watches it move.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from sync.texts import Language
from tests.browser.conftest import NARROW, WIDE, serve_pages
from tests.browser.desk_county import (
    MONITORED,
    QUARTERLY,
    County,
    made,
    opened,
)
from tests.browser.desk_seat import OWN_PASSWORD, Seat
from tests.browser.sheets import Sheet

RUNS: list[tuple[Language, ViewportSize]] = [("zh-Hans", WIDE), ("en", NARROW)]
RETURNED = "B003"
WORDS = {RETURNED: "和合同对不上，请核对", MONITORED: "与台账不符，请再数一遍"}
STEP_SECONDS = 30


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> County:
    """The county as it was made; copy it, never write to it."""
    return made(tmp_path_factory.mktemp("county") / "made")


class Month:
    """The county while its server runs, in one language on one width, and who sits there."""

    def __init__(
        self, county: County, browser: Browser, language: Language, size: ViewportSize
    ) -> None:
        self.county = county
        self.browser = browser
        self.language: Language = language
        self.size: ViewportSize = size

    def seat(self, url: str = "") -> Seat:
        """A browser at the server, or at a laptop's pages."""
        return Seat(self.browser, url or self.county.address, self.language, self.size)

    @contextmanager
    def signed_in(self, login: str) -> Iterator[Seat]:
        """Somebody who has a password of their own already."""
        with self.seat() as seat:
            seat.sign_in(login)
            yield seat


@pytest.mark.parametrize("language, size", RUNS, ids=[language for language, _ in RUNS])
def test_a_countys_month(
    chromium: Browser, kept: County, tmp_path: Path, language: Language, size: ViewportSize
) -> None:
    """Each step says what is true, and no page asks anybody else for anything."""
    with opened(kept, tmp_path / "county") as county:
        month = Month(county, chromium, language, size)
        with month.seat() as town:
            sign_in_with_a_second_factor(month, town)
            send_two_cells_back(month, town)
            mend_at_the_laptop(month)
            see_it_handed_in_again(month, town)


def sign_in_with_a_second_factor(month: Month, town: Seat) -> None:
    """The first password opens the page where another is chosen, and nothing else; afterwards the
    second factor is asked for (S61, S62).
    """
    town.sign_in("zhen", month.county.first_password)
    expect(town.page.get_by_role("heading", level=1)).to_have_text(town.word("signin-own-title"))
    town.go("/review")
    expect(town.page.get_by_role("heading", level=1)).to_have_text(town.word("signin-own-title"))
    town.choose_password(month.county.first_password)
    factor = town.set_up_factor()
    town.sign_out()
    town.sign_in("zhen", OWN_PASSWORD)
    expect(town.page.get_by_role("heading", level=1)).to_have_text(town.word("signin-code-title"))
    town.page.locator("#code").fill(factor.at(int(time.time()) + STEP_SECONDS))
    town.press("signin-code-go")
    expect(town.page.get_by_role("heading", level=1)).to_have_text(town.word("desk-home-title"))


def send_two_cells_back(month: Month, town: Seat) -> None:
    """What needs eyes most comes first and says why; two cells come back with words, one of them by
    keys alone; the next form follows (S72, S77, S78).
    """
    county, page = month.county, town.page
    town.go("/review")
    first = page.locator(".queue > li").first
    town.seen_in_time(first, town.word("review-why-contradiction"))
    expect(first).to_contain_text(county.villages[0].name)
    first.get_by_role("link").first.click()
    theirs = int(county.typed(0, county.quarter)[MONITORED]) + 2
    expect(page.locator(f"#cell-{MONITORED}")).to_contain_text(str(theirs))
    page.locator("h1").click()
    for _ in range(3):
        page.keyboard.press("j")
    expect(page.locator(f"#cell-{RETURNED}")).to_be_focused()
    page.keyboard.press("r")
    page.keyboard.type(WORDS[RETURNED])
    page.locator(f"[name=words-{MONITORED}]").fill(WORDS[MONITORED])
    expect(page.locator(f"#tick-{MONITORED}")).to_be_checked()
    town.press("review-do-return")
    expect(town.status()).to_contain_text(county.villages[0].name)
    expect(town.status()).to_contain_text(town.word("review-done-return"))
    expect(page.get_by_role("heading", level=1)).not_to_contain_text(county.villages[0].name)


def mend_at_the_laptop(month: Month) -> None:
    """A real laptop hears of it: one figure is changed, the other confirmed, and the form handed in
    again (S72).
    """
    county = month.county
    with serve_pages(county.laptop("0")) as pages, month.seat(pages.url) as officer:
        page = officer.page
        page.goto(pages.link)
        sync(officer)
        officer.go("/")
        came_back = page.locator(".came-back li")
        expect(came_back).to_have_count(2)
        for words in WORDS.values():
            expect(came_back.filter(has_text=words)).to_have_count(1)
        sheet = Sheet(
            page, officer.url, f"/sheet/{county.villages[0].code}/{QUARTERLY}/{county.quarter.text}"
        )
        theirs = int(county.typed(0, county.quarter)[MONITORED]) + 2
        sheet.cell(MONITORED).select_text()
        page.keyboard.type(str(theirs))
        page.keyboard.press("Enter")
        sheet.expect_state(MONITORED, "saved")
        confirm = officer.button("sheet-returned-confirm", sheet.row(RETURNED))
        confirm.click()
        expect(confirm).to_have_count(0)
        explain_all(officer)
        page.locator("#submit").click()
        officer.button("sheet-submit-yes", page.get_by_role("dialog")).click()
        expect(page.locator("#standing")).to_be_visible()
        sync(officer)


def see_it_handed_in_again(month: Month, town: Seat) -> None:
    """The queue has it again, with what was mended and what stood there at the last review (S72, S78)."""
    county, page = month.county, town.page
    ours = county.typed(0, county.quarter)[MONITORED]
    town.go("/review?view=resubmitted")
    line = page.locator(".queue > li")
    expect(line).to_have_count(1)
    expect(line).to_contain_text(town.word("review-stage-resubmitted"))
    town.seen_in_time(line, town.word("review-why-mended"))
    line.get_by_role("link").first.click()
    since = page.locator(f"#cell-{MONITORED} .since")
    expect(since).to_contain_text(ours)
    expect(page.locator(f"#cell-{MONITORED} .value")).to_contain_text(str(int(ours) + 2))
    for code, words in WORDS.items():
        answered = town.word("review-returned-answered", words=words)
        expect(page.locator(f"#cell-{code}")).to_contain_text(answered)


def sync(officer: Seat) -> None:
    """Syncs on demand, and waits for the word that all has arrived."""
    officer.go("/sync")
    officer.page.locator('form[action="/sync"] button').click()
    expect(officer.page.get_by_text(officer.word("sync-complete"))).to_be_visible(timeout=20_000)


def explain_all(officer: Seat) -> None:
    """Words for each doubt that is open."""
    asked = officer.page.locator(".beside .ask")
    while before := asked.count():
        asked.first.get_by_role("textbox").fill("已核对（模拟）")
        officer.button("sheet-explain-save", asked.first).click()
        expect(asked).to_have_count(before - 1)
