"""Signing in on the pages: what is let in, what has to wait, what is asked for besides the password."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from server.accounts import passwords, people, trying
from server.accounts.people import person_named
from server.desk.access import COOKIE
from server.settings import Settings
from sync.limits import (
    FIRST_PASSWORD_SECONDS,
    PASSWORD_PROOFS_WAITING_MAX,
    SIGNIN_FREE_TRIES_OF_ADDRESS,
    SIGNIN_TRIES_MAX,
    SIGNIN_WAIT_SECONDS_MAX,
    WEB_SESSION_IDLE_SECONDS_MAX,
    WEB_SESSION_SECONDS_MAX,
)
from tests.integration.accounts_office import Accounts, accounts, code_at, setting_up
from tests.integration.desk_office import COUNTY, PASSWORD

WRONG = "not the password at all"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Accounts]:
    """A county as it comes."""
    async with accounts(tmp_path) as made:
        yield made


def alert(answer: httpx.Response) -> str:
    """What a page says was wrong."""
    found = re.search(r'role="alert">([^<]*)<', answer.text)
    return found.group(1) if found else ""


async def test_a_right_password_leads_to_the_page_that_was_wanted(here: Accounts) -> None:
    """And to no other site, whatever the form says."""
    browser = here.new_browser()
    wanted = await browser.get("/account")
    form = {"login": "COUNTY", "password": PASSWORD, "back": "/account"}
    answer = await browser.post("/signin", data=form)
    elsewhere = await here.new_browser().post(
        "/signin", data={**form, "back": "https://elsewhere.invalid/"}
    )

    assert wanted.headers["location"] == "/signin?back=%2Faccount"
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert elsewhere.headers["location"] == "/"
    assert (await browser.get("/account")).status_code == 200


async def test_no_answer_tells_whether_a_login_exists(here: Accounts) -> None:
    """A wrong password, an unknown login and a disabled person's right one look alike, also once
    they have to wait (S60).
    """
    await people.set_disabled(here.ledger, here.person("viewer"), disabled=True)
    said = []
    for login, password in (("county", WRONG), ("unknown", WRONG), ("viewer", PASSWORD)):
        answers = [(await here.sign_in(login, password))[1] for _ in range(6)]
        said.append([(one.status_code, alert(one)) for one in answers])

    assert said[0] == said[1] == said[2]
    assert [status for status, _ in said[0]] == [403] * 5 + [429]


async def test_waits_grow_from_the_fifth_failure_and_outlive_a_restart(here: Accounts) -> None:
    """1, 2, 4 … seconds up to a quarter of an hour; tries that come too early count for nothing, and
    a right password ends it (S60).
    """
    waits: list[int] = []
    while len(waits) < 12:
        _, answer = await here.sign_in("county", WRONG)
        if answer.status_code == 429:
            _, early = await here.sign_in("county", PASSWORD)
            assert early.status_code == 429
            waits.append(int(answer.headers["retry-after"]))
            elsewhere = here.county.browsers["stranger"]  # of another application on these data
            form = {"login": "county", "password": PASSWORD}
            assert (await elsewhere.post("/signin", data=form)).status_code == 429
            here.clock.now += waits[-1]
    _, answer = await here.sign_in("county")

    assert waits == [2**n for n in range(10)] + [SIGNIN_WAIT_SECONDS_MAX] * 2
    assert answer.status_code == 303
    assert [(await here.sign_in("county", WRONG))[1].status_code for _ in range(5)] == [403] * 5
    assert "locked" in await here.events("county")


async def test_an_address_that_fails_at_many_logins_has_to_wait(here: Accounts) -> None:
    """One who tries one password at each login is slowed too; neither others' addresses nor, for
    good, those of an office behind the same one (S60).
    """
    for n in range(SIGNIN_FREE_TRIES_OF_ADDRESS + 1):
        await here.sign_in(f"somebody{n}", WRONG)
    _, same = await here.sign_in("county")
    _, other = await here.sign_in("county", browser=here.new_browser(at="10.1.2.3"))
    here.clock.now += 1
    _, later = await here.sign_in("county")

    assert (same.status_code, other.status_code, later.status_code) == (429, 303, 303)


async def test_many_tries_at_once_are_no_way_around_the_count(here: Accounts) -> None:
    """Each is counted before it is looked at (S60)."""
    answers = await asyncio.gather(*(here.sign_in("county", WRONG) for _ in range(20)))
    codes = sorted(answer.status_code for _, answer in answers)

    assert codes == [403] * 5 + [429] * 15


async def test_what_is_counted_has_bounds(here: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """No flood of made-up logins fills the disk, or pushes out one that somebody waits for (S60)."""
    monkeypatch.setattr(trying, "SIGNIN_TRIES_MAX", 50)
    for _ in range(8):
        await here.sign_in("county", WRONG)
    for n in range(120):
        at = f"10.0.{n // 250}.{n % 250}"
        await trying.count(here.ledger, [trying.of_login(f"x{n}"), trying.of_address(at)])
        here.clock.now = min(here.clock.now + n % 2, here.clock.now)
    ((held,),) = await here.ledger.database.rows("SELECT count(*) FROM signin_try")
    _, answer = await here.sign_in("county", browser=here.new_browser(at="10.9.9.9"))

    assert SIGNIN_TRIES_MAX > 50
    assert held <= 52
    assert answer.status_code == 429


async def test_only_so_many_passwords_are_proved_at_once(
    here: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond that the server says that it is busy, at once (S60)."""
    monkeypatch.setattr(passwords, "PASSWORD_PROOFS_WAITING_MAX", 3)
    answers = await asyncio.gather(*(here.sign_in(f"somebody{n}", WRONG) for n in range(12)))
    codes = {answer.status_code for _, answer in answers}

    assert PASSWORD_PROOFS_WAITING_MAX > 3
    assert codes == {403, 503}


