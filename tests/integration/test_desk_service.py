"""Signing in by the office's own service: what links an account, and what no lie of it opens."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from server.desk.access import COOKIE
from server.settings import Settings
from tests.integration.accounts_office import Accounts, accounts, setting_up
from tests.integration.desk_office import HOST, NOW, PASSWORD
from tests.integration.signin_service import CLIENT, SECRET, OwnService, own_service

TRY = "tianji-service"


class Both(NamedTuple):
    """A county and its sign-in service."""

    here: Accounts
    service: OwnService

    async def go(self, browser: httpx.AsyncClient, subject: str) -> httpx.Response:
        """Signs in at the service and comes back."""
        there = await browser.get("/signin/service?back=%2Faccount")
        assert there.status_code == 303, there.text
        return await browser.get(self.service.authorize(there.headers["location"], subject))

    async def link(self, name: str, subject: str) -> None:
        """Links an account by a code that the administrator gave out."""
        keeper = self.here.new_browser()
        await self.here.sign_in("administrator", browser=keeper)
        path = f"/admin/people/{self.here.person(name).hex()}/do"
        answer = await keeper.post(path, data={"what": "link"})
        (code,) = re.findall(r"<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>", answer.text)
        browser = self.here.new_browser()
        led = await self.go(browser, subject)
        assert led.headers["location"] == "/signin/link"
        assert (await browser.post("/signin/link", data={"code": code})).status_code == 303


def settings(issuer: str, **others: Any) -> Settings:
    """A server that has the service."""
    return Settings(
        oidc_issuer=issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        oidc_name="县统一认证",
        **others,
    )


@contextlib.asynccontextmanager
async def served(folder: Path, **others: Any) -> AsyncIterator[Both]:
    """Both of them."""
    moved = {"now": NOW}
    with own_service(lambda: moved["now"]) as service:
        async with accounts(folder, settings(service.issuer, **others)) as here:
            service.now = here.clock
            yield Both(here, service)


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Both]:
    """Both, as they come."""
    async with served(tmp_path) as made:
        yield made


async def test_an_identity_is_linked_once_by_a_code_and_signs_in_from_then_on(both: Both) -> None:
    """A code is good once; until then the service alone opens nothing (S67)."""
    await both.link("county", "u-1")
    browser = both.here.new_browser()
    led = await both.go(browser, "u-1")
    stranger = both.here.new_browser()
    unknown = await both.go(stranger, "u-2")
    guessed = await stranger.post("/signin/link", data={"code": "aaaa-bbbb-cccc-dddd"})

    assert led.headers["location"] == "/account"
    assert "Login" in (await browser.get("/account")).text
    assert unknown.headers["location"] == "/signin/link"
    assert guessed.status_code == 403
    assert (await stranger.get("/account")).status_code == 303
    assert await both.here.events("county") == ["link-code", "linked", *["in-by-service"] * 2]


async def test_ones_own_account_is_linked_from_its_page(both: Both) -> None:
    """For the password, by the browser that began it, while its session lasts (S67)."""
    browser, _ = await both.here.sign_in("county")
    refused = await browser.post("/account/service", data={"password": "wrong"})
    page = (await browser.post("/account/service", data={"password": PASSWORD})).text
    (address,) = re.findall(r'class="button big" href="([^"]+)"', page)
    back = both.service.authorize(address.replace("&amp;", "&"), "u-1")
    thief = both.here.new_browser()
    stolen = await thief.get(back)
    led = await browser.get(back)
    linked = (await browser.get("/account")).text
    await browser.post("/account/service/unlink", data={"password": PASSWORD})
    again = await both.go(both.here.new_browser(), "u-1")

    assert refused.status_code == 403
    assert stolen.status_code == 403
    assert led.headers["location"] == "/account?done=linked"
    assert "u-1" in linked
    assert again.headers["location"] == "/signin/link"


async def test_an_identity_opens_one_account(both: Both) -> None:
    """Nobody takes one that is somebody else's (S67)."""
    await both.link("county", "u-1")
    browser, _ = await both.here.sign_in("town")
    page = (await browser.post("/account/service", data={"password": PASSWORD})).text
    (address,) = re.findall(r'class="button big" href="([^"]+)"', page)
    answer = await browser.get(both.service.authorize(address.replace("&amp;", "&"), "u-1"))
    rows = await both.here.ledger.database.rows("SELECT person FROM service_identity")

    assert answer.status_code == 400
    assert [bytes(row[0]) for row in rows] == [both.here.person("county")]


LIES: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "0" * 64},
    "no nonce": {"nonce": None},
    "for another server": {"aud": "another"},
    "for another too": {"aud": [CLIENT, "another"]},
    "by another service": {"iss": "http://elsewhere.invalid"},
    "over": {"iat": NOW - 900, "exp": NOW - 600},
    "without an end": {"exp": None},
    "from the future": {"iat": NOW + 900, "exp": NOW + 1200},
    "nobody": {"sub": ""},
    "no subject": {"sub": None},
    "a number": {"sub": 7},
    "another party": {"azp": "another"},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
async def test_no_token_that_is_not_for_this_try_opens_anything(
    both: Both, lie: dict[str, Any]
) -> None:
    """Whatever it says besides (S67)."""
    await both.link("county", "u-1")

    def change(claims: dict[str, Any]) -> None:
        claims |= lie
        for name in [name for name, value in lie.items() if value is None]:
            del claims[name]

    both.service.change_claims = change
    browser = both.here.new_browser()
    answer = await both.go(browser, "u-1")

    assert answer.status_code == 403
    assert COOKIE not in browser.cookies
    assert (await browser.get("/account")).status_code == 303


