"""Scenarios of disks: cloned, put back, emptied and lost."""

from __future__ import annotations

import msgspec

from sync.conversation import Asked
from sync.ledger.outbox import with_receipts
from sync.ledger.settle import request
from tests.sim.acting import ONE, TWO, V1, V2, destroyed, gone, lost_reply, sync
from tests.sim.faults import clone, empty_server, restore_server
from tests.sim.network import answered
from tests.sim.people import give_grant, type_on_server, type_value
from tests.sim.world import World


async def held_and_its_laptop_gone(world: World) -> None:
    """What waits at the server for a parent is accepted when another laptop brings that."""
    a, b = world.laptops
    await type_value(world, a, V1, ONE)
    await sync(world, a, b)
    await restore_server(world, world.backups[0], told=False)
    await type_value(world, a, V1, TWO)
    await lost_reply(world, a)
    await gone(world, a)


async def cloned_with_pending(world: World) -> None:
    """Two clones seal one pending edit in two commits; it is one version, and overtyped once."""
    (a,) = world.laptops
    await type_value(world, a, V1, ONE)
    twin = await clone(world, a)
    await type_value(world, twin, V1, TWO)
    await sync(world, a, twin)
    await type_value(world, a, V1, ONE)


async def cloned_and_overtyped(world: World) -> None:
    """A clone sends a pending edit that the original overtypes before it was ever sealed."""
    (a,) = world.laptops
    await type_value(world, a, V1, ONE)
    twin = await clone(world, a)
    await sync(world, twin)
    await type_value(world, a, V1, ONE)


async def cloned_and_both_accepted(world: World) -> None:
    """Both copies of a cloned disk go on and are receipted."""
    (a,) = world.laptops
    await type_value(world, a, V1, ONE)
    await sync(world, a)
    twin = await clone(world, a)
    await type_value(world, a, V1, TWO)
    await type_value(world, twin, V1, TWO)


async def server_put_back(world: World) -> None:
    """A server lost commits that only a laptop holds, with receipts."""
    a, _ = world.laptops
    await type_value(world, a, V1, ONE)
    await type_value(world, a, V1, TWO)
    await sync(world, a)
    await restore_server(world, world.backups[0], told=True)


async def server_rolled_back_unnoticed(world: World) -> None:
    """A server is rolled back, untold, and grows past where a laptop's cursor stands."""
    a, b = world.laptops
    await type_value(world, a, V1, ONE)
    await sync(world, a, b)
    await restore_server(world, world.backups[0], told=False)
    for _ in range(4):
        await type_on_server(world, V1, TWO)


async def server_emptied(world: World) -> None:
    """An empty server knows neither device nor grant, and is told of them first."""
    a, _ = world.laptops
    await type_value(world, a, V1, ONE)
    await sync(world, a)
    await empty_server(world)
    await type_value(world, a, V1, ONE)


async def server_emptied_and_a_village_gone(world: World) -> None:
    """An empty server is given a village's commits by the town's laptop, the village's being lost."""
    c, t = world.laptops
    await type_value(world, c, V2, ONE)
    await sync(world, c, t)
    await gone(world, c)
    await empty_server(world)


async def grant_forgotten(world: World) -> None:
    """A restored server holds what relies on a grant that another laptop will tell it of."""
    a, b = world.laptops
    await give_grant(world, a)
    await sync(world, b)
    await restore_server(world, world.backups[0], told=False)
    await type_value(world, a, V1, ONE)
    await sync(world, a)


async def hierarchy_forgotten(world: World) -> None:
    """A server that forgot the town holds what the county's laptop entered for its village."""
    c, k = world.laptops
    await type_value(world, c, V2, ONE)
    await sync(world, c, k)
    await empty_server(world)
    database = c.ledger.database
    rows = await database.rows(
        "SELECT c.no FROM commits c JOIN place_no p ON p.no = c.place WHERE p.id = ?", (V2,)
    )
    offered = await with_receipts(database, [number for (number,) in rows])
    asking = await request(c.ledger, Asked())
    cut = msgspec.structs.replace(asking, commits=tuple(offered))
    await answered(world.server, c.body(cut))
    await gone(world, c)
    await type_value(world, k, V2, ONE)


async def waits_for_ever(world: World) -> None:
    """A commit whose parent is gone for ever keeps nothing else from being made whole."""
    a, b = world.laptops
    await type_value(world, a, V1, ONE)
    await sync(world, a)
    backup = world.backups[0]
    await restore_server(world, backup, told=False)
    twin = await clone(world, b)
    await type_value(world, a, V1, ONE)
    await lost_reply(world, a)
    await destroyed(world, a)
    held = world.server.image()
    await type_value(world, twin, V1, TWO)
    await sync(world, twin)
    await restore_server(world, held, told=False)
