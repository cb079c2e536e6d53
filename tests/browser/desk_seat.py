"""Somebody at the county's desk, or an officer at a laptop: a browser of their own, and what it says."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import pyotp
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Route, ViewportSize, expect

from sync import quantity
from sync.screens.formats import quantity_words
from sync.texts import Language, say
from tests.browser.conftest import NARROW, WIDE
from tests.browser.desk_county import PASSWORD, County

__all__ = ["OWN_PASSWORD", "RUNS", "Month", "Seat"]

RUNS: list[tuple[Language, ViewportSize]] = [("zh-Hans", WIDE), ("en", NARROW)]

OWN_PASSWORD = "龙湖 many words of one's own"
PATIENCE_SECONDS = float(os.environ.get("TIANJI_PATIENCE_SECONDS", "15"))
_FOREIGN = re.compile(r"^(?!http://127\.0\.0\.1[:/]|data:|blob:)")
_STEP_SECONDS = 30
_LOOKS = 20
_LOOK_MILLISECONDS = 1000


class Seat:
    """A browser profile. What its pages ask of anybody else, what its console says of errors and of
    the policy of content, and which page is too wide, is kept in `wrong`: the end fails over it.
    """

    def __init__(self, browser: Browser, url: str, language: Language, size: ViewportSize) -> None:
        self.url = url
        self.language: Language = language
        self.wrong: list[str] = []
        self.context = browser.new_context(locale=language, viewport=size, accept_downloads=True)
        self.context.route(_FOREIGN, self._refuse)
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.wrong.append(str(error.error)))
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(1000 * PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.context.close()
        if kind is None:
            assert self.wrong == []

    def word(self, key: str, **values: object) -> str:
        """What a page says in this person's language."""
        return say(key, self.language, **values)

    def number(self, text: str) -> str:
        """A number as a page writes it for this person."""
        return quantity_words(quantity.parse(text), language=self.language)

    def figure(self, text: str) -> re.Pattern[str]:
        """That number by itself, and no part of another one, within what a page says."""
        return re.compile(rf"(?<![\d.]){re.escape(self.number(text))}(?!\d|[.,]\d)")

    def go(self, path: str) -> None:
        """Opens a page by its address."""
        self.page.goto(self.url + path)
        self._measure()

    def button(self, key: str, within: Locator | None = None) -> Locator:
        """The button of that name."""
        where = within or self.page.locator("main")
        return where.get_by_role("button", name=self.word(key), exact=True)

    def press(self, key: str, within: Locator | None = None) -> None:
        """Presses the button of that name, by keyboard, and waits for the page it leads to."""
        button = self.button(key, within)
        button.focus()
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self._measure()

    def main(self) -> Locator:
        """What the page says, without its head and foot."""
        return self.page.locator("main")

    def status(self) -> Locator:
        """What the page says of the step that was just done."""
        return self.page.locator("main [role=status]:visible").first

    def seen_in_time(self, shown: Locator, text: str) -> None:
        """Looks again, as the page itself advises, until what is worked out beside has come."""
        for _ in range(_LOOKS):
            try:
                expect(shown).to_contain_text(text, timeout=_LOOK_MILLISECONDS)
            except AssertionError:
                self.page.reload()
            else:
                return
        expect(shown).to_contain_text(text)

    def sign_in(self, login: str, password: str = PASSWORD) -> None:
        """Types a login and a password where they are asked for."""
        self.go("/")
        self.page.get_by_label(self.word("signin-login"), exact=True).fill(login)
        self.page.get_by_label(self.word("signin-password"), exact=True).fill(password)
        self.press("signin-go")

    def sign_out(self) -> None:
        """Leaves."""
        self.press("signin-out", self.page.locator("header"))
        expect(self.page.get_by_label(self.word("signin-login"), exact=True)).to_be_visible()

    def choose_password(self, first: str) -> None:
        """Replaces the first password by one of one's own."""
        for key, text in (
            ("signin-first-password", first),
            ("signin-new-password", OWN_PASSWORD),
            ("signin-again", OWN_PASSWORD),
        ):
            self.page.get_by_label(self.word(key), exact=True).fill(text)
        self.press("signin-own-go")

    def set_up_factor(self) -> pyotp.TOTP:
        """Sets a second factor up with the key that the page shows beside its picture."""
        self.go("/account")
        self.page.get_by_role("link", name=self.word("account-factor-open"), exact=True).click()
        self.press("account-factor-begin")
        expect(self.page.locator("img.qr")).to_be_visible()
        key = self.page.locator("code.key").inner_text().replace(" ", "").upper()
        made = pyotp.TOTP(key, interval=_STEP_SECONDS)
        self.page.get_by_label(self.word("account-factor-code"), exact=True).fill(made.now())
        self.press("account-factor-confirm")
        expect(self.page.locator(".codes li")).not_to_have_count(0)
        return made

    def sync(self) -> None:
        """Syncs a laptop on demand, and waits for the word that all has arrived."""
        self.go("/sync")
        self.page.locator('form[action="/sync"] button').click()
        expect(self.page.get_by_text(self.word("sync-complete"))).to_be_visible(timeout=20_000)

    def explain_all(self) -> None:
        """Words for each doubt on a sheet that is open."""
        asked = self.page.locator(".beside .ask")
        while before := asked.count():
            asked.first.get_by_role("textbox").fill("已核对（模拟）")
            self.button("sheet-explain-save", asked.first).click()
            expect(asked).to_have_count(before - 1)

    def _measure(self) -> None:
        beyond = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if beyond > 0:
            self.wrong.append(f"{self.page.url} scrolls sideways, by {beyond} px")

    def _refuse(self, route: Route) -> None:
        self.wrong.append(f"asks elsewhere: {route.request.url}")
        route.abort()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.wrong.append(f"{message.type}: {message.text} at {message.location}")


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
