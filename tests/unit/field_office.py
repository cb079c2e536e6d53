"""A server and laptops of one village within the test: real databases, and a road without sockets."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from field_client.desk import Desk
from field_client.enrolling import enrol
from field_client.syncing import Synced, sync
from server import filing, founding, store
from server.catalogue import shipped_files
from server.catalogue.keeping import import_pack
from server.devices import invites
from server.intake.queue import IntakeQueue
from sync import wire
from sync.ids import PlaceId, mint
from sync.ledger.ledger import Ledger
from sync.value import Cell, flag_value, text_value

NOW = 1_730_000_000  # 2024-10-27
TOWN = PlaceId(mint("place", b"town"))
VILLAGE = PlaceId(mint("place", b"village"))
CODE = "445103101201"
ELSEWHERE = "445103101299"
PLACES = (
    (TOWN, "445103101000", "磷溪镇", "town", ""),
    (VILLAGE, CODE, "仙河村", "village", TOWN.hex()),
)
ADDRESS = "http://office.invalid"


def clock() -> int:
    """A day in October 2024."""
    return NOW


class Office:
    """A server, and the way to it."""

    def __init__(
        self, folder: Path, ledger: Ledger, client: httpx.AsyncClient, queue: IntakeQueue
    ) -> None:
        self.folder = folder
        self.ledger = ledger
        self.client = client
        self.queue = queue

    async def enrol(self, name: str, place: PlaceId = VILLAGE) -> Path:
        """A laptop's folder, enrolled and not synced yet."""
        code = await invites.invite(self.ledger, place, "enter", name, os.urandom)
        folder = self.folder / name
        await enrol(
            folder, self.client, code, os.urandom, server=ADDRESS, device_name=f"{name}的电脑"
        )
        return folder

    async def sync(self, desk: Desk) -> Synced:
        """One sync of a laptop."""
        return await sync(desk, self.client, lambda _sent, _received, _more: None)

    @asynccontextmanager
    async def desk(self, name: str, now: Callable[[], int] = clock) -> AsyncIterator[Desk]:
        """A new laptop by that clock, synced once."""
        async with Desk.open(await self.enrol(name), now) as desk:
            assert (await self.sync(desk)).complete
            yield desk

    async def end_grant(self, desk: Desk) -> None:
        """Ends the grant of a laptop's officer."""
        person, grant = invites.authority(self.ledger)
        cells = [(Cell("grant", desk.grant.hex(), "ended"), flag_value(True))]
        await filing.file(self.ledger, [filing.Filed(VILLAGE, person, grant, cells)])


@asynccontextmanager
async def office_in(folder: Path) -> AsyncIterator[Office]:
    """A server with Guangdong's catalogue, one town and one village."""
    await founding.found(folder / "server", clock, os.urandom)
    async with store.open_server(folder / "server", clock) as ledger:
        person, grant = invites.authority(ledger)
        await import_pack(ledger, shipped_files())
        for place, *texts in PLACES:
            pairs = zip(("code", "name", "level", "parent"), texts, strict=True)
            cells = [
                (Cell("place", "2020-01-01", field), text_value(text)) for field, text in pairs
            ]
            await filing.file(ledger, [filing.Filed(place, person, grant, cells)])
        queue = IntakeQueue(ledger)
        running = asyncio.create_task(queue.run())

        async def answer(request: httpx.Request) -> httpx.Response:
            reply = await queue.answer(await request.aread())
            content = wire.pack(wire.encode(reply))
            return httpx.Response(200, content=content, headers={"content-type": wire.MEDIA_TYPE})

        transport = httpx.MockTransport(answer)
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            yield Office(folder, ledger, client, queue)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
