"""`make plant`: each rule of the protocol is switched off in turn; is it missed?"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final
from unittest.mock import patch as patched

from sync.problems import Problem
from tests.sim import (
    scenes_disks,
    scenes_long,
    scenes_pages,
    scenes_refused,
    scenes_strange,
    scenes_trouble,
)
from tests.sim.checks import faults_of
from tests.sim.rules import RULES
from tests.sim.scenarios import Scenario, staged
from tests.sim.switch import Patch, Rule

MISSED_BY: Final[dict[str, Scenario]] = {
    "seal_before_apply": scenes_pages.typed_while_a_reply_was_under_way,
    "seen_means_shown": scenes_pages.page_drawn_before_a_sync,
    "replaced_stamps": scenes_disks.cloned_and_overtyped,
    "covered_through_pending": scenes_pages.typed_thrice,
    "one_grant_a_commit": scenes_refused.refused_as_one_of_many,
    "reseal": scenes_refused.refused_in_the_middle,
    "reseal_maps_parents": scenes_refused.refused_in_the_middle,
    "reseal_keeps_unseen": scenes_refused.refused_unseen,
    "reseal_asks_the_page": scenes_refused.refused_beneath_what_was_not_seen,
    "reseal_knows_through_pages": scenes_refused.refused_beneath_what_was_seen,
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
    "sealed_again_is_known": scenes_refused.sealed_again_by_a_clone_first,
    "held_again_is_not_refused": scenes_refused.withdrawn_and_sent_again,
    "acknowledged_is_movement": scenes_long.moved_and_lost_beyond_a_message,
    "introduction_paged": scenes_long.introduced_over_many_messages,
    "held_behind_the_rest": scenes_long.held_keep_nothing_back,
    "asked_who_has_it": scenes_long.asked_for_behind_orphans,
    "all_or_nothing": scenes_trouble.killed_at_every_write,
    "durable_before_told": scenes_trouble.killed_after_it_told,
    "undone_when_it_fails": scenes_trouble.full_at_every_write,
    "memory_read_anew": scenes_trouble.filed_on_a_full_disk,
    "counted_once": scenes_trouble.counted_under_another_clock,
    "commits_signed": scenes_strange.forged,
    "bad_signature_is_not_final": scenes_strange.signed_badly_by_a_carrier,
    "aside_is_bounded": scenes_strange.flooded,
    "scope_only": scenes_strange.outside_the_scope,
    "unknown_kinds_kept": scenes_strange.newer_software,
    "later_fields_passed_over": scenes_strange.newer_software,
    "revoked_refused": scenes_strange.revoked_in_mid_sync,
}
"""By which scenario each rule is missed."""


async def missed(rule: Rule, folder: Path, patch: Patch) -> list[str]:
    """What the judge says of the rule's scenario without it; `patch` is undone by the caller."""
    scenario = MISSED_BY[rule.__name__]
    async with staged(scenario, folder) as world:
        rule(patch)
        try:
            await scenario(world)
            await world.heal()
        except (sqlite3.Error, Problem) as error:
            return [repr(error)]
        return await faults_of(world)


def main() -> int:
    """The command."""
    unmissed = 0
    for rule in RULES:
        undo: list[Callable[[], object]] = []
        with tempfile.TemporaryDirectory() as folder:
            said = asyncio.run(missed(rule, Path(folder), _patching(undo)))
        for one in reversed(undo):
            one()
        unmissed += not said
        verdict = "caught" if said else "MISSED"
        print(f"{verdict}  {rule.__name__}: {said[0] if said else rule.__doc__}")  # noqa: T201 - it speaks to who runs it
    print(f"{len(RULES) - unmissed} of {len(RULES)} planted faults are caught")  # noqa: T201 - as above
    return 1 if unmissed else 0


def _patching(undo: list[Callable[[], object]]) -> Patch:
    def patch(target: object, name: str, value: object) -> None:
        one = patched.object(target, name, value)
        one.start()
        undo.append(one.stop)

    return patch


if __name__ == "__main__":
    sys.exit(main())
