"""Scenarios of disks that fail in the middle of a step; wherever it is, nothing acknowledged is lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from server.devices.invites import authority
from server.filing import Filed, file
from sync.value import Cell, flag_value
from tests.sim.acting import ONE, TWO, V1, sync
from tests.sim.faults import restore_server
from tests.sim.people import type_on_server, type_value
from tests.sim.reading import applied_edits
from tests.sim.replica import Laptop, Replica
from tests.sim.traps import Trap
from tests.sim.trouble import trapped
from tests.sim.world import World

WRITES_MAX = 60


async def power_fails_at_every_commit(world: World) -> None:
    """The power fails while a laptop keeps an edit, and while a server takes it."""
    a, _ = world.laptops
    for _ in range(6):
        trap = Trap("power cut", 1, world.random)
        await trapped(world, a, trap, partial(_type, world, a))
    for count in range(1, 5):
        await _type(world, a)
        await trapped(world, a, Trap("power cut", count, world.random), partial(world.sync, a))
        await _type(world, a)
        trap = Trap("power cut", 1, world.random)
        await trapped(world, world.server, trap, partial(world.sync, a))


async def killed_at_every_write(world: World) -> None:
    """A laptop dies at each write of a sync in turn, and so does the server."""
    a, b = world.laptops
    for replica in (a, world.server):
        await _at_every_write(world, replica, "process killed", partial(_all, world, a, b))


async def full_at_every_write(world: World) -> None:
    """The disk is full at each write in turn: who can't keep an edit says so, and hasn't kept it."""
    a, b = world.laptops
    await _at_every_write(world, a, "disk full", partial(_type, world, a))
    for replica in (a, world.server):
        await _at_every_write(world, replica, "disk full", partial(_all, world, a, b))


async def killed_after_it_told(world: World) -> None:
    """A server dies at the first write after it gave a receipt."""
    a, b = world.laptops
    await _type(world, a)
    await sync(world, a)
    trap = Trap("process killed", 1, world.random)
    await trapped(world, world.server, trap, partial(world.sync, b))
    await trapped(world, world.server, trap, partial(_on_server, world))


async def filed_on_a_full_disk(world: World) -> None:
    """The end of a grant that could not be filed ends nothing, in memory neither."""
    a, _ = world.laptops
    count, fired = 0, True
    while fired and count < WRITES_MAX:
        count += 1
        trap = Trap("disk full", count, world.random)
        await trapped(world, world.server, trap, partial(_end_grant, world, a))
        fired = trap.fired
        if fired:
            number = await type_value(world, a, V1, ONE)
            await sync(world, a)
            if number not in await applied_edits(world.server):
                world.claims.append(f"edit {number} is refused for a grant that has not ended")
    world.oracle.ended.add(a.person.grants[-1])


async def counted_under_another_clock(world: World) -> None:
    """A restored server with a slow clock takes rivals anew: what is shown first changes twice."""
    a, b = world.laptops
    await type_value(world, a, V1, ONE)
    await type_value(world, b, V1, TWO)
    world.time += 60
    await type_value(world, a, V1, TWO)
    await type_value(world, b, V1, ONE)
    await sync(world, a, b)
    await restore_server(world, world.backups[0], told=False)
    world.server_offset = -86_400
    await sync(world, b)


async def _at_every_write(
    world: World, replica: Replica, kind: str, step: Callable[[], Awaitable[None]]
) -> None:
    for count in range(1, WRITES_MAX):
        trap = Trap(kind, count, world.random)
        await trapped(world, replica, trap, step)
        if not trap.fired:
            return


async def _all(world: World, a: Laptop, b: Laptop) -> None:
    await type_value(world, a, V1, ONE)
    await world.sync(a)
    await world.sync(b)


async def _type(world: World, laptop: Laptop) -> None:
    await type_value(world, laptop, V1, ONE)


async def _on_server(world: World) -> None:
    await type_on_server(world, V1, TWO)


async def _end_grant(world: World, laptop: Laptop) -> None:
    ledger, grant = world.server.ledger, laptop.person.grants[-1]
    person, under = authority(ledger)
    cells = [(Cell("grant", grant.hex(), "ended"), flag_value(True))]
    await file(ledger, [Filed(laptop.home, person, under, cells)])
