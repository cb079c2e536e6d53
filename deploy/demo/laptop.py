"""One laptop and the officer at it, by the field client's own code."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path

from deploy.demo.cast import Village
from deploy.demo.diary import Diary, Entry
from deploy.demo.network import Road
from deploy.demo.times import Clock
from deploy.demo.trouble import Loss
from field_client import syncing
from field_client.desk import Desk
from field_client.enrolling import enrol
from server.machine import random_bytes
from sync.catalogue import Catalogue
from sync.entry import checking, entry, submission
from sync.ids import PlaceId
from sync.inforce import in_force
from sync.ledger.edits import pendings
from sync.period import Period
from sync.value import Cell, Value

__all__ = ["KeptDesk", "Laptop"]

EXPLANATION = "已核对，情况属实（模拟）。"


class KeptDesk(Desk):
    """A desk of which the demo keeps a diary."""

    diary: Diary
    grant_ended = False

    async def catalogue(self) -> Catalogue:
        """As its base; the laptops of this process share what each real one makes for itself."""
        known = self._known.catalogue
        if known is None or known[0] != self.ledger.definitions:
            texts = await self._definitions()
            known = self.ledger.definitions, _shared(frozenset(texts.items()))
            self._known.catalogue = known
        return known[1]

    async def record(self, place: PlaceId, cells: Sequence[tuple[Cell, Value]]) -> None:
        """As its base; what the screen showed and what was typed are written down."""
        here = await self.ledger.standing(place, {cell[:2] for cell, _ in cells})
        shown = {
            cell: frozenset(self.ledger.displayed(here[cell], place, cell))
            for cell, _ in cells
            if cell in here
        }
        await super().record(place, cells)
        typed = dict(cells)
        device = self.ledger.device
        for pending in await pendings(self.ledger.database, [place]):
            cell = pending.edit.cell
            if cell in typed:
                self.diary.add(
                    Entry(
                        pending.name(device),
                        device,
                        place,
                        cell,
                        pending.edit.value,
                        shown.get(cell, frozenset()),
                        self.grant_ended,
                    )
                )


@lru_cache(maxsize=8)
def _shared(texts: frozenset[tuple[tuple[str, str], str]]) -> Catalogue:
    return in_force(dict(texts))


class Laptop:
    """A folder with a laptop's data; several may be of one village."""

    def __init__(self, folder: Path, village: Village, clock: Clock, diary: Diary) -> None:
        self.folder = folder
        self.village = village
        self.clock = clock
        self.explained = 0
        self.grant_ended = False
        self._diary = diary

    async def enrol(self, road: Road, server: str, code: str) -> None:
        """Makes the laptop's key and data with a one-time code."""
        async with road.client(server) as client:
            await enrol(
                self.folder,
                client,
                code,
                random_bytes,
                server=server,
                device_name=f"{self.village.name} {self.folder.name}（模拟）",
            )

    def copy(self, name: str) -> Laptop:
        """A copy of the disk; nobody may have it open."""
        folder = self.folder.with_name(name)
        shutil.copytree(self.folder, folder)
        return Laptop(folder, self.village, self.clock, self._diary)

    def put_back(self, copy: Laptop) -> None:
        """Back to what the disk was when that copy was made, which is used up by it."""
        shutil.rmtree(self.folder)
        copy.folder.rename(self.folder)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[KeptDesk]:
        """The officer sits down, and gets up again."""
        async with KeptDesk.open(self.folder, self.clock) as desk:
            assert isinstance(desk, KeptDesk)
            desk.diary = self._diary
            desk.grant_ended = self.grant_ended
            yield desk

    async def type(self, desk: KeptDesk, period: Period, typed: Mapping[str, str]) -> None:
        """Types values: they are durable when this returns."""
        catalogue = await desk.catalogue()
        level = desk.level(desk.place, period.end)
        cells = []
        for code, text in typed.items():
            indicator = entry.indicator_asked(catalogue, code, level)
            under = entry.period_of(indicator, period.text, desk.latest_day())
            cells.append((Cell("value", under.text, code), entry.value(indicator, text)))
        await desk.record(desk.place, cells)

    async def submit(self, desk: KeptDesk, form_code: str, period: Period) -> None:
        """Hands a form in; what is doubtful is explained first, and counted."""
        form = (await desk.catalogue()).forms[form_code]
        found = await submission.submit(desk, desk.place, form, period)
        if not found:
            return
        assert not found.missing, found
        assert not found.blocking, found
        for one in found.unexplained:
            at = entry.period_of(form, one.finding.period, desk.latest_day())
            await checking.explain(desk, desk.place, one.name, at, EXPLANATION)
            self.explained += 1
        assert not await submission.submit(desk, desk.place, form, period)

    async def sync(
        self, desk: KeptDesk, road: Road, server: str, loss: Loss = Loss.NONE
    ) -> syncing.Synced:
        """One sync, over a road that may lose a message."""
        async with road.client(server, loss) as client:
            return await syncing.sync(desk, client, lambda _sent, _received, _more: None)
