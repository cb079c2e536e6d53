"""Each rule of the protocol, switched off: `rule(patch)` changes the test build only.

A rule that nothing misses when it is off isn't tested: `test_rules.py` shows that each is missed.
"""

from __future__ import annotations

from typing import Final

from tests.sim import rules_edits, rules_long, rules_strange, rules_sync
from tests.sim.switch import Rule

RULES: Final[tuple[Rule, ...]] = (
    rules_edits.seal_before_apply,
    rules_edits.seen_means_shown,
    rules_edits.replaced_stamps,
    rules_edits.covered_through_pending,
    rules_edits.one_grant_a_commit,
    rules_edits.reseal,
    rules_edits.reseal_maps_parents,
    rules_edits.reseal_keeps_unseen,
    rules_edits.reseal_asks_the_page,
    rules_edits.reseal_knows_through_pages,
    rules_edits.refold_after_refusal,
    rules_edits.alias,
    rules_sync.hold_unknown_grant,
    rules_sync.held_judged_anew,
    rules_sync.parent_refused_is_not_final,
    rules_sync.known_is_known,
    rules_sync.no_forks,
    rules_sync.receipt_outweighs_refusal,
    rules_edits.vouching,
    rules_sync.heads_decide,
    rules_sync.fingerprints_compared,
    rules_sync.offered_by_id,
    rules_sync.introduction,
    rules_sync.waits_without_end,
    rules_sync.times_compared,
    rules_sync.outside_offered,
    rules_sync.hold_unknown_place,
    rules_edits.clocks_order_nothing,
    rules_sync.receipts_checked,
    rules_sync.withdrawn_named,
    rules_edits.sealed_again_is_known,
    rules_sync.held_again_is_not_refused,
    rules_long.acknowledged_is_movement,
    rules_long.introduction_paged,
    rules_long.held_behind_the_rest,
    rules_long.asked_who_has_it,
    rules_strange.all_or_nothing,
    rules_strange.durable_before_told,
    rules_strange.undone_when_it_fails,
    rules_strange.memory_read_anew,
    rules_strange.counted_once,
    rules_strange.commits_signed,
    rules_strange.bad_signature_is_not_final,
    rules_strange.aside_is_bounded,
    rules_strange.scope_only,
    rules_strange.unknown_kinds_kept,
    rules_strange.later_fields_passed_over,
    rules_strange.revoked_refused,
)
