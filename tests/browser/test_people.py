"""Those who share a laptop, in a real browser: the lock, PINs, one more person, handing over."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Office, Pages, apart
from tests.browser.looks import faults
from tests.e2e.processes import invite, tianji

PIN, OTHER_PIN = "4071", "9056"


@pytest.fixture
def laptop(office: Office, tmp_path: Path) -> Path:
    """A laptop of its own: what is done to its people must not reach the other tests' one."""
    folder = tmp_path / "laptop"
    code = apart(lambda: invite(office.folder, person="张三"))
    enrol = ("field", "enrol", "--data", folder, "--server", office.address, "--code", code)
    assert tianji(*enrol, "--device-name", f"电脑{tmp_path.name}").code == 0
    return folder


def go(page: Page, path: str) -> None:
    """Opens a page of the same laptop."""
    address = page.url.split("/", 3)
    page.goto("/".join(address[:3]) + path)


def set_pin(page: Page, pin: str, old: str = "") -> None:
    """Types a PIN into its own page."""
    go(page, "/pin")
    if old:
        page.get_by_label("现在的 PIN").fill(old)
    page.get_by_label("新的 PIN").fill(pin)
    page.get_by_label("再输入一遍").fill(pin)
    with page.expect_navigation():
        page.get_by_role("button", name="保存 PIN").click()


def lock(page: Page) -> None:
    """Presses the key that every page has for it."""
    page.keyboard.press("Alt+l")
    page.wait_for_url("**/unlock")


def unlock(page: Page, name: str, pin: str) -> None:
    """Chooses a name and types a PIN, by keyboard alone."""
    page.get_by_role("link", name=name).or_(page.get_by_role("button", name=name)).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("PIN（数字密码）")).to_be_focused()
    page.keyboard.type(pin)
    page.keyboard.press("Enter")


def add_person(page: Page, office: Office, name: str) -> None:
    """One more person by a code of the town's."""
    code = apart(lambda: invite(office.folder, person=name))
    go(page, "/people")
    page.get_by_label("登记码").fill(code.lower().replace("-", " "))
    page.get_by_role("button", name="加到这台电脑").click()
    expect(page.get_by_role("status").filter(has_text="已加入")).to_be_visible()


def test_a_pin_is_offered_and_can_wait(page: Page) -> None:
    """Without one the page opens at once; 'not now' is kept (F41)."""
    expect(page.get_by_text("您还没有设 PIN")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="以后再说").click()
    expect(page.locator("h1")).to_be_visible()
    expect(page.get_by_text("您还没有设 PIN")).to_have_count(0)


def test_a_pin_is_set_asked_for_and_changed(page: Page) -> None:
    """What is wrong with it is said above the form; the lock leads back to where one was (F41)."""
    set_pin(page, "1234")
    expect(page.get_by_role("alert")).to_contain_text("太容易被猜到")
    assert faults(page) == []
    set_pin(page, PIN)
    expect(page.get_by_role("status").filter(has_text="PIN 已保存")).to_be_visible()
    go(page, "/sync")
    lock(page)
    assert faults(page) == []
    page.keyboard.type("9999")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("还可以试 4 次")
    assert faults(page) == []
    page.get_by_label("PIN（数字密码）").fill(PIN)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sync")

    set_pin(page, OTHER_PIN, old=PIN)
    lock(page)
    for digit in OTHER_PIN:
        page.get_by_role("group").get_by_role("button", name=digit, exact=True).click()
    page.get_by_role("button", name="打开").click()
    expect(page.locator("h1")).to_contain_text("使用这台电脑的人")


def test_nothing_is_seen_while_it_is_locked(page: Page, pages: Pages) -> None:
    """No page and no script gets an answer until a PIN was entered; the link alone opens none."""
    set_pin(page, PIN)
    lock(page)
    for path in ("/", "/people", "/handover", "/sync"):
        go(page, path)
        expect(page.get_by_label("PIN（数字密码）")).to_be_visible()
        expect(page.locator(".strip")).to_have_count(0)
    assert page.request.get(f"{pages.url}/api/strip").status == 401


def test_too_many_wrong_pins_cost_a_wait_that_is_counted_down(page: Page) -> None:
    """The button says how long; the clock of the machine has no say (F42)."""
    set_pin(page, PIN)
    lock(page)
    for _ in range(5):
        page.get_by_label("PIN（数字密码）").fill("9999")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        page.wait_for_load_state()
    expect(page.get_by_role("alert")).to_contain_text("请等")
    expect(page.locator("#go")).to_have_text(re.compile(r"打开 \(\d+\)"))
    expect(page.locator("#go")).to_be_disabled()
    assert faults(page) == []


def test_two_people_switch_in_seconds(page: Page, office: Office) -> None:
    """One key, one name, one PIN; each sees their own name, and the sheet of the same place (F40)."""
    set_pin(page, PIN)
    add_person(page, office, "李四")
    assert faults(page) == []
    lock(page)
    assert faults(page) == []
    page.get_by_role("button", name="李四").click()
    expect(page.locator(".who")).to_contain_text("李四")
    go(page, "/people")
    lock(page)
    unlock(page, "张三", PIN)
    expect(page.locator(".who")).to_contain_text("张三")
    expect(page).to_have_url(re.compile("/$"))


