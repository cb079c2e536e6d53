"""Scenarios of histories and backlogs that fill many messages; they run with messages of three."""

from __future__ import annotations

import msgspec

from sync.commit import Change, Sealed, commit_of
from sync.conversation import Asked
from sync.ids import CommitId
from sync.ledger.edits import sign
from sync.ledger.settle import request
from sync.value import Cell, text_value
from sync.wire import Offered
from tests.sim.acting import ONE, TWO, V1, V2, V3, gone, sync
from tests.sim.faults import empty_server, restore_server
from tests.sim.network import answered
from tests.sim.people import give_grant, type_value
from tests.sim.replica import Laptop
from tests.sim.world import World

ORPHANS = 12


async def moved_and_lost_beyond_a_message(world: World) -> None:
    """A village's commits lie at its former town's laptop only, behind a message of known ones."""
    x, t = world.laptops
    for _ in range(6):
        await type_value(world, x, V3, ONE)
        await sync(world, x)
    backup = world.server.image()
    for _ in range(4):
        await type_value(world, x, V3, ONE)
        await sync(world, x)
    await world.move(V3, "town")
    await sync(world, t)
    await world.move(V3, "other town")
    await sync(world, t)
    await gone(world, x)
    await restore_server(world, backup, told=False)


async def introduced_over_many_messages(world: World) -> None:
    """An empty server learns who a laptop is from the second page of registrations, or the third."""
    (a,) = world.laptops
    for _ in range(6):
        await type_value(world, a, V1, ONE)
        await sync(world, a)
    late = await world.enrol("late", V1)
    await sync(world, late)
    await gone(world, a)
    await empty_server(world)


async def held_keep_nothing_back(world: World) -> None:
    """Commits under a grant that nobody knows any more fill a message; what comes after is sent."""
    (t,) = world.laptops
    await give_grant(world, t)
    await restore_server(world, world.backups[0], told=False)
    for _ in range(4):
        await type_value(world, t, V1, ONE)
        await t.ledger.seal()
    t.person.grants.pop()
    await type_value(world, t, V2, TWO)


async def asked_for_behind_orphans(world: World) -> None:
    """A server that waits for more than a message's worth of parents that nobody has, and lost what
    a laptop holds, asks the laptop for that.
    """
    a, b = world.laptops
    await _send_orphans(world, b)
    backup = world.server.image()
    await type_value(world, a, V1, ONE)
    await type_value(world, a, V1, TWO)
    await sync(world, a)
    await restore_server(world, backup, told=False)


async def _send_orphans(world: World, laptop: Laptop) -> None:
    ledger = laptop.ledger
    asking = await request(ledger, Asked())
    for number in range(ORPHANS):
        commit = commit_of(
            realm=ledger.realm,
            place=laptop.home,
            parents=[CommitId(world.random.randbytes(32))],
            device=ledger.device,
            author=laptop.person.name,
            grant=laptop.person.grants[0],
            changes=[Change(Cell("note", "2024", "A1"), text_value("x"), number + 1)],
        )
        orphan = Offered(Sealed(commit.body, sign(ledger.sealer, commit)))
        await answered(
            world.server, laptop.body(msgspec.structs.replace(asking, commits=(orphan,)))
        )