@pytest.mark.parametrize("way", ["none", "HS256", "other", "unknown"])
async def test_no_signature_but_the_services_own_counts(both: Both, way: str) -> None:
    """Neither none, nor its public key used as a secret, nor another key of the same name (S67)."""
    await both.link("county", "u-1")
    both.service.signs_as = way
    browser = both.here.new_browser()
    answer = await both.go(browser, "u-1")

    assert answer.status_code == 403
    assert COOKIE not in browser.cookies


async def test_a_way_back_is_good_once_and_in_one_browser(both: Both) -> None:
    """Another's answer signs nobody in, and none is good twice or late (S67)."""
    await both.link("county", "u-1")
    browser = both.here.new_browser()
    there = await browser.get("/signin/service")
    back = both.service.authorize(there.headers["location"], "u-1")
    other = await both.here.new_browser().get(back)
    first = await browser.get(back)
    browser.cookies.delete(COOKIE)
    second = await browser.get(back)
    there = await browser.get("/signin/service")
    back = both.service.authorize(there.headers["location"], "u-1")
    both.here.clock.now += 601
    late = await browser.get(back)
    forged = await browser.get("/signin/service/back?code=code0&state=made-up")

    assert (other.status_code, first.status_code, second.status_code) == (403, 303, 403)
    assert (late.status_code, forged.status_code) == (403, 403)


async def test_an_answer_of_another_service_is_refused(both: Both) -> None:
    """Where an answer names its issuer, it must be the one that was asked (S67)."""
    await both.link("county", "u-1")
    browser = both.here.new_browser()
    there = await browser.get("/signin/service")
    back = both.service.authorize(there.headers["location"], "u-1")
    answer = await browser.get(back.replace("iss=http", "iss=https"))
    error = await browser.get("/signin/service")
    state = re.search(r"state=([0-9a-f]+)", error.headers["location"])
    assert state is not None
    denied = await browser.get(f"/signin/service/back?error=access_denied&state={state.group(1)}")

    assert (answer.status_code, denied.status_code) == (403, 403)


async def test_a_service_that_lies_of_itself_or_floods_is_refused(tmp_path: Path) -> None:
    """Another issuer, an address without the scheme, an endless answer, no answer (S67)."""
    async with served(tmp_path) as both:
        both.service.answer_bytes = 2**19
        flooded = await both.here.new_browser().get("/signin/service")
        both.service.answer_bytes = 0
        both.service.change_document = lambda told: told.update(issuer="http://elsewhere.invalid")
        other = await both.here.new_browser().get("/signin/service")
        both.service.change_document = lambda told: told.update(token_endpoint="file:///etc/passwd")
        local = await both.here.new_browser().get("/signin/service")
        both.service.change_document = lambda told: told.pop("jwks_uri")
        partly = await both.here.new_browser().get("/signin/service")

        assert [one.status_code for one in (flooded, other, local, partly)] == [403] * 4
    async with accounts(tmp_path / "2", settings("http://127.0.0.1:9")) as here:
        answer = await here.new_browser().get("/signin/service")

        assert answer.status_code == 503


async def test_what_the_service_saw_counts_as_a_second_factor_if_it_says_so(both: Both) -> None:
    """By its `amr`; else the code is asked for here as after a password (S61, S67)."""
    browser, _ = await both.here.sign_in("county")
    await setting_up(both.here, browser)
    await both.link("county", "u-1")
    weak = both.here.new_browser()
    await both.go(weak, "u-1")
    both.service.change_claims = lambda claims: claims.update(amr=["pwd", "mfa"])
    strong = both.here.new_browser()
    await both.go(strong, "u-1")

    assert (await weak.get("/account")).headers["location"].startswith("/signin/next")
    assert (await strong.get("/account")).status_code == 200


async def test_a_server_may_take_no_passwords(tmp_path: Path) -> None:
    """Then the page offers the service alone, and a right password is refused (S67)."""
    async with served(tmp_path, allow_password=False) as both:
        page = (await both.here.new_browser().get("/signin")).text
        _, answer = await both.here.sign_in("county")

        assert "县统一认证" in page
        assert 'type="password"' not in page
        assert answer.status_code == 400


@pytest.fixture
def foreign() -> Iterator[str]:
    """A service that others wrote, in a process of its own: its address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


async def _answering(address: str) -> None:
    async with httpx.AsyncClient() as client:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(address)).status_code == 200:
                    return
            await asyncio.sleep(0)


async def test_a_service_that_others_wrote_signs_somebody_in(tmp_path: Path, foreign: str) -> None:
    """Through its own pages, keys and tokens (S67)."""
    async with accounts(tmp_path, settings(foreign)) as here:
        here.clock.now = int(time.time())
        await asyncio.wait_for(_answering(f"{foreign}/.well-known/openid-configuration"), 60)

        async def go(browser: httpx.AsyncClient) -> httpx.Response:
            there = await browser.get("/signin/service?back=%2Faccount")
            async with httpx.AsyncClient() as outside:
                signed_in = await outside.post(there.headers["location"], data={"sub": "wang"})
            back = signed_in.headers["location"]
            assert back.startswith(f"http://{HOST}/signin/service/back?")
            return await browser.get(back)

        browser, _ = await here.sign_in("county")
        page = (await browser.post("/account/service", data={"password": PASSWORD})).text
        (address,) = re.findall(r'class="button big" href="([^"]+)"', page)
        async with httpx.AsyncClient() as outside:
            answer = await outside.post(address.replace("&amp;", "&"), data={"sub": "wang"})
        linked = await browser.get(answer.headers["location"])
        fresh = here.new_browser()
        led = await go(fresh)

        assert linked.headers["location"] == "/account?done=linked"
        assert led.headers["location"] == "/account"
        assert (await fresh.get("/account")).status_code == 200
