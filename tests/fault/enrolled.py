"""Enrolments that are killed: the same code, in the same folder, ends what was begun."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import stamina

from field_client.desk import Desk
from field_client.enrolling import enrol
from field_client.syncing import sync
from server.devices.invites import invite
from server.store import open_server
from sync.problems import Problem
from sync.roads.http import client_for
from tests.fault import shim
from tests.fault.forks import Say
from tests.fault.lives import LAPTOPS, Book, check_laptop, now
from tests.fault.shim import Point
from tests.integration.province import Clock, Province

__all__ = ["enrolled", "invited"]

Work = Callable[[Say], None]


def invited(server: Path) -> Work:
    """Tells a code for one more laptop."""

    async def live(say: Say) -> None:
        async with open_server(server, now, check=False) as ledger:
            place = Province(ledger, Clock()).place(LAPTOPS["first"])
            say(code=await invite(ledger, place, "enter", "new", os.urandom))

    return lambda say: asyncio.run(live(say))


def enrolled(folder: Path, url: str, code: str, point: Point | None) -> Work:
    """Enrols a folder and syncs it; without a point, from wherever it stands, and looks then."""

    async def live(say: Say) -> None:
        if point is not None:
            shim.arm(folder.parent, point)
        async with client_for(url) as client:
            try:
                await enrol(folder, client, code, os.urandom, server=url, device_name="new")
            except Problem as problem:
                if point is not None or problem.code != "device-exists":
                    raise
            async with Desk.open(folder, now) as desk:
                done = await sync(desk, client, lambda _sent, _received, _more: None)
                if point is None:
                    assert done.complete, done
                    await check_laptop(desk, Book())
                    say(checked=True)
        say(count=shim.count())

    def work(say: Say) -> None:
        with stamina.set_testing(True):
            asyncio.run(live(say))

    return work
