"""Scenarios of pages, clocks, cursors and receipts."""

from __future__ import annotations

import msgspec

from sync import wire
from sync.ids import CommitId
from sync.problems import Problem
from sync.receipt import receipts
from sync.trust import KeySigner
from tests.sim.acting import ONE, TWO, V1, V3, lost_reply, sync
from tests.sim.faults import clone, restore, restore_server
from tests.sim.people import type_value, view
from tests.sim.replica import UNIT
from tests.sim.world import PLACES, World


async def page_drawn_before_a_sync(world: World) -> None:
    """The sheet shows 5, a sync brings 7, and the officer types 6 on what was seen."""
    a, b = world.laptops
    await type_value(world, a, V1, ONE)
    await sync(world, a, b)
    await view(world, a, V1, ONE)
    await type_value(world, b, V1, ONE)
    await sync(world, b, a)
    await type_value(world, a, V1, ONE, stale=True)


async def typed_while_a_reply_was_under_way(world: World) -> None:
    """An edit made while a request was under way has not seen what the reply brings."""
    a, b = world.laptops
    await type_value(world, b, V1, ONE)
    await sync(world, b)
    reply = await lost_reply(world, a)
    await type_value(world, a, V1, ONE)
    await a.late(reply)


async def typed_thrice(world: World) -> None:
    """An edit typed over a pending one covers what that one had covered."""
    (a,) = world.laptops
    await type_value(world, a, V1, ONE)
    await a.ledger.seal()
    await type_value(world, a, V1, ONE)
    await type_value(world, a, V1, ONE)


async def clock_ahead(world: World) -> None:
    """The clock of a laptop in 2099 doesn't let it win for ever."""
    a, b = world.laptops
    world.offsets[a.name] = 2_320_000_000
    await type_value(world, a, V1, ONE)
    await sync(world, a)
    world.time += 3_600
    await type_value(world, b, V1, ONE)
    await sync(world, b)
    rows = await world.server.ledger.database.rows(
        "SELECT number FROM version WHERE shown = 1 AND kind = 'value'"
    )
    if rows != [(2 * UNIT,)]:
        world.claims.append(f"the value from 2099 is shown: {rows}")


async def clock_in_2099(world: World) -> None:
    """The side of a conflict shown first is the same everywhere, though accepted twice."""
    a, t = world.laptops
    world.offsets[a.name] = 2_320_000_000
    before = a.image()
    await type_value(world, a, V1, ONE)
    sealed = a.image()
    await sync(world, a, t)
    world.time += 3_600
    await restore_server(world, world.backups[0], told=False)
    await restore(world, a, sealed)
    await sync(world, a)
    twin = await clone(world, a)
    await restore(world, twin, before)
    world.offsets[twin.name] = -1_800
    await type_value(world, twin, V1, ONE)
    await sync(world, twin)


async def forged_receipt(world: World) -> None:
    """A receipt that no server of the realm signed is none: the laptop still sends."""
    a, b = world.laptops
    await type_value(world, a, V1, ONE)
    await a.ledger.seal()
    reply = await lost_reply(world, b)
    forger = KeySigner(world.random.randbytes(32))
    ((name,),) = await a.ledger.database.rows("SELECT id FROM commits WHERE accepted_at IS NULL")
    (forged,) = receipts(forger, a.ledger.realm, world.time, [CommitId(name)])
    try:
        await a.late(msgspec.structs.replace(reply, receipts=((CommitId(name), forged),)))
    except Problem:
        return
    world.claims.append("a believed a forged receipt")


async def cursor_wrong(world: World) -> None:
    """A laptop whose cursor says that it has what it has not is given it all the same."""
    a, b = world.laptops
    await type_value(world, b, V1, ONE)
    await sync(world, b)
    cursor = await b.ledger.database.meta("cursor")
    async with a.ledger.database.writing():
        await a.ledger.database.set_meta("cursor", cursor)
    await type_value(world, b, V1, TWO)
    await sync(world, b)


async def cursor_absurd(world: World) -> None:
    """A cursor at a number that no database holds harms nobody."""
    a, b = world.laptops
    cursor = msgspec.msgpack.decode(await a.ledger.database.meta("cursor"), type=wire.Cursor)
    beyond = msgspec.structs.replace(cursor, position=2**64 - 1)
    async with a.ledger.database.writing():
        await a.ledger.database.set_meta("cursor", msgspec.msgpack.encode(beyond))
    await type_value(world, b, V1, ONE)
    await sync(world, b, a)


async def joins_the_scope(world: World) -> None:
    """A village moves under a town, whose laptop is given all that lies there from before."""
    x, t = world.laptops
    await type_value(world, x, V3, ONE)
    await sync(world, x, t)
    await type_value(world, t, PLACES["town"], ONE)
    await world.move(V3, "town")
    await sync(world, t)
