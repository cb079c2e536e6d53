"""A network between laptop and server that does what a mountain road does: cuts, slows, garbles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random

__all__ = ["Plan", "Road", "road_to"]

CHUNK_BYTES = 1024


@dataclass
class Plan:
    """What happens to the bytes of each connection; None is never. Bytes count from its beginning.

    Cut closes it once so many bytes have passed up, or down. `garble_down` changes the byte there.
    `stalls` is the share of chunks that come `stall_seconds` late, as lost packets make them.
    """

    cut_up: int | None = None
    cut_down: int | None = None
    garble_down: int | None = None
    bytes_per_second: float | None = None
    delay_seconds: float = 0.0
    stalls: float = 0.0
    stall_seconds: float = 0.0
    reached_up: tuple[int, Callable[[], None]] | None = None
    """Called once, when so many bytes have come from the laptop."""


@dataclass
class Road:
    """The road as it is now: `plan` holds for connections that begin from here on."""

    port: int
    target: int
    plan: Plan = field(default_factory=Plan)
    up: int = 0
    down: int = 0
    """Bytes that have passed, of all connections."""

    @property
    def url(self) -> str:
        """The address that a laptop is told."""
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def road_to(target: int, seed: int = 1) -> AsyncIterator[Road]:
    """A road to a port of this machine."""
    random = Random(seed)
    road = Road(0, target)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _carry(road, random, reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    road.port = server.sockets[0].getsockname()[1]
    async with server:
        yield road


async def _carry(
    road: Road, random: Random, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    plan = road.plan
    try:
        there, back = await asyncio.open_connection("127.0.0.1", road.target)
    except OSError:
        writer.close()
        return
    ways = [
        asyncio.create_task(_up(road, plan, random, reader, back)),
        asyncio.create_task(_down(road, plan, random, there, writer)),
    ]
    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    for way in ways:
        way.cancel()
    await asyncio.gather(*ways, return_exceptions=True)
    for end in (writer, back):
        end.close()
        with suppress(OSError):
            await end.wait_closed()


async def _up(
    road: Road,
    plan: Plan,
    random: Random,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    passed = 0
    while chunk := await reader.read(CHUNK_BYTES):
        await _slowed(plan, random, len(chunk))
        if plan.cut_up is not None and passed + len(chunk) > plan.cut_up:
            writer.write(chunk[: plan.cut_up - passed])
            await writer.drain()
            return
        passed += len(chunk)
        road.up += len(chunk)
        if plan.reached_up is not None and passed >= plan.reached_up[0]:
            told, plan.reached_up = plan.reached_up[1], None
            await asyncio.to_thread(told)
        writer.write(chunk)
        await writer.drain()


async def _down(
    road: Road,
    plan: Plan,
    random: Random,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    passed = 0
    while chunk := await reader.read(CHUNK_BYTES):
        await _slowed(plan, random, len(chunk))
        at = None if plan.garble_down is None else plan.garble_down - passed
        if at is not None and 0 <= at < len(chunk):
            chunk = chunk[:at] + bytes([chunk[at] ^ 0x55]) + chunk[at + 1 :]
        if plan.cut_down is not None and passed + len(chunk) > plan.cut_down:
            writer.write(chunk[: plan.cut_down - passed])
            await writer.drain()
            return
        passed += len(chunk)
        road.down += len(chunk)
        writer.write(chunk)
        await writer.drain()


async def _slowed(plan: Plan, random: Random, size: int) -> None:
    seconds = plan.delay_seconds
    if plan.bytes_per_second:
        seconds += size / plan.bytes_per_second
    if random.random() < plan.stalls:
        seconds += plan.stall_seconds
    if seconds:
        loop = asyncio.get_running_loop()
        waited: asyncio.Future[None] = loop.create_future()
        loop.call_later(seconds, waited.set_result, None)
        await waited
