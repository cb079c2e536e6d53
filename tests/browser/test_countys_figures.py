"""A month of figures at the county's desk, beside real laptops that sync, in Chinese and in English.

A conflict is settled, a total adjusted, a filled workbook read in, and who is missing reminded; a
leader reads a total down to a signature, takes a table away and watches a total move.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]  # it has no types
import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from sync.texts import Language
from tests.browser.conftest import serve_pages
from tests.browser.desk_county import MONITORED, QUARTERLY, County, opened
from tests.browser.desk_seat import RUNS, Month, Seat
from tests.e2e.processes import tianji

TOTAL = "B001"
REASON = "漏报一笔租金，已见合同（模拟）"
REMINDER = "季报就差您村了，有困难请打电话（模拟）"
HEAD_ROW = 6
SPOILT = {2: (MONITORED, "不少"), 3: ("B002", "12.3.4"), 4: ("B006", "未知")}
"""By village the cell of its row that holds no number."""


@pytest.mark.parametrize(
    "language, size",
    [pytest.param(*one, marks=pytest.mark.long if at else ()) for at, one in enumerate(RUNS)],
    ids=[language for language, _ in RUNS],
)
def test_a_month_of_figures(
    chromium: Browser, kept_county: County, tmp_path: Path, language: Language, size: ViewportSize
) -> None:
    """The county's reviewer, who enters for villages, and a leader who looks."""
    with opened(kept_county, tmp_path / "county") as county:
        month = Month(county, chromium, language, size)
        with month.signed_in("xian") as above, month.signed_in("tian") as staff:
            settle_a_conflict(month, above, staff)
            adjust_a_total(month, above)
            import_with_three_faults(month, staff, tmp_path / "filled.xlsx")
            remind_who_is_missing(month, above)
        with month.signed_in("kan") as leader:
            read_down_to_a_signature(month, leader)
            export_a_table(month, leader)
            take_all_totals_away(month, leader)
            watch_a_total_move(month, leader)


def settle_a_conflict(month: Month, above: Seat, staff: Seat) -> None:
    """Two laptops of a village differ: each side is shown with what it makes of every total; a
    reviewer can't choose, whoever enters for the village can, and the total follows (S86, S88).
    """
    county = month.county
    done = tianji("field", "sync", "--data", county.laptop("second"))
    assert done.code == 0, done
    above.go("/disputes")
    above.page.locator(".disputes li a").first.click()
    expect(above.page.locator(".side")).to_have_count(2)
    expect(above.page.locator("table.figures tbody tr")).to_have_count(2)  # the town, the county
    expect(above.main()).to_contain_text(above.word("dispute-not-yours"))
    expect(above.button("dispute-choose")).to_have_count(0)
    staff.go("/disputes")
    staff.page.locator(".disputes li a").first.click()
    expect(staff.page.locator(".side")).to_have_count(2)
    ours = int(county.typed(1, county.before)[MONITORED])
    total = sum(int(county.typed(at, county.before)[MONITORED]) for at in range(3))
    table = staff.page.locator("table.figures", has=staff.page.get_by_role("link"))
    heads = table.locator("thead th").all_inner_texts()[2:]
    made = table.locator("tbody tr").first.locator("td").all_inner_texts()[1:]
    assert dict(zip(heads, made, strict=True)) == {
        staff.word("dispute-if", value=ours): staff.number(str(total)),
        staff.word("dispute-if", value=ours + 1): staff.number(str(total + 1)),
    }
    heading = staff.page.locator("h2", has_text=staff.figure(str(ours + 1)))
    side = staff.page.locator(".side", has=heading)
    staff.press("dispute-choose", side)
    expect(staff.status()).to_contain_text(staff.word("dispute-done-settled"))
    expect(staff.main()).to_contain_text(staff.word("dispute-none"))
    staff.go(board(county, county.before.text, MONITORED))
    expect(staff.page.locator(".big-figure")).to_contain_text(staff.figure(str(total + 1)))


