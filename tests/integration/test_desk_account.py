"""One's own account: the password, where one is signed in, the second factor, what is kept of it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.accounts.sealing import Safe, safe_of
from server.accounts.sessions import token_hash
from server.desk.access import COOKIE
from tests.integration.accounts_office import Accounts, accounts, code_at, setting_up
from tests.integration.desk_office import PASSWORD

NEW = "a wholly different password"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Accounts]:
    """A county as it comes."""
    async with accounts(tmp_path) as made:
        yield made


async def test_changing_the_password_ends_all_other_sessions(here: Accounts) -> None:
    """And one's own goes on under another cookie (S63, S65)."""
    other, _ = await here.sign_in("county")
    browser, _ = await here.sign_in("county")
    before = browser.cookies[COOKIE]
    form = {"old": PASSWORD, "new": NEW, "again": NEW}
    answer = await browser.post("/account/password", data=form)
    copied = here.new_browser()
    copied.cookies.set(COOKIE, before)

    assert answer.headers["location"] == "/account?done=password"
    assert (await browser.get("/account")).status_code == 200
    assert (await other.get("/account")).status_code == 303
    assert (await copied.get("/account")).status_code == 303
    assert (await here.sign_in("county"))[1].status_code == 403
    assert (await here.sign_in("county", NEW))[1].status_code == 303


async def test_the_old_password_is_asked_for_and_not_to_be_guessed(here: Accounts) -> None:
    """Whoever finds a browser that is signed in can't make the account theirs (S60, S65)."""
    browser, _ = await here.sign_in("county")
    form = {"old": "wrong", "new": NEW, "again": NEW}
    codes = [(await browser.post("/account/password", data=form)).status_code for _ in range(6)]
    right = await browser.post("/account/password", data={**form, "old": PASSWORD})

    assert codes == [403] * 5 + [429]
    assert right.status_code == 429


@pytest.mark.parametrize(
    "new,again",
    [("short", "short"), ("x" * 129, "x" * 129), (NEW, NEW + "x"), (PASSWORD, PASSWORD)],
)
async def test_a_bad_new_password_changes_nothing(here: Accounts, new: str, again: str) -> None:
    """Too short, too long, typed differently, or the same (S62)."""
    browser, _ = await here.sign_in("county")
    answer = await browser.post(
        "/account/password", data={"old": PASSWORD, "new": new, "again": again}
    )

    assert answer.status_code == 400
    assert (await here.sign_in("county"))[1].status_code == 303


async def test_one_sees_ones_sessions_and_ends_each_or_all_others(here: Accounts) -> None:
    """Only one's own: the name of another's session does nothing (S65)."""
    browsers = [(await here.sign_in("county"))[0] for _ in range(3)]
    town, _ = await here.sign_in("town")
    own, other, towns = (
        token_hash(one.cookies[COOKIE]).hex() for one in (browsers[0], browsers[1], town)
    )
    page = (await browsers[0].get("/account")).text
    shown = re.findall(r'name="session" value="([0-9a-f]{64})"', page)
    for name in (other, own, towns, "zz"):
        await browsers[0].post("/account/sessions/end", data={"session": name})
    alive = [(await one.get("/account")).status_code for one in (*browsers, town)]
    await browsers[0].post("/account/sessions/end-others")
    left = [(await one.get("/account")).status_code for one in (*browsers, town)]

    assert other in shown
    assert own not in shown
    assert towns not in shown
    assert alive == [200, 303, 200, 200]
    assert left == [200, 303, 303, 200]
    assert "Browser 1" in page


async def test_a_second_factor_counts_once_a_code_was_shown(here: Accounts) -> None:
    """A set-up that was begun and left asks nobody for a code (S61)."""
    browser, _ = await here.sign_in("county")
    await browser.post("/account/second-factor/begin")
    wrong = await browser.post("/account/second-factor/confirm", data={"code": "000000"})
    _, answer = await here.sign_in("county")
    page = await browser.get("/account/second-factor")

    assert wrong.status_code == 403
    assert answer.headers["location"] == "/account"
    assert "data:image/svg+xml" in page.text


async def test_setting_it_up_later_asks_for_the_password(here: Accounts) -> None:
    """Whoever finds a browser can't put their own telephone in the owner's place (S65)."""
    browser, _ = await here.sign_in("county")
    here.clock.now += 1000
    without = await browser.post("/account/second-factor/begin")
    with_it = await browser.post("/account/second-factor/begin", data={"password": PASSWORD})

    assert (without.status_code, with_it.status_code) == (403, 303)


async def test_removing_it_takes_the_password_and_a_code(here: Accounts) -> None:
    """And a second one can't be set up over the first (S61, S65)."""
    browser, _ = await here.sign_in("county")
    secret, recovery = await setting_up(here, browser)
    over = await browser.post("/account/second-factor/begin")
    here.clock.now += 60
    path = "/account/second-factor/remove"
    forms = (
        {"password": "wrong", "code": recovery[0]},
        {"password": PASSWORD, "code": "000000"},
        {"password": PASSWORD, "code": code_at(secret, here.clock())},
    )
    answers = [(await browser.post(path, data=form)).status_code for form in forms]
    _, answer = await here.sign_in("county")

    assert over.status_code == 400
    assert answers == [403, 403, 303]
    assert answer.headers["location"] == "/account"
    assert (await browser.get("/account")).status_code == 200
    assert "factor-removed" in await here.events("county")


async def test_new_recovery_codes_end_the_old_ones(here: Accounts) -> None:
    """They are shown once, for a code (S61)."""
    browser, _ = await here.sign_in("county")
    _, recovery = await setting_up(here, browser)
    answer = await browser.post("/account/second-factor/codes", data={"code": recovery[0]})
    made = re.findall(r"<li><code>([a-z2-7 ]+)</code>", answer.text)
    codes = []
    for code in (recovery[1], made[0]):
        fresh, _ = await here.sign_in("county")
        codes.append((await fresh.post("/signin/code", data={"code": code})).status_code)

    assert codes == [403, 303]


async def test_what_is_kept_of_a_second_factor_is_no_use_without_the_servers_key(
    here: Accounts,
) -> None:
    """The secret is encrypted for its person by a key that is not among the accounts (S61)."""
    browser, _ = await here.sign_in("county")
    secret, _ = await setting_up(here, browser)
    ((sealed,),) = await here.ledger.database.rows("SELECT sealed FROM second_factor")
    safe, person = await safe_of(here.ledger.database), here.person("county")

    assert secret.encode() not in sealed
    assert safe.open(sealed, person) is not None
    assert safe.open(sealed, here.person("town")) is None
    assert Safe(b"another server's key, 32 bytes..").open(sealed, person) is None


async def test_ones_grants_are_shown_with_who_gave_them(here: Accounts) -> None:
    """And for how long they are good (S65)."""
    browser, _ = await here.sign_in("county")
    page = (await browser.get("/account")).text

    assert "潮安区" in page
    assert "Review (county)" in page
    assert "管理员" in page
    assert "further notice" in page