async def test_a_second_factor_is_asked_for_after_the_password(here: Accounts) -> None:
    """Until its code is shown no page answers, the password can't be changed, and the cookie is
    another one afterwards (S61).
    """
    first, _ = await here.sign_in("county")
    secret, _ = await setting_up(here, first)
    here.clock.now += 60
    browser, _ = await here.sign_in("county")
    before = browser.cookies[COOKIE]
    led = await browser.get("/account", headers={"accept": "text/html"})
    asked = await browser.get("/signin/next?back=%2Faccount")
    password = await browser.post("/signin/password", data={"old": PASSWORD})
    factor = await browser.post("/account/second-factor/remove", data={"password": PASSWORD})
    wrong = await browser.post("/signin/code", data={"code": "000000"})
    right = await browser.post(
        "/signin/code", data={"code": code_at(secret, here.clock()), "back": "/account"}
    )

    assert led.headers["location"].startswith("/signin/next")
    assert asked.headers["location"] == "/signin/code?back=%2Faccount"
    assert (password.status_code, factor.status_code) == (403, 403)
    assert wrong.status_code == 403
    assert (right.status_code, right.headers["location"]) == (303, "/account")
    assert browser.cookies[COOKIE] != before
    assert (await browser.get("/account")).status_code == 200
    old = here.new_browser()
    old.cookies.set(COOKIE, before)
    assert (await old.get("/account")).headers["location"].startswith("/signin?")


async def test_a_code_is_good_once_and_for_a_step_of_the_clock(here: Accounts) -> None:
    """The one before and the one after are taken, none is taken twice, nor one that is older than
    the last (S61).
    """
    first, _ = await here.sign_in("county")
    secret, _ = await setting_up(here, first)
    here.clock.now += 300
    now = here.clock()

    async def taken(code: str) -> bool:
        browser, _ = await here.sign_in("county")
        answer = await browser.post("/signin/code", data={"code": code})
        return answer.status_code == 303

    assert not await taken(code_at(secret, now - 60))
    assert not await taken(code_at(secret, now + 60))
    assert await taken(code_at(secret, now - 30))
    assert not await taken(code_at(secret, now - 30))
    assert await taken(code_at(secret, now + 30))
    assert not await taken(code_at(secret, now))


