"""Scenarios that break a naive sync, each told as it happens; the seeds find their kin.

A scenario leaves the world in trouble; it is healed and judged afterwards.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from sync import wire
from sync.conversation import Asked
from sync.ids import CommitId
from sync.ledger.outbox import with_receipts
from sync.ledger.settle import request
from sync.problems import Problem
from sync.receipt import receipts
from sync.trust import KeySigner
from sync.value import Cell, flag_value
from sync.wire import SyncReply
from tests.sim.faults import clone, destroying, empty_server, restore, restore_server
from tests.sim.network import answered
from tests.sim.people import end_grant, give_grant, grant_cells, type_on_server, type_value, view
from tests.sim.replica import UNIT, Laptop
from tests.sim.world import CELLS, PLACES, World

Scenario = Callable[[World], Awaitable[None]]

ONE, TWO = CELLS
V1, V2, V3 = PLACES["village one"], PLACES["village two"], PLACES["village three"]


async def refused_in_the_middle(world: World) -> None:
    """A commit is refused; what was built on it is sealed again, and covers what it had seen."""
    a, b = world.laptops
    await type_value(world, b, V1, ONE)
    await _sync(world, b, a)
    await type_value(world, a, V1, ONE)
    await end_grant(world, a)
    await give_grant(world, a)
    await type_value(world, a, V1, ONE)
    await type_value(world, a, V1, TWO)


async def refused_alone(world: World) -> None:
    """A refused value is shown no more, and what it covered stands again."""
    a, b = world.laptops
    await type_value(world, b, V1, ONE)
    await _sync(world, b, a)
    await type_value(world, a, V1, ONE)
    await end_grant(world, a)


async def refused_unseen(world: World) -> None:
    """An edit whose page showed neither a refused one nor what that covered leaves the latter be."""
    a, b = world.laptops
    await view(world, a, V1, ONE)
    await type_value(world, b, V1, ONE)
    await _sync(world, b, a)
    await type_value(world, a, V1, ONE)
    await a.ledger.seal()
    await end_grant(world, a)
    await give_grant(world, a)
    await type_value(world, a, V1, ONE, stale=True)


async def refused_as_one_of_many(world: World) -> None:
    """Values under a grant that has ended are refused, those beside them under another are not."""
    (a,) = world.laptops
    await end_grant(world, a)
    await type_value(world, a, V1, ONE)
    await give_grant(world, a)
    await type_value(world, a, V1, TWO)


async def held_and_its_laptop_gone(world: World) -> None:
    """What waits at the server for a parent is accepted when another laptop brings that."""
    a, b = world.laptops
    await type_value(world, a, V1, ONE)
    await _sync(world, a, b)
    await restore_server(world, world.backups[0], told=False)
    await type_value(world, a, V1, TWO)
    await lost_reply(world, a)
    await _gone(world, a)


async def cloned_with_pending(world: World) -> None:
    """Two clones seal one pending edit in two commits; it is one version, and overtyped once."""
    (a,) = world.laptops
    await type_value(world, a, V1, ONE)
    twin = await clone(world, a)
    await type_value(world, twin, V1, TWO)
    await _sync(world, a, twin)
    await type_value(world, a, V1, ONE)


async def cloned_and_overtyped(world: World) -> None:
    """A clone sends a pending edit that the original overtypes before it was ever sealed."""
    (a,) = world.laptops
    await type_value(world, a, V1, ONE)
    twin = await clone(world, a)
    await _sync(world, twin)
    await type_value(world, a, V1, ONE)


async def cloned_and_both_accepted(world: World) -> None:
    """Both copies of a cloned disk go on and are receipted."""
    (a,) = world.laptops
    await type_value(world, a, V1, ONE)
    await _sync(world, a)
    twin = await clone(world, a)
    await type_value(world, a, V1, TWO)
    await type_value(world, twin, V1, TWO)


async def server_put_back(world: World) -> None:
    """A server lost commits that only a laptop holds, with receipts."""
    a, _ = world.laptops
    await type_value(world, a, V1, ONE)
    await type_value(world, a, V1, TWO)
    await _sync(world, a)
    await restore_server(world, world.backups[0], told=True)


async def server_rolled_back_unnoticed(world: World) -> None:
    """A server is rolled back, untold, and grows past where a laptop's cursor stands."""
    a, b = world.laptops
    await type_value(world, a, V1, ONE)
    await _sync(world, a, b)
    await restore_server(world, world.backups[0], told=False)
    for _ in range(4):
        await type_on_server(world, V1, TWO)


