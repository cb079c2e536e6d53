"""`make simulate SEEDS=0-200 STEPS=100`: many worlds, and what is wrong with them."""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from tests.sim.attacks import attack
from tests.sim.checks import faults_of
from tests.sim.faults import befall
from tests.sim.network import paged
from tests.sim.people import live_a_moment
from tests.sim.relays import carry
from tests.sim.replica import Laptop, Server
from tests.sim.traps import TRAPS
from tests.sim.trouble import troubled
from tests.sim.world import World

DEEDS = ("person", "begin", "network", "sync", "fault", "attack", "relay")
TROUBLE = 0.08
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


async def live(world: World, steps: int) -> None:
    """Steps of people, network and faults, as the world's seed says."""
    random = world.random
    for _ in range(steps):
        world.time += random.choice((0, 1, 60, 3_600))
        if world.hard and random.random() < TROUBLE:
            laptop, server = random.choice(world.laptops), random.choice(world.servers)
            step = partial(_step, world, laptop, server)
            await troubled(world, random.choice((laptop, server)), step)
        else:
            await _step(world)


async def _step(
    world: World, chosen: Laptop | None = None, at_server: Server | None = None
) -> None:
    random = world.random
    deed = random.choices(DEEDS, (10, 5, 9, 3, 2, *((0.5, 0.5) if world.hard else (0, 0))))[0]
    laptop = chosen or random.choice(world.laptops)
    server = at_server or (random.choice(world.servers) if world.others else world.server)
    if deed == "person":
        await live_a_moment(world, chosen)
    elif deed == "begin":
        world.note(laptop.name, "begins")
        await world.network.begin(laptop, server)
    elif deed == "network":
        await world.moved()
    elif deed == "sync":
        world.note(laptop.name, "syncs")
        await world.sync(laptop, server)
    elif deed == "attack":
        await attack(world)
    elif deed == "relay":
        await carry(world, random.choice(world.laptops), laptop, server)
    else:
        TRAPS.clear()
        await befall(world)


async def history(
    seed: int, steps: int, page: int = 0, *, hard: bool = True
) -> tuple[list[str], World]:
    """One world's whole life, and what is wrong with it at the end.

    Its messages hold at most `page` commits; 0 is what the software allows. Every fourth of the
    hard worlds has two servers.
    """
    servers = 2 if hard and seed % 4 == 3 else 1
    with paged(page), tempfile.TemporaryDirectory(dir=MEMORY, prefix="tianji-sim-") as folder:
        async with World.made(Path(folder), seed, hard=hard, servers=servers) as world:
            await live(world, steps)
            await world.heal()
            return await faults_of(world), world


def simulate(
    seeds: Iterable[int],
    steps: int,
    *,
    page: int = 0,
    hard: bool = True,
    told: bool = False,
    seconds: float = math.inf,
) -> tuple[int, list[int], Counter[str]]:
    """Runs the seeds that the seconds allow; how many, those that broke, and the faults by kind."""
    broken: list[int] = []
    faults: Counter[str] = Counter()
    start, done = time.monotonic(), 0
    for seed in seeds:
        if time.monotonic() - start > seconds:
            break
        done += 1
        try:
            wrong, world = asyncio.run(history(seed, steps, page, hard=hard))
        except Exception as error:  # noqa: BLE001 - an error is a finding; its seed must be told
            wrong, world = [f"{type(error).__name__}: {error}"], None
        if world is not None:
            faults += world.faults
        if wrong:
            broken.append(seed)
            print(f"seed {seed}:", *wrong[:6], sep="\n    ")  # noqa: T201 - it speaks to who runs it
        if told and world is not None:
            print(*world.log, sep="\n")  # noqa: T201 - as above
    return done, broken, faults


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="0-100", help="a range, or one seed")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=math.inf, help="stop after so long")
    parser.add_argument("--tell", action="store_true", help="print each history")
    parser.add_argument("--page", type=int, default=0, help="commits a message, to try many pages")
    parser.add_argument("--plain", action="store_true", help="sound disks, one server, no attacks")
    chosen = parser.parse_args(arguments)
    first, _, last = chosen.seeds.partition("-")
    seeds = range(int(first), int(last or int(first) + 1))
    start = time.monotonic()
    done, broken, faults = simulate(
        seeds,
        chosen.steps,
        page=chosen.page,
        hard=not chosen.plain,
        told=chosen.tell,
        seconds=chosen.seconds,
    )
    spent = time.monotonic() - start
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(faults.items()))
    print(f"{done} seeds of {chosen.steps} steps in {spent:.0f} s: {len(broken)} broken")  # noqa: T201 - as above
    print(f"faults: {kinds}")  # noqa: T201 - as above
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