async def test_codes_are_guessed_no_faster_than_passwords(here: Accounts) -> None:
    """Signing in anew by the password doesn't begin the count anew (S60, S61)."""
    first, _ = await here.sign_in("county")
    await setting_up(here, first)
    codes = []
    for _ in range(7):
        browser, answer = await here.sign_in("county")
        assert answer.status_code == 303
        codes.append((await browser.post("/signin/code", data={"code": "123456"})).status_code)

    assert codes == [403] * 5 + [429] * 2


async def test_a_recovery_code_is_good_once(here: Accounts) -> None:
    """However it is typed; and what is kept of it is no use to whoever reads it (S61)."""
    first, _ = await here.sign_in("county")
    _, recovery = await setting_up(here, first)
    typed = recovery[0].replace(" ", "-").upper()
    answers = []
    for _ in range(2):
        browser, _ = await here.sign_in("county")
        answers.append((await browser.post("/signin/code", data={"code": typed})).status_code)
    kept = await here.ledger.database.rows("SELECT code_hash FROM recovery_code")

    assert len(set(recovery)) == 10
    assert answers == [303, 403]
    assert recovery[1].replace(" ", "").encode() not in b"".join(row[0] for row in kept)


async def test_a_first_password_must_be_replaced_and_ends_after_two_weeks(here: Accounts) -> None:
    """It opens nothing but the page where another is chosen (S62)."""
    county = await person_named(here.ledger, "county")
    first = await people.reset(here.ledger, county.person, os.urandom)
    browser, _ = await here.sign_in("county", first)
    led = await browser.get("/account")
    new = {"old": first, "new": "quite another password", "again": "quite another password"}
    chosen = await browser.post("/signin/password", data={**new, "back": "/account"})
    second = await people.reset(here.ledger, county.person, os.urandom)
    here.clock.now += FIRST_PASSWORD_SECONDS + 1
    _, late = await here.sign_in("county", second)

    assert led.headers["location"].startswith("/signin/next")
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/account")
    assert late.status_code == 403
    assert "over" in alert(late)


@pytest.mark.parametrize(
    "guessed", ["password1234", "county123456", "111122223333", "qwertyuiop12"]
)
async def test_a_password_that_is_guessed_first_is_refused(here: Accounts, guessed: str) -> None:
    """Worn words, runs of keys and one's own login don't count towards its length (S62)."""
    browser, _ = await here.sign_in("county")
    form = {"old": PASSWORD, "new": guessed, "again": guessed}
    answer = await browser.post("/account/password", data=form)

    assert answer.status_code == 400
    assert "guessed" in alert(answer)


async def test_a_session_ends_when_it_is_idle_and_when_it_is_old(here: Accounts) -> None:
    """An hour without use, a working day in any case (S63)."""
    idle, _ = await here.sign_in("county")
    busy, _ = await here.sign_in("county")
    here.clock.now += WEB_SESSION_IDLE_SECONDS_MAX
    begun = here.clock.now
    gone = await idle.get("/account")
    busy, _ = await here.sign_in("county", browser=busy)
    while here.clock.now - begun < WEB_SESSION_SECONDS_MAX:
        answer = await busy.get("/account")
        assert answer.status_code == 200
        here.clock.now += WEB_SESSION_IDLE_SECONDS_MAX // 2
    over = await busy.get("/account")

    assert gone.status_code == 303
    assert over.status_code == 303