async def server_emptied(world: World) -> None:
    """An empty server knows neither device nor grant, and is told of them first."""
    a, _ = world.laptops
    await type_value(world, a, V1, ONE)
    await _sync(world, a)
    await empty_server(world)
    await type_value(world, a, V1, ONE)


async def server_emptied_and_a_village_gone(world: World) -> None:
    """An empty server is given a village's commits by the town's laptop, the village's being lost."""
    c, t = world.laptops
    await type_value(world, c, V2, ONE)
    await _sync(world, c, t)
    await _gone(world, c)
    await empty_server(world)


async def grant_forgotten(world: World) -> None:
    """A restored server holds what relies on a grant that another laptop will tell it of."""
    a, b = world.laptops
    await give_grant(world, a)
    await _sync(world, b)
    await restore_server(world, world.backups[0], told=False)
    await type_value(world, a, V1, ONE)
    await _sync(world, a)


async def page_drawn_before_a_sync(world: World) -> None:
    """The sheet shows 5, a sync brings 7, and the officer types 6 on what was seen."""
    a, b = world.laptops
    await type_value(world, a, V1, ONE)
    await _sync(world, a, b)
    await view(world, a, V1, ONE)
    await type_value(world, b, V1, ONE)
    await _sync(world, b, a)
    await type_value(world, a, V1, ONE, stale=True)


async def typed_while_a_reply_was_under_way(world: World) -> None:
    """An edit made while a request was under way has not seen what the reply brings."""
    a, b = world.laptops
    await type_value(world, b, V1, ONE)
    await _sync(world, b)
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


async def accepted_and_the_reply_lost(world: World) -> None:
    """What was accepted stays so, though it comes again after the grant has ended."""
    (a,) = world.laptops
    await type_value(world, a, V1, ONE)
    await lost_reply(world, a)
    await end_grant(world, a)
    if (await lost_reply(world, a)).refusals:
        world.claims.append("what was accepted is refused")


async def accepted_and_built_upon(world: World) -> None:
    """As before, and another laptop has built on it: nothing of the two may be sealed again."""
    a, b = world.laptops
    await type_value(world, a, V1, ONE)
    await lost_reply(world, a)
    await _sync(world, b)
    await type_value(world, b, V1, ONE)
    await end_grant(world, a)
    await _sync(world, b)
    await lost_reply(world, a)
    await give_grant(world, a)
    await type_value(world, a, V1, ONE)


async def refused_and_accepted_after_all(world: World) -> None:
    """What was refused for its parent's sake is accepted when another brings the parent's receipt."""
    a, b = world.laptops
    await type_value(world, a, V1, ONE)
    twin = await clone(world, a)
    await _sync(world, a, b)
    await restore_server(world, world.backups[0], told=False)
    await end_grant(world, a)
    await give_grant(world, a)
    await twin.ledger.seal()
    await type_value(world, twin, V1, TWO)
    await lost_reply(world, twin)
    await _gone(world, a)


async def sealed_again_while_held(world: World) -> None:
    """What a server holds, and its laptop has sealed again, is held no more."""
    (a,) = world.laptops
    await give_grant(world, a)
    await restore_server(world, world.backups[0], told=False)
    await type_value(world, a, V1, ONE)
    await a.ledger.seal()
    forgotten = a.person.grants.pop()
    await type_value(world, a, V1, TWO)
    await _sync(world, a)
    world.oracle.ended.add(forgotten)
    cells = grant_cells(forgotten, a.person)
    await world.file(a.home, *cells, (Cell("grant", forgotten.hex(), "ended"), flag_value(True)))
    await _sync(world, a, a)
    if await world.server.ledger.database.rows(
        "SELECT 1 FROM aside WHERE state = 'held' OR state = 'parked' AND reason = 'parent-refused'"
    ):
        world.claims.append("the server keeps what was sealed again")


