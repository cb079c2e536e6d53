"""Each rule of the protocol, switched off: `RULES[name](patch)` changes the test build only.

A rule that nothing misses when it is off isn't tested: `test_rules.py` shows that each is missed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from sync import conversation, history
from sync.commit import edit_id
from sync.grants import Register
from sync.history import Version
from sync.ledger import acceptance, edits, feed, ledger, outbox, refuse, settle, take
from sync.ledger.edits import Pending
from sync.ledger.receive import Intake
from sync.value import Value

Patch = Callable[[object, str, Any], None]
"""pytest's `monkeypatch.setattr`."""

Rule = Callable[[Patch], None]


class Distinct(NamedTuple):
    """A key under which no two changes are the same edit."""

    device: bytes
    stamp: int
    value: Value
    number: int


_numbers = itertools.count()


def _distinct(device: bytes, stamp: int, value: Value) -> Distinct:
    return Distinct(device, stamp, value, next(_numbers))


async def _nothing(*_: object, **__: object) -> list[Any]:
    return []


def seal_before_apply(patch: Patch) -> None:
    """Edits made while a request was under way are sealed after what it brings is applied."""
    patch(settle, "edits", type("Edits", (), {"seal": staticmethod(_nothing)}))


def seen_means_shown(patch: Patch) -> None:
    """An edit covers all that the database holds, whatever its page showed."""
    real = edits.record

    async def record(database: Any, sealer: Any, edit: Any, stamp: int, _: object) -> Any:
        return await real(database, sealer, edit, stamp, None)

    patch(edits, "record", record)


def replaced_stamps(patch: Patch) -> None:
    """An edit doesn't list the pending ones that it overtyped."""
    real = edits._keep

    async def keep(database: Any, pending: Pending) -> None:
        await real(database, pending._replace(replaced=()))

    patch(edits, "_keep", keep)


def covered_through_pending(patch: Patch) -> None:
    """An edit over a pending one lists as unseen what that one had seen."""
    real = edits._keep

    async def keep(database: Any, pending: Pending) -> None:
        here = await edits._cell(database, pending.edit.place, pending.edit.cell)
        held = {v.edit(pending.edit.place, pending.edit.cell) for v in here.versions}
        unseen = tuple(sorted(held)) if here.pending else pending.unseen
        await real(database, pending._replace(unseen=unseen))

    patch(edits, "_keep", keep)


def one_grant_a_commit(patch: Patch) -> None:
    """All that is pending at a place is sealed under one grant."""
    real = edits.pendings

    async def pendings(database: Any, places: Any = None) -> list[Pending]:
        found = await real(database, places)
        return [one._replace(edit=one.edit._replace(grant=found[0].edit.grant)) for one in found]

    patch(edits, "pendings", pendings)


def reseal(patch: Patch) -> None:
    """What was built on a refused commit is withdrawn with it and not sealed again."""
    patch(refuse, "_seal_again", _nothing)


def reseal_maps_parents(patch: Patch) -> None:
    """What is sealed again has not the refused commit's own parents in its place."""

    def mapped(commit: Any, renamed: dict[Any, Any]) -> list[Any]:
        left = [parent for parent in commit.parents if parent != next(iter(renamed))]
        return [name for parent in left for name in renamed.get(parent, (parent,))]

    patch(refuse, "mapped_parents", mapped)


def reseal_keeps_unseen(patch: Patch) -> None:
    """What had not seen a refused edit covers what only that one had covered."""

    async def without(database: Any, refused: Any, before: Any, change: Any, number: int) -> Any:
        name = edit_id(refused.device, refused.place, change.cell, before.stamp, before.value)
        return change._replace(replaced=(*change.replaced, name, *before.replaced))

    patch(refuse, "_without", without)


def refold_after_refusal(patch: Patch) -> None:
    """The state keeps what a refused commit did to it."""
    real = acceptance.withdraw

    async def withdraw(*arguments: Any) -> Any:
        module = vars(acceptance)
        write, module["write_versions"] = module["write_versions"], _nothing
        try:
            return await real(*arguments)
        finally:
            module["write_versions"] = write

    patch(refuse, "withdraw", withdraw)


def alias(patch: Patch) -> None:
    """The same edit in two commits is two versions."""
    patch(history, "Key", _distinct)


def hold_unknown_grant(patch: Patch) -> None:
    """A server refuses what relies on a grant that it doesn't know."""
    real = Register.judge

    def judge(register: Register, *arguments: Any) -> str | None:
        reason = real(register, *arguments)
        return "grant-ended" if reason == "unknown-grant" else reason

    patch(Register, "judge", judge)


def held_judged_anew(patch: Patch) -> None:
    """What a server holds is looked at again only when it is sent again."""
    patch(Intake, "_judge_held", _nothing)


def parent_refused_is_not_final(patch: Patch) -> None:
    """What was refused for its parent's sake stays refused when the parent is accepted."""
    real = Intake._again

    async def again(intake: Intake, arrival: Any, reason: str, *others: Any) -> None:
        if reason != "parent-refused":
            await real(intake, arrival, reason, *others)

    patch(Intake, "_again", again)
    patch(Intake, "_stands", lambda _, before: before.refusal is not None)