async def test_the_cookie_is_kept_from_scripts_other_sites_and_other_hosts(here: Accounts) -> None:
    """Over https its name binds it to this host, and one set without isn't looked at (S63)."""
    _, plain = await here.sign_in("county")
    secure = here.new_browser("https")
    _, answer = await here.sign_in("county", browser=secure)
    cookie = answer.headers["set-cookie"]
    fixed = here.new_browser("https")
    fixed.cookies.set(COOKIE, secure.cookies[f"__Host-{COOKIE}"])

    assert "secure" not in plain.headers["set-cookie"].lower()
    assert cookie.startswith(f"__Host-{COOKIE}=")
    for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert part.lower() in cookie.lower()
    assert "domain" not in cookie.lower()
    assert (await secure.get("/account")).status_code == 200
    assert (await fixed.get("/account")).status_code == 303


async def test_signing_out_ends_the_session_itself(here: Accounts) -> None:
    """The cookie is good for nothing then, wherever it was copied to (S63)."""
    browser, _ = await here.sign_in("county")
    copied = here.new_browser()
    copied.cookies.set(COOKIE, browser.cookies[COOKIE])
    answer = await browser.post("/signout")

    assert answer.headers["location"] == "/signin"
    assert (await copied.get("/account")).status_code == 303


async def test_signing_in_gives_a_new_cookie_whatever_was_there(here: Accounts) -> None:
    """Nobody is signed in under a cookie that another had put there (S63)."""
    browser = here.new_browser()
    browser.cookies.set(COOKIE, "0" * 64)
    await here.sign_in("county", browser=browser)
    rows = await here.ledger.database.rows("SELECT hex(token_hash) FROM web_session")

    assert {one.value for one in browser.cookies.jar} - {"0" * 64}
    assert all(len(name) == 64 for (name,) in rows)


async def test_a_server_may_demand_a_second_factor(tmp_path: Path) -> None:
    """Of everybody, or of administrators: who has none sets one up and is let in then (S61)."""
    async with accounts(tmp_path, Settings(second_factor="administrators")) as here:
        reviewer, _ = await here.sign_in("county")
        browser, _ = await here.sign_in("administrator")
        led = await browser.get("/admin/people")
        asked = await browser.get(led.headers["location"])
        page = await browser.get("/account/second-factor")
        await setting_up(here, browser)

        assert (await reviewer.get("/account")).status_code == 200
        assert led.headers["location"].startswith("/signin/next")
        assert asked.headers["location"] == "/account/second-factor"
        assert "demands" in page.text
        assert (await browser.get("/account")).status_code == 200


async def test_the_book_tells_what_happened_and_no_secret(here: Accounts) -> None:
    """Neither what was typed where a login belongs, since it may be a password (S64)."""
    browser, _ = await here.sign_in("county", WRONG)
    browser, _ = await here.sign_in("county")
    secret, recovery = await setting_up(here, browser)
    await here.sign_in(WRONG, "county")
    await browser.post("/signout")
    rows = await here.ledger.database.rows("SELECT * FROM signin_event ORDER BY no")
    written = repr(rows)

    assert await here.events("county") == ["failed", "in", "factor-set", "out"]
    assert "Browser 1" in written
    assert "127.0.0.1" in written
    for hidden in (PASSWORD, WRONG, secret, recovery[0], browser.headers["user-agent"] + "x"):
        assert hidden not in written


async def test_the_book_forgets_what_is_old(here: Accounts) -> None:
    """As the setting says (S64)."""
    await here.sign_in("county")
    here.clock.now += 401 * 24 * 3600
    await here.sign_in("town")

    assert await here.events("county") == []
    assert await here.events("town") == ["in"]


async def test_no_grant_is_needed_for_ones_own_account(here: Accounts) -> None:
    """Whoever holds nothing may still change the password, and sees nothing else (S65)."""
    browser, _ = await here.sign_in("nobody")

    assert (await browser.get("/account")).status_code == 200
    assert (await browser.get(f"/completeness?place={COUNTY.hex()}")).status_code in (403, 404)
