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
from pathlib import Path

from tests.sim.checks import faults_of
from tests.sim.faults import befall
from tests.sim.network import paged
from tests.sim.people import live_a_moment
from tests.sim.world import World

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


async def live(world: World, steps: int) -> None:
    """Steps of people, network and faults, as the world's seed says."""
    random = world.random
    for _ in range(steps):
        world.time += random.choice((0, 1, 60, 3_600))
        deed = random.choices(("person", "begin", "network", "sync", "fault"), (10, 5, 9, 3, 2))[0]
        laptop = random.choice(world.laptops)
        if deed == "person":
            await live_a_moment(world)
        elif deed == "begin":
            world.note(laptop.name, "begins")
            await world.network.begin(laptop)
        elif deed == "network":
            await world.moved()
        elif deed == "sync":
            world.note(laptop.name, "syncs")
            await world.sync(laptop)
        else:
            await befall(world)


async def history(seed: int, steps: int, page: int = 0) -> tuple[list[str], World]:
    """One world's whole life, and what is wrong with it at the end.

    Its messages hold at most `page` commits; 0 is what the software allows.
    """
    with paged(page), tempfile.TemporaryDirectory(dir=MEMORY, prefix="tianji-sim-") as folder:
        async with World.made(Path(folder), seed) as world:
            await live(world, steps)
            await world.heal()
            return await faults_of(world), world


def simulate(
    seeds: Iterable[int],
    steps: int,
    *,
    page: int = 0,
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
            wrong, world = asyncio.run(history(seed, steps, page))
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
    chosen = parser.parse_args(arguments)
    first, _, last = chosen.seeds.partition("-")
    seeds = range(int(first), int(last or int(first) + 1))
    start = time.monotonic()
    done, broken, faults = simulate(
        seeds, chosen.steps, page=chosen.page, told=chosen.tell, seconds=chosen.seconds
    )
    spent = time.monotonic() - start
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(faults.items()))
    print(f"{done} seeds of {chosen.steps} steps in {spent:.0f} s: {len(broken)} broken")  # noqa: T201 - as above
    print(f"faults: {kinds}")  # noqa: T201 - as above
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
