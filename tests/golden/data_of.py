"""A laptop and its server, made by a clock and a chance that are counters."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from field_client.desk import Desk
from field_client.enrolling import enrol
from field_client.syncing import Synced, sync
from server import founding
from server.devices.invites import authority, invite
from server.filing import Filed, file
from server.intake.queue import IntakeQueue
from server.store import open_server
from server.verify import verify
from sync import wire
from sync.entry.standing import cells_of, held_in
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.ledger.verify import verify_ledger
from sync.value import Cell, Value, flag_value, quantity_value, reason_value
from tests.integration.province import Clock, Province

__all__ = ["asked", "make", "told_by_laptop", "told_by_server"]

VILLAGE = "v1"


class Chance:
    """Bytes that are the same each time, and never twice in one time."""

    def __init__(self) -> None:
        self._calls = count()

    def __call__(self, length: int) -> bytes:
        """So many."""
        return hashlib.shake_256(str(next(self._calls)).encode()).digest(length)


async def make(folder: Path) -> None:
    """Makes `laptop` and `server`; a second laptop, whose values differ, is thrown away."""
    clock, chance = Clock(), Chance()
    server = folder / "server"
    await founding.found(server, clock, chance)
    async with open_server(server, clock) as ledger:
        made = Province(ledger, clock)
        await made.begin()
        place = made.place(VILLAGE)
        async with asked(ledger) as client:
            first, second = folder / "laptop", folder / "other"
            for at in (first, second):
                code = await invite(ledger, place, "enter", at.name, chance)
                names = {"server": "http://golden.invalid", "device_name": at.name}
                await enrol(at, client, code, chance, **names)
            async with Desk.open(first, clock) as one, Desk.open(second, clock) as two:
                for desk in (one, two):
                    await _synced(desk, client)
                await _history(made, one, two, client)
                await _refused(ledger, two, one, place, client)
                await _set(one, clock, "2022", "HOUSES", quantity_value(220_0000))
                await one.ledger.seal()
                await _set(one, clock, "2021", "HOUSES", quantity_value(210_0000))


async def _history(made: Province, one: Desk, two: Desk, client: httpx.AsyncClient) -> None:
    """Values of all types, a correction, a conflict that stands and one that was settled."""
    clock = made.clock
    await _set(one, clock, "2024", "HOUSES", quantity_value(120_0000))
    await _set(one, clock, "2024Q1", "STOCK", quantity_value(7_5000))
    await _set(one, clock, "2024", "CLINIC", flag_value(True))
    await _set(one, clock, "2024", "SCORE", reason_value("not_yet_available"))
    await _synced(one, client)
    await _set(one, clock, "2024", "HOUSES", quantity_value(121_0000))
    await _set(one, clock, "2023", "HOUSES", quantity_value(100_0000))
    await _set(two, clock, "2023", "HOUSES", quantity_value(101_0000))
    await _set(one, clock, "2020", "HOUSES", quantity_value(200_0000))
    await _set(two, clock, "2020", "HOUSES", quantity_value(201_0000))
    for desk in (one, two, one):
        await _synced(desk, client)
    await _set(two, clock, "2020", "HOUSES", quantity_value(202_0000))
    for desk in (two, one):
        await _synced(desk, client)


async def _refused(
    ledger: Ledger, other: Desk, desk: Desk, place: PlaceId, client: httpx.AsyncClient
) -> None:
    """The laptop's grant ends while a value is under way; then the officer has another."""
    author, under = authority(ledger)
    grant = desk.grant.hex()
    await _set(desk, ledger.now, "2019", "HOUSES", quantity_value(190_0000))
    for ended in (True, False):
        cells = [(Cell("grant", grant, "ended"), flag_value(ended))]
        await file(ledger, [Filed(place, author, under, cells)])
        await _synced(desk, client)
    await _synced(other, client)


async def _set(desk: Desk, clock: Any, period: str, code: str, value: Value) -> None:
    if isinstance(clock, Clock):
        clock.seconds += 60
    await desk.record(desk.place, [(Cell("value", period, code), value)])


async def _synced(desk: Desk, client: httpx.AsyncClient) -> Synced:
    return await sync(desk, client, lambda _sent, _received, _more: None)


@asynccontextmanager
async def asked(ledger: Ledger) -> AsyncIterator[httpx.AsyncClient]:
    """The way to a server within this process."""
    queue = IntakeQueue(ledger)
    answering = asyncio.create_task(queue.run())

    async def answer(request: httpx.Request) -> httpx.Response:
        reply = await queue.answer(await request.aread())
        headers = {"content-type": wire.MEDIA_TYPE}
        return httpx.Response(200, content=wire.pack(wire.encode(reply)), headers=headers)

    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(transport=transport, base_url="http://golden.invalid") as client:
        yield client
    answering.cancel()
    await asyncio.gather(answering, return_exceptions=True)


async def told_by_laptop(folder: Path, now: Callable[[], int]) -> dict[str, Any]:
    """What a laptop says of itself."""
    async with Desk.open(folder, now) as desk:
        held = await held_in(desk, await cells_of(desk, desk.place, ("value",)))
        scope = [PlaceId(p) for (p,) in await desk.ledger.database.rows("SELECT place FROM scope")]
        findings = await verify_ledger(desk.ledger)
        ((parked,),) = await desk.ledger.database.rows(
            "SELECT count(*) FROM aside WHERE state = 'parked'"
        )
        return {
            "values": {
                " ".join(cell[1:]): [str(state), [list(one.value) for one in versions]]
                for cell, (state, versions) in sorted(held.items())
            },
            "fingerprint": (await desk.ledger.fingerprint(scope)).hex(),
            "commits": findings.commits,
            "ok": findings.ok,
            "parked": parked,
        }


async def told_by_server(folder: Path, now: Callable[[], int]) -> dict[str, Any]:
    """What a server says of itself."""
    verified = await verify(folder, now)
    async with open_server(folder, now) as ledger:
        rows = await ledger.database.rows(
            "SELECT period, indicator, reported, total FROM rollup_figure"
            " WHERE place = ? ORDER BY period, indicator",
            (Province(ledger, Clock()).place("p").hex(),),
        )
    return {
        "ok": verified.ok,
        "commits": verified.commits,
        "cells": verified.cells,
        "fingerprint": verified.fingerprint,
        "totals": [list(row) for row in rows],
    }
