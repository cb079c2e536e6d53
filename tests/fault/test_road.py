"""Laptop and server, real sockets, and a road between them that is as bad as they come."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
import stamina

from field_client.desk import Desk
from field_client.enrolling import enrol
from field_client.syncing import Synced, sync
from server.verify import verify
from sync.entry.standing import cells_of
from sync.problems import Problem
from sync.roads.http import client_for
from sync.value import Cell, quantity_value
from tests.e2e.processes import COMMAND, address_of, environment, found, invite, now
from tests.fault.road import Plan, Road, road_to

SLOW = Plan(
    bytes_per_second=50_000 / 8, delay_seconds=0.4, stalls=0.02, stall_seconds=1.0
)  # 50 kbit/s, 800 ms there and back, 2 % lost
FIRST_BYTES, STEP = 150, 37
FAILING: dict[str, Callable[[int], Plan]] = {
    "cut up": lambda at: Plan(cut_up=at),
    "cut down": lambda at: Plan(cut_down=at),
    "garbled": lambda at: Plan(garble_down=at),
}


class Office:
    """A server as a process that can be killed and started again on its port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.process: subprocess.Popen[str]

    def start(self) -> None:
        """Starts it; it takes requests when this returns."""
        arguments = ["server", "run", "--data", str(self.folder), "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        self.port = int(address_of(self.process).rpartition(":")[2])

    def kill(self) -> None:
        """Ends it as a power cut would."""
        self.process.send_signal(signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
        self.process.communicate()

    def again(self) -> None:
        """Kills it and starts it again."""
        self.kill()
        self.start()


@contextmanager
def office_at(folder: Path) -> Iterator[Office]:
    """A server that runs until the end."""
    found(folder)
    office = Office(folder)
    office.start()
    try:
        yield office
    finally:
        office.kill()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A server with three places."""
    os.environ["NO_PROXY"] = "*"
    with office_at(tmp_path_factory.mktemp("office") / "server") as running:
        yield running


@asynccontextmanager
async def laptop_by(office: Office, folder: Path) -> AsyncIterator[tuple[Desk, Road]]:
    """An enrolled laptop and its road to the server, good at first."""
    code = await asyncio.to_thread(invite, office.folder)
    async with road_to(office.port) as road:
        async with client_for(road.url) as client:
            await enrol(folder, client, code, os.urandom, server=road.url, device_name="laptop")
        async with Desk.open(folder, now) as desk:
            assert (await synced(desk, road)).complete
            yield desk, road


async def synced(desk: Desk, road: Road) -> Synced:
    """One sync, with no attempt repeated."""
    with stamina.set_testing(True):
        async with client_for(road.url) as client:
            return await sync(desk, client, lambda _sent, _received, _more: None)


async def record(desk: Desk, value: int) -> None:
    """Keeps a value."""
    cell = Cell("value", f"{2000 + value % 20}", "B001")
    await desk.record(desk.place, [(cell, quantity_value(value * 10_000))])


async def stands(desk: Desk) -> dict[str, int]:
    """The shown value of each period."""
    cells = await cells_of(desk, desk.place, ("value",))
    return {cell.subject: held.versions[0].value.number for cell, held in cells.items()}


@pytest.fixture
def fragile(tmp_path: Path) -> Iterator[Office]:
    """A server of its own, for a test that kills it."""
    os.environ["NO_PROXY"] = "*"
    with office_at(tmp_path / "server") as running:
        yield running


@pytest.mark.parametrize("way", FAILING)
async def test_a_road_that_fails_at_any_byte_loses_and_doubles_nothing(
    office: Office, tmp_path: Path, way: str
) -> None:
    """Each failure is a sentence of the network's; the next sync on a good road ends all (R1, R2)."""
    async with laptop_by(office, tmp_path / "laptop") as (desk, road):
        failures = 0
        for number in range(1, 16):
            await record(desk, number)
            road.plan = FAILING[way](FIRST_BYTES + number * STEP)
            try:
                await synced(desk, road)
            except Problem as problem:
                assert problem.code.startswith(("network-", "reply-", "message-")), problem
                failures += 1
            road.plan = Plan()
            assert (await synced(desk, road)).complete
        values = await stands(desk)
    verified = await verify(office.folder, now)

    assert failures > 5
    assert values == {f"{2000 + number}": number * 10_000 for number in range(1, 16)}
    assert verified.ok


async def test_a_slow_road_carries_a_sync(office: Office, tmp_path: Path) -> None:
    """50 kbit/s, 800 ms there and back, every fiftieth packet lost: slow, and it comes (R1)."""
    async with laptop_by(office, tmp_path / "laptop") as (desk, road):
        for number in range(10):
            await record(desk, number)
        road.plan = SLOW
        finished = await synced(desk, road)

    assert finished.complete
    assert finished.sent == 1


async def test_a_server_killed_in_mid_upload_takes_the_rest_when_it_is_back(
    fragile: Office, tmp_path: Path
) -> None:
    """The laptop's own attempts reach the new process, and nothing is there twice (R1, L1)."""
    async with laptop_by(fragile, tmp_path / "laptop") as (desk, road):
        cells = [
            (Cell("value", f"{year}", f"B{code:03}"), quantity_value(year * code))
            for year in range(1980, 2000)
            for code in range(40)
        ]
        await desk.record(desk.place, cells)
        road.plan = plan = Plan(reached_up=(1024, fragile.again))
        async with client_for(road.url) as client:
            finished = await sync(desk, client, lambda _sent, _received, _more: None)
        values = await stands(desk)
    verified = await verify(fragile.folder, now)

    assert plan.reached_up is None
    assert finished.complete
    assert len(values) == 20
    assert verified.ok