def adjust_a_total(month: Month, above: Seat) -> None:
    """The county adds to a total with a reason, sees first what it does, and the board shows what is
    reported and what was adjusted apart (S95, S98).
    """
    county, page = month.county, above.page
    above.go(f"/adjust/{county.town.id.hex()}/{county.quarter.text}/{TOTAL}")
    page.locator("#amount").fill("12.5")
    page.locator("#reason").fill(REASON)
    above.press("adjust-look")
    reported = income(county, (0, 1))
    preview = page.locator("table.effects tbody tr").first
    adjusted = str(Decimal(reported) + Decimal("12.5"))
    now = above.number(reported)
    expect(preview.locator("td")).to_have_text([above.number(adjusted), now, now])
    above.press("adjust-file")
    expect(page.locator(".adjustment")).to_contain_text("+12.5")
    expect(page.locator(".adjustment")).to_contain_text(REASON)
    expect(page.locator("table.parts .sum td").last).to_have_text("+12.5")
    tiles = page.locator(".explained > li")
    expect(tiles.nth(0)).to_contain_text(above.figure(reported))
    expect(tiles.nth(1)).to_contain_text(above.figure(adjusted))
    above.go(board(county, county.quarter.text, TOTAL))
    expect(page.locator(".big-figure")).to_contain_text(above.figure(reported))
    said = page.locator("dd[data-fact=fact-adjusted]")
    expect(said).to_contain_text("+12.5")
    expect(said).to_contain_text(above.word("board-adjusted-total", value=above.number(adjusted)))


def import_with_three_faults(month: Month, staff: Seat, file: Path) -> None:
    """A filled workbook with a fault in each of three rows: a look names each with its cell, what
    passes is taken, and the same file again changes nothing (S106, S107).
    """
    county, page = month.county, staff.page
    staff.go(f"/exchange/forms?place={county.town.id.hex()}")
    form = page.locator("main form", has=page.locator(f"input[value={QUARTERLY}]"))
    expect(form.locator("[name=period]")).to_have_value(county.quarter.text)
    form.locator("[name=layout]").select_option("list")
    with page.expect_download() as download:
        form.get_by_role("button").click()
    faulty = fill(county, Path(download.value.path()), file)
    hand_over(staff, file)
    items = len(county.typed(3, county.quarter))
    cells = 2 * (items - 1)
    expect(staff.main()).to_contain_text(staff.word("import-nothing-yet", places=2, cells=cells))
    expect(staff.main()).to_contain_text(staff.word("import-faults", count=3))
    for address in faulty:
        expect(page.locator("main li strong", has_text=address)).to_have_count(1)
    staff.press("import-take")
    expect(staff.status()).to_contain_text(staff.word("import-done", places=2, cells=cells))
    hand_over(staff, file)
    expect(staff.main()).to_contain_text(staff.word("import-unchanged", count=cells + 2 * items))
    expect(staff.main()).to_contain_text(staff.word("import-none"))


def remind_who_is_missing(month: Month, above: Seat) -> None:
    """Who has still to report is listed; words go to their laptop and stand with the form (S80)."""
    county, page = month.county, above.page
    asked = f"place={county.town.id.hex()}&form={QUARTERLY}&period={county.quarter.text}"
    above.go(f"/completeness?{asked}")
    missing = page.locator("ul.places li")
    expect(missing).to_have_count(3)
    expect(missing.filter(has_text=county.villages[2].name)).to_have_count(1)
    page.get_by_role("link", name=above.word("completeness-remind"), exact=True).click()
    page.locator("textarea[name=words]").fill(REMINDER)
    above.press("reminder-words-go")
    expect(above.status()).to_contain_text(above.word("reminder-done-words"))
    with serve_pages(county.laptop("2")) as pages, month.seat(pages.url) as officer:
        officer.page.goto(pages.link)
        officer.sync()
        officer.go("/")
        form = officer.page.locator(
            "li.form", has=officer.page.locator(f'a[href*="/{QUARTERLY}/{county.quarter.text}"]')
        )
        expect(form).to_contain_text(REMINDER)


def read_down_to_a_signature(month: Month, leader: Seat) -> None:
    """From a total to the villages that it is made of, and to one commit whose signature is checked
    (S96, S97).
    """
    county, page = month.county, leader.page
    leader.go(board(county, county.quarter.text, MONITORED))
    page.get_by_role("link", name=leader.word("board-explain"), exact=True).click()
    page.locator("table.parts").get_by_role("link", name=county.villages[0].name).click()
    version = page.locator(".version")
    expect(version).to_have_count(1)
    ours = county.typed(0, county.quarter)[MONITORED]
    expect(version.locator(".figure")).to_have_text(leader.figure(ours))
    expect(version).to_contain_text(leader.word("explain-signed-verified"))


