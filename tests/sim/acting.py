"""What scenarios are made of."""

from __future__ import annotations

from sync import wire
from sync.wire import SyncReply
from tests.sim.faults import destroying
from tests.sim.network import answered
from tests.sim.replica import Laptop
from tests.sim.world import CELLS, PLACES, World

ONE, TWO = CELLS
V1, V2, V3 = PLACES["village one"], PLACES["village two"], PLACES["village three"]


async def lost_reply(world: World, laptop: Laptop) -> SyncReply:
    """A conversation is begun, its first request is answered, and the answer is lost: here it is."""
    (answer,) = await answered(world.server, await laptop.begin())
    reply = wire.decode_reply(wire.unpack(answer))
    laptop.flow = None
    assert isinstance(reply, SyncReply), reply
    return reply


async def sync(world: World, *laptops: Laptop) -> None:
    """Whole conversations, one after another."""
    for laptop in laptops:
        await world.sync(laptop)


async def gone(world: World, laptop: Laptop) -> None:
    """Nobody sees that laptop again; it counts no more."""
    await laptop.close()
    world.laptops.remove(laptop)


async def destroyed(world: World, laptop: Laptop) -> None:
    """That laptop's disk is destroyed with all that only it held."""
    await destroying(world, laptop)
    await gone(world, laptop)
