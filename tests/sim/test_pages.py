"""Histories that fill many messages, tried with messages of three commits."""

from __future__ import annotations

import pytest

from tests.sim.run import history


@pytest.mark.parametrize("seed", [23, 1, 2, 3])
async def test_neither_side_begins_with_the_first_page_for_ever(seed: int) -> None:
    """Where neither knows the other's heads, landmarks in a long history tell what both have (L9)."""
    wrong, _ = await history(seed, 100, page=3)

    assert wrong == []