async def refused_by_a_server_that_forgot(world: World) -> None:
    """A restored server refuses what it had accepted; the receipt of a clone outweighs that."""
    (a,) = world.laptops
    await type_value(world, a, V1, ONE)
    twin = await clone(world, a)
    await _sync(world, a)
    await restore_server(world, world.backups[0], told=False)
    await end_grant(world, a)
    await lost_reply(world, twin)
    await give_grant(world, a)
    await type_value(world, a, V1, TWO)
    await _gone(world, twin)


async def vouched_by_what_was_built_on_it(world: World) -> None:
    """A refused commit stands on its laptop when something receipted comes that was built on it."""
    a, b = world.laptops
    await type_value(world, a, V1, ONE)
    twin = await clone(world, a)
    await twin.ledger.seal()
    backup = world.server.image()
    await end_grant(world, a)
    await _sync(world, a)
    await restore_server(world, backup, told=False)
    await _sync(world, twin, b)
    await type_value(world, b, V1, ONE)
    await _sync(world, b)
    reply = await lost_reply(world, a)
    database = world.server.ledger.database
    ((last,),) = await database.rows("SELECT max(no) FROM commits")
    feed = tuple(await with_receipts(database, [last]))
    await a.late(msgspec.structs.replace(reply, receipts=(), feed=feed))
    if await a.ledger.database.rows("SELECT 1 FROM aside WHERE state = 'held'"):
        world.claims.append("a waits for what it was vouched for")


async def clock_ahead(world: World) -> None:
    """The clock of a laptop in 2099 doesn't let it win for ever."""
    a, b = world.laptops
    world.offsets[a.name] = 2_320_000_000
    await type_value(world, a, V1, ONE)
    await _sync(world, a)
    world.time += 3_600
    await type_value(world, b, V1, ONE)
    await _sync(world, b)
    rows = await world.server.ledger.database.rows(
        "SELECT number FROM version WHERE shown = 1 AND kind = 'value'"
    )
    if rows != [(2 * UNIT,)]:
        world.claims.append(f"the value from 2099 is shown: {rows}")


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


async def hierarchy_forgotten(world: World) -> None:
    """A server that forgot the town holds what the county's laptop entered for its village."""
    c, k = world.laptops
    await type_value(world, c, V2, ONE)
    await _sync(world, c, k)
    await empty_server(world)
    database = c.ledger.database
    rows = await database.rows(
        "SELECT c.no FROM commits c JOIN place_no p ON p.no = c.place WHERE p.id = ?", (V2,)
    )
    offered = await with_receipts(database, [number for (number,) in rows])
    asking = await request(c.ledger, Asked())
    cut = msgspec.structs.replace(asking, commits=tuple(offered))
    await answered(world.server, c.body(cut))
    await _gone(world, c)
    await type_value(world, k, V2, ONE)


async def clock_in_2099(world: World) -> None:
    """The side of a conflict shown first is the same everywhere, though accepted twice."""
    a, t = world.laptops
    world.offsets[a.name] = 2_320_000_000
    before = a.image()
    await type_value(world, a, V1, ONE)
    sealed = a.image()
    await _sync(world, a, t)
    world.time += 3_600
    await restore_server(world, world.backups[0], told=False)
    await restore(world, a, sealed)
    await _sync(world, a)
    twin = await clone(world, a)
    await restore(world, twin, before)
    world.offsets[twin.name] = -1_800
    await type_value(world, twin, V1, ONE)
    await _sync(world, twin)


async def cursor_wrong(world: World) -> None:
    """A laptop whose cursor says that it has what it has not is given it all the same."""
    a, b = world.laptops
    await type_value(world, b, V1, ONE)
    await _sync(world, b)
    cursor = await b.ledger.database.meta("cursor")
    async with a.ledger.database.writing():
        await a.ledger.database.set_meta("cursor", cursor)
    await type_value(world, b, V1, TWO)
    await _sync(world, b)


