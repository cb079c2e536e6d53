"""The county of `desk_office.py` with settings of one's own, a clock that moves, and people who sign in."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pyotp

from server.app import create_app, guarded
from server.settings import Settings
from sync.ids import PersonId
from sync.ledger.ledger import Ledger
from tests.integration import desk_office
from tests.integration.desk_office import HOST, NOW, PASSWORD, DeskOffice, office

__all__ = ["Accounts", "accounts", "code_at", "setting_up"]


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


class Accounts(NamedTuple):
    """A county, its clock, and new browsers at it."""

    county: DeskOffice
    clock: Clock
    new_browser: Callable[..., httpx.AsyncClient]

    @property
    def ledger(self) -> Ledger:
        """The server's."""
        return self.county.ledger

    def person(self, name: str) -> PersonId:
        """Whoever signs in under that name."""
        return self.county.people[name]

    async def sign_in(
        self, login: str, password: str = PASSWORD, browser: httpx.AsyncClient | None = None
    ) -> tuple[httpx.AsyncClient, httpx.Response]:
        """A browser that sent the sign-in form, and the answer."""
        browser = browser or self.new_browser()
        form = {"login": login, "password": password, "back": "/account"}
        return browser, await browser.post("/signin", data=form)

    async def events(self, login: str) -> list[str]:
        """What the book says happened to a login, the first first."""
        rows = await self.ledger.database.rows(
            "SELECT what FROM signin_event WHERE login = ? ORDER BY no", (login,)
        )
        return [what for (what,) in rows]


@asynccontextmanager
async def accounts(
    folder: Path, settings: Settings | None = None, *, address: str = "127.0.0.1"
) -> AsyncIterator[Accounts]:
    """The county under those settings."""
    clock = Clock()
    async with office(folder) as county, AsyncExitStack() as stack:
        county.ledger.now = clock
        app = create_app(county.ledger, settings or Settings(), os.urandom)
        await stack.enter_async_context(desk_office.living(app))
        made: list[httpx.AsyncClient] = []

        def new_browser(scheme: str = "http", at: str = address) -> httpx.AsyncClient:
            transport = httpx.ASGITransport(guarded(app), client=(at, 1))  # type: ignore[arg-type]  # of another framework
            browser = httpx.AsyncClient(
                transport=transport,
                base_url=f"{scheme}://{HOST}",
                headers={"accept": "text/html", "accept-language": "en", "user-agent": "Browser 1"},
            )
            made.append(browser)
            return browser

        yield Accounts(county, clock, new_browser)
        for browser in made:
            await browser.aclose()


def code_at(secret: str, now: int) -> str:
    """The code that a telephone shows at that second."""
    return pyotp.TOTP(secret).at(now)


async def setting_up(here: Accounts, browser: httpx.AsyncClient) -> tuple[str, list[str]]:
    """Sets a second factor up on the pages: its secret and the recovery codes."""
    await browser.post("/account/second-factor/begin", data={"password": PASSWORD})
    text = (await browser.get("/account/second-factor")).text
    found = re.search(r'<code class="key">([a-z2-7 ]+)</code>', text)
    assert found is not None
    secret = found.group(1).replace(" ", "").upper()
    answer = await browser.post(
        "/account/second-factor/confirm", data={"code": code_at(secret, here.clock())}
    )
    assert answer.status_code == 200
    return secret, re.findall(r"<li><code>([a-z2-7 ]+)</code>", answer.text)
