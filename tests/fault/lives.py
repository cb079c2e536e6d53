"""What the killed processes do: a laptop that records and syncs, a server that takes commits in.

Each life first looks whether everything is there that was acknowledged in the lives before it: an
edit by `record` having returned, a commit by its receipt having reached the laptop.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx
import stamina

from field_client.desk import Desk
from field_client.enrolling import enrol
from field_client.syncing import sync
from server import running
from server.devices.invites import invite
from server.intake.queue import IntakeQueue
from server.settings import Settings
from server.store import open_server
from server.verify import verify
from sync import wire
from sync.entry.standing import cells_of, shown_value
from sync.ledger.ledger import Ledger
from sync.ledger.verify import verify_ledger
from sync.problems import Problem
from sync.roads.http import client_for
from sync.value import Cell, quantity_value
from tests.fault import shim
from tests.fault.forks import Say
from tests.fault.shim import Point
from tests.integration.province import province

__all__ = ["LAPTOPS", "Book", "check_laptop", "laptop_life", "make_base", "server_life"]

LAPTOPS = {"first": "v1", "second": "v2"}
PERIODS = ("2019", "2020", "2021", "2022", "2023", "2024")
CODE = "HOUSES"
UNIT = 10_000
EDITS = 4
Work = Callable[[Say], None]


@dataclass
class Book:
    """What the parent knows of one laptop: what was tried in each cell, and what was acknowledged."""

    tried: dict[str, list[int]] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    receipted: set[str] = field(default_factory=set)
    edits: int = 0

    def note(self, document: dict[str, object]) -> None:
        """Takes in what a life told."""
        period, value = document.get("period"), document.get("value")
        names = document.get("receipted", [])
        assert isinstance(names, list)
        self.receipted |= set(names)
        if isinstance(period, str) and isinstance(value, int):
            if "kept" in document:
                self.kept[period] = value
                self.edits += 1
            else:
                self.tried.setdefault(period, []).append(value)

    @property
    def next(self) -> int:
        """A value that was not tried yet; they rise."""
        return 1 + max((value for values in self.tried.values() for value in values), default=0)


def now() -> int:
    """This machine's clock."""
    return int(time.time())


def make_base(folder: Path) -> Work:
    """Makes a server with a small province and two enrolled laptops, synced."""

    async def make() -> None:
        async with province(folder / "server") as made:
            queue = IntakeQueue(made.ledger)
            answering = asyncio.create_task(queue.run())

            async def answer(request: httpx.Request) -> httpx.Response:
                reply = await queue.answer(await request.aread())
                headers = {"content-type": wire.MEDIA_TYPE}
                return httpx.Response(200, content=wire.pack(wire.encode(reply)), headers=headers)

            made.clock.seconds = now()
            transport = httpx.MockTransport(answer)
            async with httpx.AsyncClient(transport=transport, base_url="http://base") as client:
                for name, village in LAPTOPS.items():
                    place = made.place(village)
                    code = await invite(made.ledger, place, "enter", name, os.urandom)
                    at, words = folder / name, {"device_name": name, "server": "http://base"}
                    await enrol(at, client, code, os.urandom, **words)
                    async with Desk.open(at, now) as desk:
                        assert (await sync(desk, client, _silent)).complete
            answering.cancel()

    return lambda _say: asyncio.run(make())


def laptop_life(
    folder: Path, book: Book, point: Point | None, seed: int, url: str = "", rounds: int = 1
) -> Work:
    """Looks, then records, syncs, records; `point` is where it ends, if it doesn't end by itself."""

    async def live(say: Say) -> None:
        random = Random(seed)
        if point is not None:
            shim.arm(folder, point)
        async with Desk.open(folder, now) as desk:
            await check_laptop(desk, book)
            say(checked=True)
            value = book.next
            for _ in range(rounds):
                value = await _record(desk, say, random, value)
                if url:
                    await _sync(desk, say, url)
                    value = await _record(desk, say, random, value)
        say(count=shim.count())

    def work(say: Say) -> None:
        with stamina.set_testing(True):
            try:
                asyncio.run(live(say))
            except Problem as problem:
                if not problem.code.startswith(("network-", "storage-", "server-busy")):
                    raise
                if not problem.code.startswith("network-"):
                    say(problem=problem.code)

    return work


async def check_laptop(desk: Desk, book: Book) -> None:
    """Whether all that was acknowledged is there, and the database is whole."""
    ledger = desk.ledger
    ((verdict,),) = await ledger.database.rows("PRAGMA integrity_check")
    assert verdict == "ok", verdict
    findings = await verify_ledger(ledger)
    assert findings.ok, findings.counts
    cells = await cells_of(desk, desk.place, ("value",))
    for period, tried in book.tried.items():
        standing = cells.get(Cell("value", period, CODE))
        value = shown_value(standing) if standing else None
        here = value.number // UNIT if value else 0
        least = book.kept.get(period, 0)
        assert here == least or (here > least and here in tried), (period, here, least, tried)
    receipted = {
        commit.hex()
        for (commit,) in await ledger.database.rows(
            "SELECT id FROM commits WHERE accepted_at IS NOT NULL"
        )
    }
    assert receipted >= book.receipted, book.receipted - receipted


def server_life(folder: Path, books: list[Book], point: Point | None) -> Work:
    """Looks, then serves on a port that it tells, until it ends or is told to."""

    async def live(say: Say) -> None:
        if point is not None:
            shim.arm(folder, point)
        await check_server(folder, books)
        say(checked=True)
        await running.run(folder, Settings(port=0), lambda url: say(url=url))
        say(count=shim.count())

    def work(say: Say) -> None:
        try:
            asyncio.run(live(say))
        except Problem as problem:
            if not problem.code.startswith("storage-"):
                raise
            say(problem=problem.code)

    return work


async def check_server(folder: Path, books: list[Book]) -> None:
    """Whether all that was receipted is there, and the database is whole."""
    async with open_server(folder, now) as ledger:
        ((verdict,),) = await ledger.database.rows("PRAGMA integrity_check")
        assert verdict == "ok", verdict
        rows = await ledger.database.rows("SELECT id FROM commits WHERE accepted_at IS NOT NULL")
    held = {commit.hex() for (commit,) in rows}
    for book in books:
        assert held >= book.receipted, book.receipted - held
    verified = await verify(folder, now)
    assert verified.ok, verified.differences


async def _record(desk: Desk, say: Say, random: Random, value: int) -> int:
    for _ in range(EDITS):
        period = random.choice(PERIODS)
        say(period=period, value=value)
        cell = Cell("value", period, CODE)
        await desk.record(desk.place, [(cell, quantity_value(value * UNIT))])
        say(period=period, value=value, kept=True)
        value += 1
    return value


async def _sync(desk: Desk, say: Say, url: str) -> None:
    async with client_for(url) as client:
        try:
            await sync(desk, client, _silent)
        finally:
            say(receipted=await _receipted(desk.ledger))


async def _receipted(ledger: Ledger) -> list[str]:
    rows = await ledger.database.rows(
        "SELECT id FROM commits WHERE accepted_at IS NOT NULL AND device = ?", (ledger.device,)
    )
    return [commit.hex() for (commit,) in rows]


def _silent(_sent: int, _received: int, _more: bool) -> None:
    pass