def known_is_known(patch: Patch) -> None:
    """What is there already is judged again when it comes again."""
    real = Intake._one

    async def one(intake: Intake, arrival: Any, parked: Any, verdicts: Any) -> None:
        reason = intake._judge(arrival, parked)
        if arrival.commit.id in intake._known and reason:
            intake._refuse(arrival.commit.id, reason, verdicts)
        else:
            await real(intake, arrival, parked, verdicts)

    patch(Intake, "_one", one)


def no_forks(patch: Patch) -> None:
    """A device that makes two concurrent commits is taken for a fork, and the second refused."""
    real = Intake._one

    async def one(intake: Intake, arrival: Any, parked: Any, verdicts: Any) -> None:
        commit = arrival.commit
        marks = ",".join("?" * len(commit.parents)) or "NULL"
        ((rivals,),) = await intake._database.rows(
            "SELECT count(*) FROM head h JOIN commits c ON c.no = h.commit_no JOIN place_no p"
            f" ON p.no = h.place WHERE p.id = ? AND c.device = ? AND c.id NOT IN ({marks})",
            (commit.place, commit.device, *commit.parents),
        )
        if rivals and commit.id not in intake._known:
            intake._refuse(commit.id, "device-revoked", verdicts)
        else:
            await real(intake, arrival, parked, verdicts)

    patch(Intake, "_one", one)


def receipt_outweighs_refusal(patch: Patch) -> None:
    """A server's refusal stands though the commit comes with a receipt."""
    real = Intake._one

    async def one(intake: Intake, arrival: Any, parked: Any, verdicts: Any) -> None:
        before = parked.get(arrival.commit.id)
        if before and before.refusal and arrival.commit.id not in intake._known:
            await intake._tell_refused(before, verdicts)
        else:
            await real(intake, arrival, parked, verdicts)

    patch(Intake, "_one", one)


def vouching(patch: Patch) -> None:
    """A receipt is good for its own commit only."""

    async def none(*_: object) -> dict[Any, Any]:
        return {}

    patch(take, "_vouched", none)


def heads_decide(patch: Patch) -> None:
    """Heads are never compared: the cursor is trusted."""
    real = conversation._next

    def following(*arguments: Any) -> Any:
        asked = real(*arguments)
        return None if asked is not None and asked.heads else asked

    patch(conversation, "_next", following)

    async def position(_: object, __: object, ___: object, cursor: Any) -> int | None:
        return None if cursor is None else int(cursor.position)

    patch(feed, "_position", position)


def fingerprints_compared(patch: Patch) -> None:
    """Whether both hold the same is not asked."""

    async def same(*_: object) -> bytes:
        return b""

    patch(ledger.Ledger, "fingerprint", same)


def offered_by_id(patch: Patch) -> None:
    """What a server asks for by id is not offered."""
    patch(outbox, "wanted", _nothing)


def introduction(patch: Patch) -> None:
    """A server that doesn't know a device is not told who it is."""
    patch(outbox, "introduction", _nothing)


def waits_without_end(patch: Patch) -> None:
    """What a server asks for, and nobody has, is asked for before heads are compared."""
    real = conversation._next

    def following(asked: Any, outcome: Any, idle: int) -> Any:
        wants = outcome.asked.wants
        return outcome.asked if wants and idle < 3 else real(asked, outcome, idle)

    patch(conversation, "_next", following)


def times_compared(patch: Patch) -> None:
    """When a commit was accepted is not compared, though it decides what is shown first."""

    async def none(*_: object) -> dict[Any, Any]:
        return {}

    for module in (ledger, settle, feed):
        patch(module, "ahead", none)


def clocks_order_nothing(patch: Patch) -> None:
    """The side of a conflict shown first is the latest by its author's clock."""

    def first(versions: Any, _: object) -> tuple[Version, ...]:
        return tuple(sorted(versions, key=lambda version: version.stamp, reverse=True))

    patch(history, "shown_first", first)


def outside_offered(patch: Patch) -> None:
    """A server isn't told of what lies outside the scope that it knows of."""

    async def none(_: object) -> tuple[()]:
        return ()

    patch(settle, "_outside", none)


def hold_unknown_place(patch: Patch) -> None:
    """A server that doesn't know where a place lies refuses what a town enters there."""
    real = Intake._judge

    def judge(intake: Intake, *arguments: Any) -> str | None:
        reason = real(intake, *arguments)
        return "grant-not-covering" if reason == "unknown-place" else reason

    patch(Intake, "_judge", judge)


def receipts_checked(patch: Patch) -> None:
    """Whoever signed a receipt, it is believed."""
    patch(ledger.Ledger, "is_receipted", lambda *_: True)


def withdrawn_named(patch: Patch) -> None:
    """A server isn't told what a laptop has sealed again."""
    patch(Intake, "drop_withdrawn", _nothing)


RULES: Final = (
    seal_before_apply,
    seen_means_shown,
    replaced_stamps,
    covered_through_pending,
    one_grant_a_commit,
    reseal,
    reseal_maps_parents,
    reseal_keeps_unseen,
    refold_after_refusal,
    alias,
    hold_unknown_grant,
    held_judged_anew,
    parent_refused_is_not_final,
    known_is_known,
    no_forks,
    receipt_outweighs_refusal,
    vouching,
    heads_decide,
    fingerprints_compared,
    offered_by_id,
    introduction,
    waits_without_end,
    times_compared,
    outside_offered,
    hold_unknown_place,
    clocks_order_nothing,
    receipts_checked,
    withdrawn_named,
)
