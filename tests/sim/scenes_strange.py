"""Scenarios of strangers: attackers, other versions of the software, another server."""

from __future__ import annotations

from unittest.mock import patch

from sync.commit import Sealed
from sync.ledger import aside, outbox
from sync.wire import Offered
from tests.sim.acting import ONE, V1, V3, lost_reply, sync
from tests.sim.attacks import FLOOD_COMMITS, asking, attack_with
from tests.sim.network import answered
from tests.sim.people import end_grant, revoke, type_value
from tests.sim.relays import carry
from tests.sim.world import UNKNOWN, World

ROOM = FLOOD_COMMITS // 2


async def forged(world: World) -> None:
    """Commits in the name of other devices, which those did not sign, are accepted by nobody."""
    a, b = world.laptops
    await type_value(world, a, V1, ONE)
    await sync(world, a)
    for _ in range(8):
        for kind in ("forged", "foreign", "stranger", "resigned"):
            await attack_with(world, kind, world.server, b)


async def signed_badly_by_a_carrier(world: World) -> None:
    """Whoever carries a commit and spoils its signature doesn't keep the good one from being taken."""
    a, b = world.laptops
    await type_value(world, a, V1, ONE)
    await a.ledger.seal()
    (own,) = await outbox.unreceipted(a.ledger.database)
    spoilt = Offered(Sealed(own.sealed.body, world.random.randbytes(64)))
    await answered(world.server, asking(b, [spoilt]))


async def flooded(world: World) -> None:
    """Whoever floods a server with what must wait fills no more than their own account."""
    a, b = world.laptops
    with patch.object(aside, "ASIDE_COMMITS_PER_DEVICE_MAX", ROOM):
        for _ in range(3):
            await attack_with(world, "flooded", world.server, b)
    ((held,),) = await world.server.ledger.database.rows("SELECT count(*) FROM aside")
    if held > ROOM:
        world.claims.append(f"{held} commits of a flood are kept")
    await type_value(world, a, V1, ONE)


async def carried_by_another(world: World) -> None:
    """What another laptop carries is accepted as its author's, who is told so later."""
    a, b = world.laptops
    await type_value(world, a, V1, ONE)
    await carry(world, a, b, world.server)


async def outside_the_scope(world: World) -> None:
    """A village's laptop is sent nothing of another village."""
    a, x = world.laptops
    await type_value(world, x, V3, ONE)
    await sync(world, x, a)


async def newer_software(world: World) -> None:
    """Fields that older software doesn't know are passed over, kinds of cells kept and counted."""
    a, _ = world.laptops
    a.is_newer = world.server.is_newer = True
    await type_value(world, a, V1, UNKNOWN)
    await type_value(world, a, V1, ONE)


async def revoked_in_mid_sync(world: World) -> None:
    """A device is revoked while its request is under way: the value isn't taken, nothing is sent."""
    a, b = world.laptops
    number = await type_value(world, a, V1, ONE)
    body = await a.begin()
    await type_value(world, b, V1, ONE)
    await sync(world, b)
    await revoke(world, a)
    await answered(world.server, body)
    a.flow = None
    if (await lost_reply(world, a)).feed:
        world.claims.append("a revoked device was sent something")
    rows = await world.server.ledger.database.rows(
        "SELECT 1 FROM version WHERE kind = 'value' AND number = ?", (number * 10_000,)
    )
    if rows:
        world.claims.append("a revoked device's value was taken")


async def judged_by_two_servers(world: World) -> None:
    """One server refuses what the other, which heard of nothing, accepts: it stands everywhere."""
    a, b = world.laptops
    (other,) = world.others
    await world.sync(a, other)
    await type_value(world, a, V1, ONE)
    await end_grant(world, a)
    await carry(world, a, b, world.server)
    await world.sync(a, other)
    if not await other.ledger.database.rows("SELECT 1 FROM version WHERE kind = 'value'"):
        world.claims.append("the second server refused what it should know nothing against")
