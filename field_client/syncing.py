"""One sync of a laptop with its server, with word of how it goes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple
from weakref import WeakKeyDictionary

import httpx

from field_client.aside import disputed_cells, held_names
from field_client.desk import Desk
from field_client.rebuilding import resume
from sync.conversation import Effect, Exchange, Outcome
from sync.ledger import aside, identity
from sync.ledger.ledger import Ledger
from sync.problems import Problem
from sync.roads.http import HttpRoad, client_for

__all__ = ["Synced", "Told", "server_of", "sync", "synced_at", "turn"]

Told = Callable[[int, int, bool], None]
"""Told after each step: commits sent and received so far, and whether more is known to come."""


class Synced(NamedTuple):
    """What a sync came to. `refused` counts commits that the server refused in it.

    `conflicts` counts the cells of this laptop's places that hold versions which differ.
    """

    agreed: bool
    unreceipted: int
    held: int
    refused: int
    sent: int
    received: int
    conflicts: int

    @property
    def complete(self) -> bool:
        """The server holds all that was recorded here, and both have the same."""
        return self.agreed and not self.unreceipted and not self.refused


class _Told(HttpRoad):
    """The road, telling how far it is."""

    def __init__(self, desk: Desk, client: httpx.AsyncClient, told: Told) -> None:
        super().__init__(desk.ledger, client)
        self._told = told
        self._sent = self._received = 0

    async def perform(self, effect: Effect) -> object:
        """See `HttpRoad.perform`."""
        answer = await super().perform(effect)
        if isinstance(effect, Exchange):
            self._sent += len(effect.request.commits)
        if isinstance(answer, Outcome):
            self._received += answer.received
            self._told(self._sent, self._received, answer.more)
        return answer


_TURNS: WeakKeyDictionary[Ledger, asyncio.Lock] = WeakKeyDictionary()
_SYNCED: WeakKeyDictionary[Ledger, float] = WeakKeyDictionary()


def synced_at(ledger: Ledger) -> float | None:
    """When a sync last came to its end in this process, by `time.monotonic`."""
    return _SYNCED.get(ledger)


def turn(ledger: Ledger) -> asyncio.Lock:
    """What is held while a ledger syncs: two syncs at once would send everything twice."""
    return _TURNS.setdefault(ledger, asyncio.Lock())


async def sync(desk: Desk, client: httpx.AsyncClient, told: Told) -> Synced:
    """One whole sync, after the one that is under way. Nothing is lost by one that fails.

    Raises a problem of the network's or the server's.
    """
    async with turn(desk.ledger):
        found = await _sync(desk, client, told)
        _SYNCED[desk.ledger] = time.monotonic()
        return found


async def _sync(desk: Desk, client: httpx.AsyncClient, told: Told) -> Synced:
    database = desk.ledger.database
    before = {one.commit.id for one in await aside.in_state(database, aside.State.PARKED)}
    road = _Told(desk, client, told)
    await resume(desk.ledger)
    finished = await road.sync()
    if await resume(desk.ledger):  # what came lets own commits in that waited for it
        first, finished = finished, await road.sync()
        finished = finished._replace(
            sent=first.sent + finished.sent, received=first.received + finished.received
        )
    await identity.ensure(database, "laptop")
    desk.server_seconds = await database.meta("server_time") or 0
    after = {one.commit.id for one in await aside.in_state(database, aside.State.PARKED)}
    outcome = finished.outcome
    return Synced(
        outcome.agreed,
        outcome.unreceipted,
        len(await held_names(desk)),
        len(after - before),
        finished.sent,
        finished.received,
        len(await disputed_cells(desk, desk.places())),
    )


async def server_of(desk: Desk) -> httpx.AsyncClient:
    """A client for the server that this laptop is enrolled with."""
    address = await desk.ledger.database.meta("server")
    if not address:
        raise Problem("address-malformed", address="")
    return client_for(address)
