"""A sheet's interface for tests: the pages' application over a laptop, asked without a socket."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from field_client.desk import Desk
from field_client.pages.app import create_app
from tests.unit.field_office import CODE
from tests.unit.reviewing import FORM, PERIOD

__all__ = ["Api", "api_of"]

HOST = "127.0.0.1:8471"


class Api:
    """One open sheet; each answer is what the page's script gets."""

    def __init__(self, client: httpx.AsyncClient, desk: Desk) -> None:
        self.client = client
        self.desk = desk
        self.person = desk.person.hex()
        self.base = f"/api/sheet/{CODE}/{FORM}/{PERIOD}"

    async def ask(self, path: str, body: object = None) -> httpx.Response:
        """Asks as the page does."""
        headers = {"x-person": self.person, "sec-fetch-site": "same-origin"}
        return await self.client.post(self.base + path, json=body or {}, headers=headers)

    async def done(self, path: str, body: object = None) -> Any:
        """The answer, once it is sure that there is one."""
        answer = await self.ask(path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def look(self) -> Any:
        """The sheet as it stands."""
        answer = await self.client.get(self.base, headers={"x-person": self.person})
        assert answer.status_code == 200, answer.text
        return answer.json()["sheet"]

    async def enter(self, code: str, text: str, unit: str = "") -> Any:
        """Types one value over what the page shows."""
        shown = row(await self.look(), code)["shown"]
        cell = {"code": code, "text": text, "unit": unit, "shown": shown}
        return await self.done("/enter", {"cells": [cell]})


def row(sheet: Any, code: str) -> Any:
    """A row of a sheet."""
    return next(one for one in sheet["rows"] if one["code"] == code)


@asynccontextmanager
async def api_of(desk: Desk) -> AsyncIterator[Api]:
    """The interface of a laptop's sheet, in a browser that came by the launch link."""
    app, station = create_app(desk, {HOST}, os.urandom)
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # its ASGI names other types
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
        opened = await client.get(f"/open?token={station.sessions.launch()}")
        assert opened.status_code == 303
        yield Api(client, desk)
