"""The sync of an open laptop: by itself, or because somebody presses; never two at once."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import NamedTuple

import httpx

from field_client.background import REST_SECONDS, Situation, next_try
from field_client.desk import Desk
from field_client.syncing import Synced, server_of, sync, synced_at, turn
from field_client.unsent import unsent
from sync.problems import Problem
from sync.roads.route import has_route

__all__ = ["Background", "Doing", "Ended", "Progress", "is_automatic", "set_automatic"]

_LOG = logging.getLogger("tianji.pages")
_LOOK_SECONDS = 20.0
_TELL_SECONDS = 0.3
_AUTOMATIC = "background_sync"


class Doing(StrEnum):
    """What a sync is at."""

    CONNECTING = "connecting"
    SENDING = "sending"
    RECEIVING = "receiving"
    COMPARING = "comparing"


class Progress(NamedTuple):
    """How far a running sync is: commits sent and received."""

    doing: Doing
    sent: int
    received: int


class Ended(NamedTuple):
    """How the last sync of this start ended: with a result, with a problem, or stopped by hand."""

    at: int
    result: Synced | None
    problem: Problem | None
    sent: int
    received: int


class Background:
    """One laptop's syncs while its pages are open."""

    def __init__(
        self,
        desk: Desk,
        tell: Callable[[], None],
        client: Callable[[Desk], Awaitable[httpx.AsyncClient]] = server_of,
    ) -> None:
        self._desk = desk
        self._tell = tell
        self._client = client
        self.progress: Progress | None = None
        self._ended: Ended | None = None
        self._told_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._jitter = random.random()  # noqa: S311 - it spreads load, it guards nothing
        self._situation = Situation(time.monotonic())
        self._had_route = True

    @property
    def ended(self) -> Ended | None:
        """How the last one ended; one that failed is no news once a command's has succeeded."""
        since = synced_at(self._desk.ledger)
        ended_at = self._situation.ended_at
        if self._ended is None or self._ended.result is not None or since is None:
            return self._ended
        return None if ended_at is not None and since > ended_at else self._ended

    @property
    def now(self) -> Progress | None:
        """What the sync that is under way is at; of one that a command began, only that it is."""
        if self.progress is None and self.running:
            return Progress(Doing.COMPARING, 0, 0)
        return self.progress

    @property
    def running(self) -> bool:
        """Whether a sync of this laptop is under way, whoever began it."""
        return self.progress is not None or turn(self._desk.ledger).locked()

    @property
    def rests(self) -> bool:
        """Whether no sync runs and nobody typed within a minute."""
        typed = self._situation.typed_at
        return not self.running and (typed is None or time.monotonic() - typed > REST_SECONDS)

    def note_change(self) -> None:
        """What is recorded while no sync runs was typed: the next one waits for a rest, then comes
        soon.
        """
        if not self.running:
            self._situation = self._situation._replace(typed_at=time.monotonic())

    def start(self) -> None:
        """Begins a sync unless one is under way."""
        if self._task is None or self._task.done():
            self.progress = Progress(Doing.CONNECTING, 0, 0)
            self._task = asyncio.create_task(self._once())
            self._tell()

    def cancel(self) -> None:
        """Stops it where it is: what was sent and received stays so, the next one goes on."""
        if self._task is not None:
            self._task.cancel()

    async def run(self) -> None:
        """Syncs by itself until it is cancelled, where nobody has switched that off."""
        while True:
            wait = next_try(await self._look(), self._jitter) - time.monotonic()
            if wait > 0 or not await is_automatic(self._desk):
                await asyncio.sleep(min(max(wait, 1.0), _LOOK_SECONDS))
                continue
            self.start()
            if self._task is not None:
                await asyncio.wait([self._task])

    async def close(self) -> None:
        """Stops what runs and waits until the ledger is left alone."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _look(self) -> Situation:
        has = has_route()
        if has and not self._had_route:
            self._situation = self._situation._replace(network_at=time.monotonic())
        self._had_route = has
        return self._situation._replace(unsent=await unsent(self._desk) > 0)

    async def _once(self) -> None:
        """One sync from beginning to end; whatever comes of it is kept to be shown."""
        result, problem = None, None
        try:
            async with await self._client(self._desk) as client:
                result = await sync(self._desk, client, self._told)
        except Problem as raised:
            problem = raised
        except Exception:  # noqa: BLE001 - whatever went wrong, the pages go on and say so
            _LOG.exception("sync")
            problem = Problem("page-fault")
        finally:
            self._note_end(result, problem)

    def _note_end(self, result: Synced | None, problem: Problem | None) -> None:
        sent, received = self.progress[1:] if self.progress else (0, 0)
        self._ended = Ended(self._desk.now(), result, problem, sent, received)
        self.progress = None
        self._jitter = random.random()  # noqa: S311
        failed = result is None or not result.agreed
        self._situation = self._situation._replace(
            ended_at=time.monotonic(),
            failures=self._situation.failures + 1 if failed else 0,
            wait_seconds=_asked_seconds(problem),
        )
        self._tell()

    def _told(self, sent: int, received: int, more: bool) -> None:
        before = self.progress or Progress(Doing.CONNECTING, 0, 0)
        doing = Doing.COMPARING
        if more or received > before.received:
            doing = Doing.RECEIVING
        elif sent > before.sent:
            doing = Doing.SENDING
        self.progress = Progress(doing, sent, received)
        if time.monotonic() - self._told_at > _TELL_SECONDS:
            self._told_at = time.monotonic()
            self._tell()


async def is_automatic(desk: Desk) -> bool:
    """Whether this laptop syncs by itself."""
    return bool(await desk.ledger.database.meta(_AUTOMATIC) != 0)


async def set_automatic(desk: Desk, *, on: bool) -> None:
    """Switches that on or off; it stays so when the laptop is opened again."""
    async with desk.ledger.database.writing():
        await desk.ledger.database.set_meta(_AUTOMATIC, int(on))


def _asked_seconds(problem: Problem | None) -> float:
    """How long the server asked to be left alone."""
    seconds = problem.values.get("seconds") if problem else None
    return float(seconds) if isinstance(seconds, int) else 0.0
