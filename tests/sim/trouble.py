"""Steps on disks that fail in the middle of them, and what must hold right after.

What was acknowledged before is there; what was told not to have been kept isn't; a server has every
commit for which it ever gave a receipt.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sync.ledger.ledger import FILE_NAME
from sync.problems import Problem
from tests.sim.reading import all_edits
from tests.sim.replica import Replica, Server
from tests.sim.traps import DEADLY, KINDS, TRAPS, Crash, Trap
from tests.sim.world import World

COUNT_MAX = 12


async def troubled(world: World, replica: Replica, step: Callable[[], Awaitable[None]]) -> None:
    """One step, with a trap in a replica's disk; whoever died in it is started again."""
    kind = world.random.choices(KINDS, (3, 5, 2, 1))[0]
    count = world.random.randint(1, 4 if kind == "power cut" else COUNT_MAX)
    await trapped(world, replica, Trap(kind, count, world.random), step)


async def trapped(
    world: World, replica: Replica, trap: Trap, step: Callable[[], Awaitable[None]]
) -> None:
    """The same, with this trap."""
    before = await all_edits(replica)
    commits = await _commits(replica)
    path = replica.folder / FILE_NAME
    world.typing = None
    TRAPS[path] = trap
    try:
        await step()
    except Crash:
        pass
    except Problem as problem:
        world.note("in trouble:", problem.code)
    finally:
        TRAPS.pop(path, None)
    if not trap.fired:
        return
    world.faults[trap.kind] += 1
    if trap.kind in DEADLY:
        world.note(trap.kind, getattr(replica, "name", "server"))
        await _start_again(world, replica, trap)
        after = await all_edits(replica)
    else:
        after = await all_edits(replica)
        _unkept(world, after)
    await _judge(world, replica, before, after, commits)


async def _start_again(world: World, replica: Replica, trap: Trap) -> None:
    told = set(replica.told) if isinstance(replica, Server) else set()
    await replica.put_back(*trap.left)
    if isinstance(replica, Server):
        replica.told = told
    after, typing = await all_edits(replica), world.typing
    if typing is None or typing.replica is not replica:
        return
    if typing.number not in after:
        world.oracle.destroyed.add(typing.number)  # nobody was told that it was kept
    elif typing.before is not None and typing.before not in after:
        world.oracle.overtyped.add(typing.before)


def _unkept(world: World, after: set[int]) -> None:
    """Whoever was told that an edit could not be kept must not find it."""
    if world.typing is None:
        return
    number = world.typing.number
    world.oracle.destroyed.add(number)
    if number in after:
        world.claims.append(f"edit {number} was said not to be kept, and is there")


async def _judge(
    world: World, replica: Replica, before: set[int], after: set[int], commits: set[bytes]
) -> None:
    name = getattr(replica, "name", "server")
    lost = before - after - world.oracle.overtyped
    if lost:
        world.claims.append(f"{name} lost {sorted(lost)} in trouble")
    there = await _commits(replica)
    if commits - there:
        world.claims.append(f"{name} lost {len(commits - there)} commits in trouble")
    if isinstance(replica, Server) and replica.told - there:
        world.claims.append(f"{name} lost {len(replica.told - there)} commits with receipts")


async def _commits(replica: Replica) -> set[bytes]:
    rows = await replica.ledger.database.rows("SELECT id FROM commits UNION SELECT id FROM aside")
    return {row[0] for row in rows}
