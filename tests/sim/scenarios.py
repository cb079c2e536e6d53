"""Scenarios that break a naive sync, each told as it happens; the seeds find their kin.

A scenario leaves the world in trouble; it is healed and judged afterwards.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from tests.sim import scenes_disks, scenes_long, scenes_pages, scenes_refused
from tests.sim.world import World

Scenario = Callable[[World], Awaitable[None]]

SCENARIOS: Final[dict[Scenario, tuple[str, ...]]] = {
    scenes_refused.refused_in_the_middle: ("a", "b"),
    scenes_refused.refused_alone: ("a", "b"),
    scenes_refused.refused_unseen: ("a", "b"),
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
}
"""Each scenario with the laptops that it needs."""


def page_of(scenario: Scenario) -> int:
    """How many commits a message holds in it; 0 for as many as the software allows."""
    return 3 if scenario.__module__ == scenes_long.__name__ else 0
