"""Each rule of the protocol is missed when it is off: a scenario then ends in what the oracle forbids."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sim import scenes_disks, scenes_long, scenes_pages, scenes_refused
from tests.sim.checks import faults_of
from tests.sim.network import paged
from tests.sim.rules import RULES
from tests.sim.scenarios import SCENARIOS, Scenario, page_of
from tests.sim.switch import Rule
from tests.sim.world import World

MISSED_BY: dict[str, Scenario] = {
    "seal_before_apply": scenes_pages.typed_while_a_reply_was_under_way,
    "seen_means_shown": scenes_pages.page_drawn_before_a_sync,
    "replaced_stamps": scenes_disks.cloned_and_overtyped,
    "covered_through_pending": scenes_pages.typed_thrice,
    "one_grant_a_commit": scenes_refused.refused_as_one_of_many,
    "reseal": scenes_refused.refused_in_the_middle,
    "reseal_maps_parents": scenes_refused.refused_in_the_middle,
    "reseal_keeps_unseen": scenes_refused.refused_unseen,
    "refold_after_refusal": scenes_refused.refused_alone,
    "alias": scenes_disks.cloned_with_pending,
    "hold_unknown_grant": scenes_disks.grant_forgotten,
    "hold_unknown_place": scenes_disks.hierarchy_forgotten,
    "held_judged_anew": scenes_disks.held_and_its_laptop_gone,
    "parent_refused_is_not_final": scenes_refused.refused_and_accepted_after_all,
    "known_is_known": scenes_refused.accepted_and_the_reply_lost,
    "no_forks": scenes_disks.cloned_and_both_accepted,
    "receipt_outweighs_refusal": scenes_refused.refused_by_a_server_that_forgot,
    "vouching": scenes_refused.vouched_by_what_was_built_on_it,
    "heads_decide": scenes_disks.server_rolled_back_unnoticed,
    "fingerprints_compared": scenes_disks.server_put_back,
    "offered_by_id": scenes_disks.server_put_back,
    "introduction": scenes_disks.server_emptied,
    "waits_without_end": scenes_disks.waits_for_ever,
    "times_compared": scenes_pages.clock_in_2099,
    "clocks_order_nothing": scenes_pages.clock_ahead,
    "outside_offered": scenes_disks.server_emptied_and_a_village_gone,
    "receipts_checked": scenes_pages.forged_receipt,
    "withdrawn_named": scenes_refused.sealed_again_while_held,
    "acknowledged_is_movement": scenes_long.moved_and_lost_beyond_a_message,
    "introduction_paged": scenes_long.introduced_over_many_messages,
    "held_behind_the_rest": scenes_long.held_keep_nothing_back,
    "asked_who_has_it": scenes_long.asked_for_behind_orphans,
}


def test_every_rule_has_a_scenario_that_misses_it() -> None:
    """No rule can be added without saying what breaks when it is off."""
    assert {rule.__name__ for rule in RULES} == MISSED_BY.keys()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
async def test_the_oracle_misses_a_rule_that_is_off(
    rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scenario that passes with all rules on is broken without this one."""
    scenario = MISSED_BY[rule.__name__]
    with paged(page_of(scenario)):
        async with World.made(tmp_path, 1, SCENARIOS[scenario]) as world:
            rule(monkeypatch.setattr)
            await scenario(world)
            await world.heal()

            assert await faults_of(world) != []
