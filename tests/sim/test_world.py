"""Worlds from seeds come to no harm, and a seed is one history."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from pathlib import Path

import pytest

from tests.sim.checks import faults_of
from tests.sim.run import history, live
from tests.sim.world import World

FOUND = [
    (int(seed), int(steps), int(page), kind, what)
    for line in (Path(__file__).parent / "seeds" / "found.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
    for kind, seed, steps, page, what in [line.split(maxsplit=4)]
]


@pytest.mark.parametrize("first", range(0, 16, 8))
def test_worlds_come_to_no_harm(first: int) -> None:
    """After healing, the oracle finds nothing wrong in any of these seeds (L4, L8, L12)."""
    broken = {seed: asyncio.run(history(seed, 100))[0] for seed in range(first, first + 8)}

    assert {seed: faults for seed, faults in broken.items() if faults} == {}


@pytest.mark.parametrize("seed, steps, page, kind, what", FOUND)
def test_a_seed_that_broke_once_is_whole(
    seed: int, steps: int, page: int, kind: str, what: str
) -> None:
    """A world that broke before its cause was mended comes to no harm any more (L10)."""
    assert asyncio.run(history(seed, steps, page, hard=kind == "hard"))[0] == []


def test_one_seed_is_one_history() -> None:
    """The same seed comes to the same databases, to the byte."""
    assert _ending(7) == _ending(7)
    assert _ending(7) != _ending(8)


def _ending(seed: int) -> list[str]:
    async def run(folder: Path) -> list[str]:
        async with World.made(folder, seed, hard=True) as world:
            await live(world, 60)
            await world.heal()
            assert await faults_of(world) == []
            replicas = (world.server, *world.laptops)
            return [
                *world.log,
                *(hashlib.sha256(replica.image()).hexdigest() for replica in replicas),
            ]

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(run(Path(folder)))
