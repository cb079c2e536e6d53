"""Scenarios of refusals: one commit is refused, and nothing else may suffer by it."""

from __future__ import annotations

import msgspec

from sync.commit import commit_id
from sync.conversation import Asked
from sync.ledger.outbox import with_receipts
from sync.ledger.settle import request
from sync.value import Cell, flag_value
from tests.sim.acting import ONE, TWO, V1, gone, lost_reply, sync
from tests.sim.faults import clone, restore_server
from tests.sim.network import answered
from tests.sim.people import end_grant, give_grant, grant_cells, type_value, view
from tests.sim.replica import Laptop
from tests.sim.world import World


async def refused_in_the_middle(world: World) -> None:
    """A commit is refused; what was built on it is sealed again, and covers what it had seen."""
    a, b = world.laptops
    await type_value(world, b, V1, ONE)
    await sync(world, b, a)
    await type_value(world, a, V1, ONE)
    await end_grant(world, a)
    await give_grant(world, a)
    await type_value(world, a, V1, ONE)
    await type_value(world, a, V1, TWO)


async def refused_alone(world: World) -> None:
    """A refused value is shown no more, and what it covered stands again."""
    a, b = world.laptops
    await type_value(world, b, V1, ONE)
    await sync(world, b, a)
    await type_value(world, a, V1, ONE)
    await end_grant(world, a)


async def refused_unseen(world: World) -> None:
    """An edit whose page showed neither a refused one nor what that covered leaves the latter be."""
    a, b = world.laptops
    await view(world, a, V1, ONE)
    await type_value(world, b, V1, ONE)
    await sync(world, b, a)
    await type_value(world, a, V1, ONE)
    await a.ledger.seal()
    await end_grant(world, a)
    await give_grant(world, a)
    await type_value(world, a, V1, ONE, stale=True)


async def refused_beneath_what_was_not_seen(world: World) -> None:
    """A page showed neither of two edits, the one made over the other, when both are refused.

    The lower one is accepted after all: it stands beside what was typed on that page.
    """
    (a,) = world.laptops
    await view(world, a, V1, ONE)
    twin = await _typed_and_cloned(world, a)
    await _typed_and_sealed(world, a)
    await _refused_and_accepted_from(world, a, twin)


async def refused_beneath_what_was_seen(world: World) -> None:
    """As before, from a page that showed the upper one: whose author has seen the lower one, too."""
    (a,) = world.laptops
    twin = await _typed_and_cloned(world, a)
    await _typed_and_sealed(world, a)
    await view(world, a, V1, ONE)
    await _typed_and_sealed(world, a)
    await _refused_and_accepted_from(world, a, twin)


async def refused_as_one_of_many(world: World) -> None:
    """Values under a grant that has ended are refused, those beside them under another are not."""
    (a,) = world.laptops
    await end_grant(world, a)
    await type_value(world, a, V1, ONE)
    await give_grant(world, a)
    await type_value(world, a, V1, TWO)


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
    await sync(world, b)
    await type_value(world, b, V1, ONE)
    await end_grant(world, a)
    await sync(world, b)
    await lost_reply(world, a)
    await give_grant(world, a)
    await type_value(world, a, V1, ONE)


async def refused_and_accepted_after_all(world: World) -> None:
    """What was refused for its parent's sake is accepted when another brings the parent's receipt."""
    a, b = world.laptops
    await type_value(world, a, V1, ONE)
    twin = await clone(world, a)
    await sync(world, a, b)
    await restore_server(world, world.backups[0], told=False)
    await end_grant(world, a)
    await give_grant(world, a)
    await twin.ledger.seal()
    await type_value(world, twin, V1, TWO)
    await lost_reply(world, twin)
    await gone(world, a)


