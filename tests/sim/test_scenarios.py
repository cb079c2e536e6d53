"""What breaks a naive sync doesn't break this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sim.checks import faults_of
from tests.sim.scenarios import SCENARIOS, Scenario, staged


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
async def test_nothing_is_lost_doubled_or_covered_unseen(
    scenario: Scenario, tmp_path: Path
) -> None:
    """After healing, the oracle finds nothing wrong (L2, L3, L5, L6, L7, L9, L10, L11).

    Nor after long backlogs, failing disks and attacks (L15, L16, L17).
    """
    async with staged(scenario, tmp_path) as world:
        await scenario(world)
        await world.heal()

        assert await faults_of(world) == []
