"""The running server under its pages: the ledger that writes, those that read, who follows along."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from server.accounts.service import Service
from server.administration.metrics import Metrics
from server.administration.tasks import Tasks
from server.administration.uploads import Uploads
from server.checking.running import Checker
from server.completeness.runner import Reminders
from server.courtesy import Courtesy
from server.desk.live import Live
from server.desk.reading import Readers
from server.devices.seen import Sightings
from server.review.attention import Attention
from server.settings import Settings
from sync.ledger.ledger import Ledger
from sync.ledger.simulated import is_simulated
from sync.problems import Problem

__all__ = ["Station"]


class Station:
    """What all pages share; made once with the application."""

    def __init__(
        self, ledger: Ledger, settings: Settings, random_bytes: Callable[[int], bytes]
    ) -> None:
        self.ledger = ledger
        self.settings = settings
        self.random_bytes = random_bytes
        self.readers = Readers(ledger)
        self.live = Live(ledger)
        self.reminders = Reminders(ledger, self.readers, settings)
        self.service = Service(settings, ledger.now)
        self.courtesy = Courtesy()
        self.checker = Checker(ledger, self.courtesy.turn)
        self.attention = Attention(ledger, self.courtesy.turn)
        self.sightings = Sightings(ledger)
        self.tasks = Tasks(ledger)
        self.uploads = Uploads(ledger, random_bytes)
        self.metrics = Metrics()
        ledger.hooks.append(self.metrics.note)
        self.simulated = False
        """Whether the figures are made up; it is said on every page."""

    async def refresh(self) -> None:
        """Takes in what another process wrote since, and lets go of what was undone, so that no page
        shows what is over.
        """
        if await self.ledger.database.changed_elsewhere() or self.ledger.is_in_doubt:
            async with self.ledger.transaction():
                await self.ledger.reload()
        self.simulated = await is_simulated(self.ledger)

    @asynccontextmanager
    async def at_work(self, _: object) -> AsyncIterator[None]:
        """While the application lives."""
        await self.tasks.open()
        writing = asyncio.create_task(self.sightings.run())
        try:
            yield
        finally:
            self.live.close()
            await self.tasks.close()
            writing.cancel()
            with suppress(Problem):
                await self.sightings.write()
            await self.readers.close()