@pytest.mark.parametrize("spoken", ["zh-Hant", "en"])
def test_every_page_of_it_holds_in_the_other_languages(page: Page, spoken: str) -> None:
    """Longer words push nothing out of the page, and none is left in another language."""
    set_pin(page, PIN)
    page.locator(f"button[lang={spoken}]").click()
    expect(page.locator("html")).to_have_attribute("lang", spoken)
    for path in ("/people", "/pin", "/handover"):
        go(page, path)
        assert faults(page) == []
    lock(page)
    assert faults(page) == []
    words = page.locator("main").inner_text()
    assert ("請輸入" in words, "enter your PIN" in words) == (spoken == "zh-Hant", spoken == "en")


def test_a_wrong_code_adds_nobody_and_stays_to_be_corrected(page: Page) -> None:
    """What was typed is still in the form."""
    go(page, "/people")
    page.get_by_label("登记码").fill("ABCD EFGH")
    page.get_by_role("button", name="加到这台电脑").click()
    expect(page.get_by_role("alert")).to_contain_text("24")
    expect(page.get_by_label("登记码")).to_have_value("ABCD EFGH")


def test_a_page_that_nobody_touches_locks_itself(context: BrowserContext, page: Page) -> None:
    """After the chosen time the names are shown; the same person comes back to the same page (F47)."""
    set_pin(page, PIN)
    page.get_by_label("多久没人动就锁上").select_option("5")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="自动锁定")).to_be_visible()
    page.clock.install()
    go(page, "/sync")
    page.clock.run_for(4 * 60_000)
    page.keyboard.press("Shift")
    page.clock.run_for(4 * 60_000)
    expect(page).to_have_url(re.compile("/sync$"))
    page.clock.run_for(2 * 60_000)
    page.wait_for_url("**/unlock")
    page.get_by_label("PIN（数字密码）").fill(PIN)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sync")


def test_a_lock_hides_every_tab_of_the_browser(context: BrowserContext, page: Page) -> None:
    """And a touch of one keeps the others open: they are one desk (F47)."""
    set_pin(page, PIN)
    go(page, "/sync")
    page.clock.install()
    other = context.new_page()
    other.goto(page.url)
    page.clock.run_for(14 * 60_000)
    other.keyboard.press("Shift")
    page.clock.run_for(2 * 60_000)
    expect(page).to_have_url(re.compile("/sync$"))
    lock(other)
    page.wait_for_url("**/unlock")


def test_an_officer_hands_over_to_a_successor(page: Page, office: Office, laptop: Path) -> None:
    """Words are left and sent, the successor joins and reads them, the old PIN goes (F46)."""
    set_pin(page, PIN)
    go(page, "/handover")
    assert faults(page) == []
    page.get_by_label("想告诉他什么").fill("一事一议的数找妇女主任要。\n河堤那笔在 9 月。")
    page.get_by_role("button", name="留话并交接").click()
    expect(page.locator(".tell")).to_contain_text("仙河村（445103101201）的填报要换人：张三 交接")
    expect(page.get_by_text("填过的都已报上去。")).to_be_visible()
    assert faults(page) == []
    add_person(page, office, "王五")
    lock(page)
    page.get_by_role("button", name="王五").click()
    page.get_by_role("link", name="前任给您留了交接的话").click()
    expect(page.locator(".words")).to_contain_text("河堤那笔在 9 月。")
    go(page, "/")
    expect(page.get_by_text("前任给您留了交接的话")).to_have_count(0)

    end_grant(office, laptop)
    assert tianji("field", "sync", "--data", laptop).code == 0
    go(page, "/people")
    expect(page.get_by_text("填报权限已结束")).to_be_visible()
    page.get_by_role("button", name="从本机移除").click()
    expect(page.get_by_role("status").filter(has_text="已从本机的名单移除")).to_be_visible()


def test_a_revoked_laptop_is_told_on_every_page(
    page: Page, office: Office, laptop: Path, tmp_path: Path
) -> None:
    """In plain words, with the way to what wasn't sent; work can go on being looked at (F48)."""
    devices = tianji("server", "device", "list", "--data", office.folder, "--json").json
    (device,) = [one["device"] for one in devices if one["name"] == f"电脑{tmp_path.name}"]
    assert tianji("server", "device", "revoke", device, "--data", office.folder).code == 0
    assert tianji("field", "sync", "--data", laptop).code == 0
    for path in ("/", "/people", "/handover", "/sync"):
        go(page, path)
        expect(page.get_by_role("alert").first).to_contain_text("这台电脑已被停用")
        assert faults(page) == []


def end_grant(office: Office, laptop: Path) -> None:
    """The town ends what whoever enrolled the laptop may do."""
    with closing(sqlite3.connect(laptop / "tianji.db")) as connection:
        ((grant,),) = connection.execute("SELECT value FROM meta WHERE key = 'grant'")
    ended = tianji("server", "grant", "end", grant.hex(), "--data", office.folder)
    assert ended.code == 0, ended
