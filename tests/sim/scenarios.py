"""Scenarios that break a naive sync, each told as it happens; the seeds find their kin.

A scenario leaves the world in trouble; it is healed and judged afterwards.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.sim import (
    scenes_disks,
    scenes_long,
    scenes_pages,
    scenes_refused,
    scenes_strange,
    scenes_trouble,
)
from tests.sim.network import paged
from tests.sim.world import World

Scenario = Callable[[World], Awaitable[None]]

SCENARIOS: Final[dict[Scenario, tuple[str, ...]]] = {
    scenes_refused.refused_in_the_middle: ("a", "b"),
    scenes_refused.refused_alone: ("a", "b"),
    scenes_refused.refused_unseen: ("a", "b"),
    scenes_refused.refused_beneath_what_was_not_seen: ("a",),
    scenes_refused.refused_beneath_what_was_seen: ("a",),
    scenes_refused.refused_as_one_of_many: ("a",),
    scenes_disks.held_and_its_laptop_gone: ("a", "b"),
    scenes_disks.cloned_with_pending: ("a",),
    scenes_disks.cloned_and_overtyped: ("a",),
    scenes_disks.cloned_and_both_accepted: ("a",),
    scenes_disks.server_put_back: ("a", "b"),
    scenes_disks.server_rolled_back_unnoticed: ("a", "b"),
    scenes_disks.server_emptied: ("a", "b"),
    scenes_disks.server_emptied_and_a_village_gone: ("c", "t"),
    scenes_disks.grant_forgotten: ("a", "b"),
    scenes_pages.page_drawn_before_a_sync: ("a", "b"),
    scenes_pages.typed_while_a_reply_was_under_way: ("a", "b"),
    scenes_pages.typed_thrice: ("a",),
    scenes_refused.accepted_and_the_reply_lost: ("a",),
    scenes_refused.accepted_and_built_upon: ("a", "b"),
    scenes_refused.refused_and_accepted_after_all: ("a", "b"),
    scenes_refused.sealed_again_while_held: ("a",),
    scenes_refused.refused_by_a_server_that_forgot: ("a",),
    scenes_refused.sealed_again_by_a_clone_first: ("a",),
    scenes_refused.withdrawn_and_sent_again: ("a",),
    scenes_refused.vouched_by_what_was_built_on_it: ("a", "b"),
    scenes_pages.clock_ahead: ("a", "b"),
    scenes_pages.forged_receipt: ("a", "b"),
    scenes_disks.hierarchy_forgotten: ("c", "k"),
    scenes_pages.clock_in_2099: ("a", "t"),
    scenes_pages.cursor_wrong: ("a", "b"),
    scenes_pages.cursor_absurd: ("a", "b"),
    scenes_disks.waits_for_ever: ("a", "b"),
    scenes_pages.joins_the_scope: ("x", "t"),
    scenes_long.moved_and_lost_beyond_a_message: ("x", "t"),
    scenes_long.introduced_over_many_messages: ("a",),
    scenes_long.held_keep_nothing_back: ("t",),
    scenes_long.asked_for_behind_orphans: ("a", "b"),
    scenes_trouble.power_fails_at_every_commit: ("a", "b"),
    scenes_trouble.killed_at_every_write: ("a", "b"),
    scenes_trouble.full_at_every_write: ("a", "b"),
    scenes_trouble.killed_after_it_told: ("a", "b"),
    scenes_trouble.filed_on_a_full_disk: ("a", "b"),
    scenes_trouble.counted_under_another_clock: ("a", "b"),
    scenes_strange.forged: ("a", "b"),
    scenes_strange.signed_badly_by_a_carrier: ("a", "b"),
    scenes_strange.flooded: ("a", "b"),
    scenes_strange.carried_by_another: ("a", "b"),
    scenes_strange.outside_the_scope: ("a", "x"),
    scenes_strange.newer_software: ("a", "b"),
    scenes_strange.revoked_in_mid_sync: ("a", "b"),
    scenes_strange.judged_by_two_servers: ("a", "b"),
}
"""Each scenario with the laptops that it needs."""


@asynccontextmanager
async def staged(scenario: Scenario, folder: Path) -> AsyncIterator[World]:
    """A world as the scenario needs it: with few commits a message, a catalogue, a second server."""
    hard = scenario.__module__ in (scenes_strange.__name__, scenes_trouble.__name__)
    servers = 2 if scenario is scenes_strange.judged_by_two_servers else 1
    page = 3 if scenario.__module__ == scenes_long.__name__ else 0
    with paged(page):
        async with World.made(folder, 1, SCENARIOS[scenario], hard=hard, servers=servers) as world:
            yield world
