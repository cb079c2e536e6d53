"""Rules of accepting and of healing, switched off."""

from __future__ import annotations

from typing import Any

from sync import conversation
from sync.grants import Register
from sync.ledger import aside, feed, ledger, outbox, settle
from sync.ledger.receive import Intake
from tests.sim.switch import Patch, nothing


def hold_unknown_grant(patch: Patch) -> None:
    """A server refuses what relies on a grant that it doesn't know."""
    real = Register.judge

    def judge(register: Register, *arguments: Any) -> str | None:
        reason = real(register, *arguments)
        return "grant-ended" if reason == "unknown-grant" else reason

    patch(Register, "judge", judge)


def hold_unknown_place(patch: Patch) -> None:
    """A server that doesn't know where a place lies refuses what a town enters there."""
    real = Intake._judge

    def judge(intake: Intake, *arguments: Any) -> str | None:
        reason = real(intake, *arguments)
        return "grant-not-covering" if reason == "unknown-place" else reason

    patch(Intake, "_judge", judge)


def held_judged_anew(patch: Patch) -> None:
    """What a server holds is looked at again only when it is sent again."""
    patch(Intake, "_judge_held", nothing)


def parent_refused_is_not_final(patch: Patch) -> None:
    """What was refused for its parent's sake stays refused when the parent is accepted."""
    real = Intake._again

    async def again(intake: Intake, arrival: Any, reason: str, *others: Any) -> None:
        if reason != "parent-refused":
            await real(intake, arrival, reason, *others)

    patch(Intake, "_again", again)
    patch(Intake, "_stands", lambda _, before, __: before.refusal is not None)


def held_again_is_not_refused(patch: Patch) -> None:
    """What was refused for a parent's sake stays so while that is not accepted, though only held."""

    def stands(intake: Intake, before: Any, _: Any) -> bool:
        lacking = any(parent not in intake._known for parent in before.commit.parents)
        return before.refusal is not None and (before.reason != "parent-refused" or lacking)

    patch(Intake, "_stands", stands)


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
    real = Intake._receipted

    async def receipted(intake: Intake, arrivals: Any, verdicts: Any) -> None:
        there = await aside.by_id(intake._database, [one.commit.id for one in arrivals])
        refused = {name: one for name, one in there.items() if one.refusal}
        for before in refused.values():
            await intake._tell_refused(before, verdicts)
        await real(intake, [one for one in arrivals if one.commit.id not in refused], verdicts)

    patch(Intake, "_receipted", receipted)


def withdrawn_named(patch: Patch) -> None:
    """A server isn't told what a laptop has sealed again."""
    patch(Intake, "drop_withdrawn", nothing)


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
    patch(outbox, "wanted", nothing)


def introduction(patch: Patch) -> None:
    """A server that doesn't know a device is not told who it is."""
    patch(outbox, "introduction", nothing)


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


def outside_offered(patch: Patch) -> None:
    """A server isn't told of what lies outside the scope that it knows of."""

    async def none(*_: object) -> tuple[()]:
        return ()

    patch(settle, "_outside", none)


def receipts_checked(patch: Patch) -> None:
    """Whoever signed a receipt, it is believed."""
    patch(ledger.Ledger, "is_receipted", lambda *_: True)
