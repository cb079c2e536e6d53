"""The pages of one laptop within the test: a real ledger, a real office, and a browser's requests."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from html import unescape
from typing import NamedTuple

import httpx
from litestar import Litestar

from field_client.desk import Desk
from field_client.pages.app import create_app
from field_client.pages.background import Background
from field_client.pages.station import Station
from sync.screens.safety import Guarded
from tests.unit.field_office import Office

__all__ = ["HOST", "Pages", "opened", "text_of", "waited"]

HOST = "127.0.0.1:8471"


class Pages(NamedTuple):
    """The application, what lies under it, and a browser that came by a launch link."""

    app: Litestar
    station: Station
    browser: httpx.AsyncClient
    guarded: Guarded

    def stranger(self) -> httpx.AsyncClient:
        """A browser that never saw a launch link."""
        transport = httpx.ASGITransport(app=self.guarded)  # type: ignore[arg-type]  # of another framework
        return httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}")

    async def text(self, path: str, **options: str) -> str:
        """What a person reads on a page."""
        answer = await self.browser.get(path, **options)  # type: ignore[arg-type]
        assert answer.status_code == 200, (path, answer.status_code, text_of(answer.text))
        return text_of(answer.text)


@asynccontextmanager
async def opened(desk: Desk, office: Office | None = None) -> AsyncIterator[Pages]:
    """The pages over a desk; with an office, its way is where their syncs go."""
    app, station = create_app(desk, [HOST], os.urandom)
    assert isinstance(app, Guarded)
    inner = app._app
    assert isinstance(inner, Litestar)
    if office is not None:
        station.background = Background(desk, station.tell_change, _way_to(office))
    pages = Pages(inner, station, httpx.AsyncClient(), app)
    await station.seating.begin()
    async with pages.stranger() as browser:
        answer = await browser.get(f"/open?token={station.sessions.launch()}")
        assert answer.status_code == 303, text_of(answer.text)
        yield pages._replace(browser=browser)
        await station.background.close()


def _way_to(office: Office) -> Callable[[Desk], Awaitable[httpx.AsyncClient]]:
    async def client(_: Desk) -> httpx.AsyncClient:
        way = office.client._transport
        return httpx.AsyncClient(transport=way, base_url=office.client.base_url)

    return client


async def waited(pages: Pages) -> None:
    """Returns when the sync that is under way has ended."""
    seen = -1
    while pages.station.background.running:
        seen = await pages.station.changed(seen)


def text_of(page: str) -> str:
    """The words of a page, without its tags, as one line."""
    shown = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", "", shown)).split())