def export_a_table(month: Month, leader: Seat) -> None:
    """The workbook's numbers are those of the page (S90)."""
    county, page = month.county, leader.page
    chosen = "".join(f"&indicator={code}" for code in (TOTAL, "B003", MONITORED))
    leader.go(f"/board/table?place={county.town.id.hex()}&period={county.quarter.text}{chosen}")
    shown = {}
    for line in page.locator("table.figures tbody tr:not(.own)").all():
        figures = line.locator("td.number > a").all_inner_texts()
        shown[line.locator(".code-cell").inner_text()] = [plain(one) for one in figures]
    with page.expect_download() as download:
        page.get_by_role("link", name=leader.word("table-xlsx"), exact=True).click()
    book = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
    rows = [row for row in book.worksheets[0].iter_rows(values_only=True) if row[0] in shown]
    assert {row[0]: [plain(one) for one in row[4::4]] for row in rows} == shown
    assert [one[0] is None for one in shown.values()] == [False, False, True, False, False]


def take_all_totals_away(month: Month, leader: Seat) -> None:
    """A larger file is made while the page tells how far it is; it ends with the rows and the checksum
    that the page names, and says that its figures are made up (S118).
    """
    county, page = month.county, leader.page
    leader.go("/exchange/export")
    page.locator("[name=what][value=totals]").check()
    page.locator("[name=format][value=xlsx]").check()
    page.locator("#period").fill(county.quarter.text)
    leader.press("export-go")
    expect(leader.main()).to_contain_text(leader.word("export-ready"))
    facts = page.locator(".exchange-done dd")
    rows, digest = int(str(plain(facts.nth(1).inner_text()))), facts.nth(3).inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name=leader.word("export-fetch"), exact=True).click()
    book = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
    end = [cell for row in book.worksheets[-1].iter_rows(values_only=True) for cell in row]

    assert end == ["rows", "sha256", "simulated", rows, digest, "true"]
    assert book.worksheets[0].max_row == 1 + rows > len(county.villages)


def watch_a_total_move(month: Month, leader: Seat) -> None:
    """An open board shows what a laptop files, without being loaded again (S90)."""
    county, page = month.county, leader.page
    leader.go(board(county, county.quarter.text, TOTAL))
    expect(page.locator(".big-figure")).to_contain_text(leader.figure(income(county, (0, 1, 3, 4))))
    page.evaluate("window.stayed = true")
    ours = county.typed(2, county.quarter)[TOTAL]
    county.file("2", county.quarter, {TOTAL: ours})
    expect(page.locator(".big-figure")).to_contain_text(leader.figure(income(county, range(5))))
    expect(page.locator("#board-live")).to_have_text(leader.word("board-live"))
    assert page.evaluate("window.stayed")


def hand_over(staff: Seat, file: Path) -> None:
    """Uploads a workbook to have it looked at."""
    staff.go("/exchange/import")
    staff.page.set_input_files("#file", file)
    staff.press("import-look")


def fill(county: County, source: Path, target: Path) -> list[str]:
    """Fills two villages' rows but for a faulty cell in each, and spoils one of a third; where."""
    book = openpyxl.load_workbook(io.BytesIO(source.read_bytes()))
    sheet = book.worksheets[0]
    heads = {str(cell.value).split(" ")[0]: cell.column for cell in sheet[HEAD_ROW]}
    rows = {str(sheet.cell(row, 1).value): row for row in range(HEAD_ROW + 1, sheet.max_row + 1)}
    faulty = []
    for at, (code, text) in {
        2: (MONITORED, "不少"),
        3: ("B002", "12.3.4"),
        4: ("B006", "未知"),
    }.items():
        row = rows[county.villages[at].code]
        if at > 2:
            for known, value in county.typed(at, county.quarter).items():
                sheet.cell(row, heads[known]).value = value
        cell = sheet.cell(row, heads[code])
        cell.value = text
        faulty.append(f"{sheet.title} {cell.coordinate}")
    book.save(target)
    return faulty


def board(county: County, period: str, code: str) -> str:
    """The address of the town's figure."""
    return f"/board?place={county.town.id.hex()}&period={period}&indicator={code}"


def income(county: County, villages: Iterable[int]) -> str:
    """What those villages' `TOTAL` of the last quarter adds up to."""
    every = (Decimal(county.typed(at, county.quarter)[TOTAL]) for at in villages)
    return str(sum(every, Decimal()))


def plain(shown: object) -> Decimal | None:
    """The number that a cell of a page or a workbook shows, None where it says why there is none."""
    try:
        return Decimal(str(shown).strip().replace(",", "")).normalize()
    except InvalidOperation:
        return None
