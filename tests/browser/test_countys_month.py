"""A month of review at the county's desk, beside real laptops that sync, in Chinese and in English.

The town's reviewer signs in with a second factor, sends figures back and sees them mended, approves
many forms at once, and meets what comes late.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from sync.screens.formats import period_words
from sync.texts import Language
from tests.browser.conftest import serve_pages
from tests.browser.desk_county import MONITORED, QUARTERLY, County, opened
from tests.browser.desk_seat import OWN_PASSWORD, RUNS, Month, Seat
from tests.browser.sheets import Sheet

RETURNED, LEFT_OUT, LATE = "B003", "B002", "A001"
WORDS = {RETURNED: "和合同对不上，请核对", MONITORED: "与台账不符，请再数一遍"}
POLICY = '<meta http-equiv="content-security-policy" content="style-src \'none\'">'
STEP_SECONDS = 30


@pytest.mark.parametrize(
    "language, size",
    [pytest.param(*one, marks=pytest.mark.long if at else ()) for at, one in enumerate(RUNS)],
    ids=[language for language, _ in RUNS],
)
def test_a_month_of_review(
    chromium: Browser, kept_county: County, tmp_path: Path, language: Language, size: ViewportSize
) -> None:
    """The town's reviewer, beside the laptops of three villages."""
    with opened(kept_county, tmp_path / "county") as county:
        month = Month(county, chromium, language, size)
        with month.seat() as town:
            sign_in_with_a_second_factor(month, town)
            send_two_cells_back(month, town)
            mend_at_the_laptop(month)
            see_it_handed_in_again(month, town)
            approve_but_one_cell(month, town)
            approve_all_but_what_changed(month, town)
            meet_a_late_change(month, town)
        approve_at_the_county(month)


def test_a_page_that_asks_elsewhere_or_breaks_its_policy_is_noticed(chromium: Browser) -> None:
    """So that a month in which nothing was wrong says something."""
    seat = Seat(chromium, "", *RUNS[0])
    seat.page.set_content(POLICY + '<p style="color: red">a</p><img src="http://example.invalid/">')
    seat.page.wait_for_load_state("networkidle")
    seat.context.close()

    assert sum(one.startswith("asks elsewhere") for one in seat.wrong) == 1
    assert sum("Content Security Policy" in one for one in seat.wrong) == 1


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
    title = page.get_by_role("heading", level=1).inner_text()
    ours = county.typed(0, county.quarter)[MONITORED]
    why = {"value": ours, "other": str(int(ours) + 2)}
    name = page.locator(f"#cell-{MONITORED} h3").inner_text()
    said = town.word("review-says-contradiction", names=name, **why)
    expect(page.locator("main section .why").first).to_contain_text(said)
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
    when = period_words(county.quarter.text, language=month.language)
    expect(town.status()).to_contain_text(when)
    expect(town.status()).to_contain_text(town.word("review-done-return"))
    expect(page.get_by_role("heading", level=1)).not_to_have_text(title)


def mend_at_the_laptop(month: Month) -> None:
    """A real laptop hears of it: one figure is changed, the other confirmed, and the form handed in
    again (S72).
    """
    county = month.county
    with serve_pages(county.laptop("0")) as pages, month.seat(pages.url) as officer:
        page = officer.page
        page.goto(pages.link)
        officer.sync()
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
        officer.explain_all()
        page.locator("#submit").click()
        officer.button("sheet-submit-yes", page.get_by_role("dialog")).click()
        expect(page.locator("#standing")).to_be_visible()
        officer.sync()


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
    expect(since).to_contain_text(town.figure(ours))
    mended = town.figure(str(int(ours) + 2))
    expect(page.locator(f"#cell-{MONITORED} .value")).to_contain_text(mended)
    for code, words in WORDS.items():
        answered = town.word("review-returned-answered", words=words)
        expect(page.locator(f"#cell-{code}")).to_contain_text(answered)


def approve_but_one_cell(month: Month, town: Seat) -> None:
    """An approval leaves a value out, with words, and says which (S73)."""
    county, page = month.county, town.page
    form = f"/review/{county.villages[1].id.hex()}/{county.quarter.text}/{QUARTERLY}"
    town.go(form)
    page.locator(f"[name=words-{LEFT_OUT}]").fill("请补合同编号")
    page.locator("[name=on]").uncheck()
    town.press("review-do-approve")
    expect(town.status()).to_contain_text(town.word("review-done-approve"))
    name = page.locator(f"#cell-{LEFT_OUT} h3").inner_text()
    expect(town.main()).to_contain_text(town.word("review-left-out", names=name))
    expect(page.locator(".facts-line .badge")).to_have_text(town.word("review-stage-approved_town"))


def approve_all_but_what_changed(month: Month, town: Seat) -> None:
    """All that wait are approved at once; one changed while they were looked at, and is left as it
    is and named (S73, S75).
    """
    county, page = month.county, town.page
    town.go("/review")
    page.locator("#choose-all").check()
    every = page.locator("[name=item]:checked").count()
    assert every > 3
    typed = int(county.typed(2, county.before)[MONITORED])
    county.file("2", county.before, {MONITORED: str(typed + 1)})
    town.press("review-do-approve")
    expect(town.status()).to_contain_text(town.word("review-result", done=every - 1, all=every))
    left = town.status().locator("li")
    expect(left).to_have_count(1)
    expect(left).to_contain_text(county.villages[2].name)
    expect(left).to_contain_text(period_words(county.before.text, language=month.language))
    expect(left).to_contain_text(town.word("review-left-review-changed"))
    expect(page.locator(".queue > li")).to_have_count(1)


def meet_a_late_change(month: Month, town: Seat) -> None:
    """A laptop that has not heard of the approval files another figure: it is taken in, and the form
    says what changed since (S73).
    """
    county, page = month.county, town.page
    typed = county.typed(1, county.year)[LATE]
    county.file("1", county.year, {LATE: str(int(typed) + 1)})
    town.go("/review?view=changed")
    line = page.locator(".queue > li")
    expect(line).to_have_count(1)
    expect(line).to_contain_text(county.villages[1].name)
    town.seen_in_time(line, town.word("review-why-changed"))
    line.get_by_role("link").first.click()
    expect(page.locator(".facts-line .badge")).to_have_text(town.word("review-stage-approved_town"))
    expect(page.locator(f"#cell-{LATE} .since")).to_contain_text(town.figure(typed))


def approve_at_the_county(month: Month) -> None:
    """What the town has approved waits for the county, and nothing else does; after that it is done
    (S71, S75).
    """
    with month.signed_in("xian") as above:
        above.go("/review")
        lines = above.page.locator(".queue > li")
        every = lines.count()
        assert every > 3
        town = above.page.locator(".queue .far", has_text=above.word("review-stage-approved_town"))
        expect(town).to_have_count(every)
        above.page.locator("#choose-all").check()
        above.press("review-do-approve")
        expect(above.status()).to_contain_text(above.word("review-result", done=every, all=every))
        expect(lines).to_have_count(0)
        above.go("/review?view=approved")
        expect(lines).to_have_count(every)