async def sealed_again_while_held(world: World) -> None:
    """What a server holds, and its laptop has sealed again, is held no more."""
    (a,) = world.laptops
    await give_grant(world, a)
    await restore_server(world, world.backups[0], told=False)
    await type_value(world, a, V1, ONE)
    await a.ledger.seal()
    forgotten = a.person.grants.pop()
    await type_value(world, a, V1, TWO)
    await sync(world, a)
    world.oracle.ended.add(forgotten)
    cells = grant_cells(forgotten, a.person)
    await world.file(a.home, *cells, (Cell("grant", forgotten.hex(), "ended"), flag_value(True)))
    await sync(world, a, a)
    if await world.server.ledger.database.rows(
        "SELECT 1 FROM aside WHERE state = 'held' OR state = 'parked' AND reason = 'parent-refused'"
    ):
        world.claims.append("the server keeps what was sealed again")


async def withdrawn_and_sent_again(world: World) -> None:
    """A clone withdrew what a server held, and the original sends it again with what is built on it."""
    (a,) = world.laptops
    await give_grant(world, a)
    await restore_server(world, world.backups[0], told=False)
    for cell in (ONE, TWO, ONE):
        await type_value(world, a, V1, cell)
        await a.ledger.seal()
    await lost_reply(world, a)
    asking = await request(a.ledger, Asked())
    first = commit_id(asking.commits[0].sealed.body)
    rest = asking.commits[1:]
    without = msgspec.structs.replace(asking, withdrawn=(first,), commits=rest)
    await answered(world.server, a.body(without))


async def sealed_again_by_a_clone_first(world: World) -> None:
    """What a clone sealed again comes before the refusal for whose sake the original must do it."""
    (a,) = world.laptops
    await type_value(world, a, V1, ONE)
    await a.ledger.seal()
    await end_grant(world, a)
    await give_grant(world, a)
    await type_value(world, a, V1, TWO)
    await a.ledger.seal()
    twin = await clone(world, a)
    await sync(world, twin)
    reply = await lost_reply(world, a)
    await a.late(msgspec.structs.replace(reply, refusals=()))


async def refused_by_a_server_that_forgot(world: World) -> None:
    """A restored server refuses what it had accepted; the receipt of a clone outweighs that."""
    (a,) = world.laptops
    await type_value(world, a, V1, ONE)
    twin = await clone(world, a)
    await sync(world, a)
    await restore_server(world, world.backups[0], told=False)
    await end_grant(world, a)
    await lost_reply(world, twin)
    await give_grant(world, a)
    await type_value(world, a, V1, TWO)
    await gone(world, twin)


async def vouched_by_what_was_built_on_it(world: World) -> None:
    """A refused commit stands on its laptop when something receipted comes that was built on it."""
    a, b = world.laptops
    await type_value(world, a, V1, ONE)
    twin = await clone(world, a)
    await twin.ledger.seal()
    backup = world.server.image()
    await end_grant(world, a)
    await sync(world, a)
    await restore_server(world, backup, told=False)
    await sync(world, twin, b)
    await type_value(world, b, V1, ONE)
    await sync(world, b)
    reply = await lost_reply(world, a)
    database = world.server.ledger.database
    ((last,),) = await database.rows("SELECT max(no) FROM commits")
    feed = tuple(await with_receipts(database, [last]))
    await a.late(msgspec.structs.replace(reply, receipts=(), feed=feed))
    if await a.ledger.database.rows("SELECT 1 FROM aside WHERE state = 'held'"):
        world.claims.append("a waits for what it was vouched for")


async def _typed_and_sealed(world: World, laptop: Laptop) -> None:
    await type_value(world, laptop, V1, ONE)
    await laptop.ledger.seal()


async def _typed_and_cloned(world: World, laptop: Laptop) -> Laptop:
    await _typed_and_sealed(world, laptop)
    return await clone(world, laptop)


async def _refused_and_accepted_from(world: World, laptop: Laptop, twin: Laptop) -> None:
    """All is refused but what is typed now, on the page left open; then a server that forgot so
    takes what the twin has.
    """
    backup = world.server.image()
    await end_grant(world, laptop)
    await give_grant(world, laptop)
    await type_value(world, laptop, V1, ONE, stale=True)
    await sync(world, laptop)
    await restore_server(world, backup, told=False)
    await sync(world, twin)