async def cursor_absurd(world: World) -> None:
    """A cursor at a number that no database holds harms nobody."""
    a, b = world.laptops
    cursor = msgspec.msgpack.decode(await a.ledger.database.meta("cursor"), type=wire.Cursor)
    beyond = msgspec.structs.replace(cursor, position=2**64 - 1)
    async with a.ledger.database.writing():
        await a.ledger.database.set_meta("cursor", msgspec.msgpack.encode(beyond))
    await type_value(world, b, V1, ONE)
    await _sync(world, b, a)


async def waits_for_ever(world: World) -> None:
    """A commit whose parent is gone for ever keeps nothing else from being made whole."""
    a, b = world.laptops
    await type_value(world, a, V1, ONE)
    await _sync(world, a)
    backup = world.backups[0]
    await restore_server(world, backup, told=False)
    twin = await clone(world, b)
    await type_value(world, a, V1, ONE)
    await lost_reply(world, a)
    await _destroyed(world, a)
    held = world.server.image()
    await type_value(world, twin, V1, TWO)
    await _sync(world, twin)
    await restore_server(world, held, told=False)


async def joins_the_scope(world: World) -> None:
    """A village moves under a town, whose laptop is given all that lies there from before."""
    x, t = world.laptops
    await type_value(world, x, V3, ONE)
    await _sync(world, x, t)
    await type_value(world, t, PLACES["town"], ONE)
    await world.move(V3, "town")
    await _sync(world, t)


async def lost_reply(world: World, laptop: Laptop) -> SyncReply:
    """A conversation is begun, its first request is answered, and the answer is lost: here it is."""
    (answer,) = await answered(world.server, await laptop.begin())
    reply = wire.decode_reply(wire.unpack(answer))
    laptop.flow = None
    assert isinstance(reply, SyncReply), reply
    return reply


async def _sync(world: World, *laptops: Laptop) -> None:
    for laptop in laptops:
        await world.sync(laptop)


async def _gone(world: World, laptop: Laptop) -> None:
    """Nobody sees that laptop again; it counts no more."""
    await laptop.close()
    world.laptops.remove(laptop)


async def _destroyed(world: World, laptop: Laptop) -> None:
    """That laptop's disk is destroyed with all that only it held."""
    await destroying(world, laptop)
    await _gone(world, laptop)


SCENARIOS: Final[dict[Scenario, tuple[str, ...]]] = {
    refused_in_the_middle: ("a", "b"),
    refused_alone: ("a", "b"),
    refused_unseen: ("a", "b"),
    refused_as_one_of_many: ("a",),
    held_and_its_laptop_gone: ("a", "b"),
    cloned_with_pending: ("a",),
    cloned_and_overtyped: ("a",),
    cloned_and_both_accepted: ("a",),
    server_put_back: ("a", "b"),
    server_rolled_back_unnoticed: ("a", "b"),
    server_emptied: ("a", "b"),
    server_emptied_and_a_village_gone: ("c", "t"),
    grant_forgotten: ("a", "b"),
    page_drawn_before_a_sync: ("a", "b"),
    typed_while_a_reply_was_under_way: ("a", "b"),
    typed_thrice: ("a",),
    accepted_and_the_reply_lost: ("a",),
    accepted_and_built_upon: ("a", "b"),
    refused_and_accepted_after_all: ("a", "b"),
    sealed_again_while_held: ("a",),
    refused_by_a_server_that_forgot: ("a",),
    vouched_by_what_was_built_on_it: ("a", "b"),
    clock_ahead: ("a", "b"),
    forged_receipt: ("a", "b"),
    hierarchy_forgotten: ("c", "k"),
    clock_in_2099: ("a", "t"),
    cursor_wrong: ("a", "b"),
    cursor_absurd: ("a", "b"),
    waits_for_ever: ("a", "b"),
    joins_the_scope: ("x", "t"),
}
"""Each scenario with the laptops that it needs."""
