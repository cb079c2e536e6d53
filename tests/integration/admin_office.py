"""A county's server with somebody who looks after all of it, and a laptop that syncs over HTTP."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from field_client.enrolling import enrol
from server.accounts import grants
from server.app import guarded
from server.desk.acting import sign_in_here
from server.desk.viewer import Viewer
from server.devices.invites import invite
from sync import commit_bytes
from sync.commit import Commit
from sync.ids import DeviceId, PlaceId
from sync.ledger.ledger import Ledger
from sync.roads.http import HttpRoad
from tests.integration.desk_office import HOST, VILLAGE, DeskOffice, clock, office

__all__ = ["definer", "enrolled", "keeper", "last_commit", "realm_office", "synced", "wait_for"]


@asynccontextmanager
async def realm_office(folder: Path) -> AsyncIterator[DeskOffice]:
    """The county, where the administrator and the definer hold their roles above all places."""
    async with office(folder) as here:
        for who, role in (("administrator", "administer"), ("definer", "define")):
            person = here.people[who]
            await grants.add(here.ledger, person, role, here.ledger.root, None, os.urandom)
            await sign_in_here(here.ledger, Viewer(here.ledger, person))
        yield here


async def enrolled(county: DeskOffice, place: PlaceId = VILLAGE) -> tuple[Path, DeviceId]:
    """A laptop's folder, and the device that it is."""
    code = await invite(county.ledger, place, "enter", "张三", os.urandom)
    folder = county.folder / f"laptop-{os.urandom(4).hex()}"
    before = set(county.ledger.register.devices)
    async with road_client(county) as client:
        await enrol(folder, client, code, os.urandom, server=f"http://{HOST}", device_name="笔记本")
    (name,) = set(county.ledger.register.devices) - before
    return folder, DeviceId(bytes.fromhex(name))


async def synced(county: DeskOffice, folder: Path) -> None:
    """One sync of that laptop over the server's own route."""
    async with road_client(county) as client, Ledger.open(folder, clock) as ledger:
        await HttpRoad(ledger, client).sync()


def road_client(county: DeskOffice) -> httpx.AsyncClient:
    """What a laptop's road speaks through."""
    transport = httpx.ASGITransport(app=guarded(county.app))  # type: ignore[arg-type]  # of another framework
    return httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}")


async def wait_for(county: DeskOffice, kind: str) -> None:
    """Waits until a piece of work has ended."""
    await county.app.state.station.tasks.ended(kind)


def keeper(county: DeskOffice) -> httpx.AsyncClient:
    """The browser of whoever looks after all of it."""
    return county.browsers["administrator"]


def definer(county: DeskOffice) -> httpx.AsyncClient:
    """The browser of whoever defines."""
    return county.browsers["definer"]


async def last_commit(county: DeskOffice) -> Commit:
    """The commit that was accepted last."""
    ((body,),) = await county.ledger.database.rows(
        "SELECT body FROM commits ORDER BY position DESC LIMIT 1"
    )
    return commit_bytes.decode(body)
