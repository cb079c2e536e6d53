"""What reviewers do with forms: who may do what now, and filing it as commits of theirs.

Nobody overwrites a figure here: a value comes back with words, or stays as its officer filed it.
Every act names what its page showed; if anything became another meanwhile, nothing is filed.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

import msgspec

from server.desk.acting import Act, Write, act_within
from server.desk.viewer import Need, Viewer
from server.review import undoing
from server.review.formstate import At, FormState, form_states, is_direct, seen_differences
from sync import review
from sync.ledger.ledger import Ledger
from sync.problems import Problem
from sync.review import SUBMITTED, Decided, Decision, Return, Stage

__all__ = ["WORDS_CHARS_MAX", "Action", "Order", "allowed", "decide", "need_for"]

WORDS_CHARS_MAX = 500

_AT_FIRST = {Stage.SUBMITTED, Stage.RESUBMITTED, Stage.BEGUN}
_HELD = {Stage.BEGUN, Stage.APPROVED_TOWN, Stage.APPROVED, Stage.LOCKED}


class Action(StrEnum):
    """What a reviewer can do with a form."""

    BEGIN = "begin"
    APPROVE = "approve"
    RETURN = "return"
    KEEP = "keep"
    LOCK = "lock"
    REOPEN = "reopen"
    FILE_LATE = "file_late"
    UNDO = "undo"


class Order(NamedTuple):
    """What is asked for. `returns` are words by indicator of what comes back: with an approval, what
    it leaves out. `seen` is what the page showed (`FormState.seen`).
    """

    action: Action
    seen: str
    words: str = ""
    returns: Mapping[str, str] = {}


def need_for(viewer: Viewer, at: At, *, direct: bool) -> Need | None:
    """As what the viewer reviews this form: the county's word counts for more than the town's."""
    if viewer.may(Need.REVIEW_COUNTY, at.place):
        return Need.REVIEW_COUNTY
    return Need.REVIEW_TOWN if not direct and viewer.may(Need.REVIEW_TOWN, at.place) else None


def allowed(state: FormState, need: Need | None, *, undo: bool = False) -> frozenset[Action]:
    """What somebody may do who reviews as that; `undo`: whether the last word is theirs to take back."""
    if need is None:
        return frozenset()
    stage, is_county = state.stage, need is Need.REVIEW_COUNTY
    found = {Action.UNDO} if undo else set()
    if stage in {Stage.SUBMITTED, Stage.RESUBMITTED}:
        found.add(Action.BEGIN)
    if stage in _AT_FIRST or (is_county and stage is Stage.APPROVED_TOWN):
        found |= {Action.APPROVE, Action.RETURN}
    if stage is Stage.APPROVED_TOWN or (is_county and stage is Stage.APPROVED):
        found.add(Action.RETURN)
        if state.changed:
            found.add(Action.APPROVE)
    if state.asked and (is_county or stage in {Stage.BEGUN, Stage.APPROVED_TOWN}):
        found.add(Action.KEEP)
    if is_county and stage in {Stage.APPROVED, Stage.DRAFT}:
        found.add(Action.LOCK)
    if is_county and stage is Stage.LOCKED:
        found |= {Action.REOPEN, Action.RETURN}
        if state.after_lock:
            found.add(Action.FILE_LATE)
    return frozenset(found)


async def decide(ledger: Ledger, viewer: Viewer, at: At, order: Order) -> FormState:
    """Files it, in one transaction with the look whether the page is still right; the state before.

    Raises `review-changed`, `review-not-now`, `review-words-missing`, `review-words-long`,
    `not-allowed`, `place-unknown`.
    """
    async with ledger.transaction() as database:
        state = (await form_states(ledger, [at]))[at]
        different = seen_differences(order.seen, state)
        if different:
            raise Problem("review-changed", count=len(different), names=" ".join(different))
        need = need_for(viewer, at, direct=is_direct(ledger.tree, at))
        undo = await undoing.undone_by(ledger, viewer.person, state)
        if need is None:
            viewer.demand(Need.REVIEW, at.place)
            raise Problem("not-allowed")
        if order.action not in allowed(state, need, undo=undo is not None):
            raise Problem("review-not-now")
        if order.action is Action.LOCK and at.period.start > ledger.today():
            raise Problem("review-not-now")
        writes = list(undo or ()) if order.action is Action.UNDO else _writes(state, need, order)
        await act_within(ledger, database, viewer, [Act(at.place, need, writes)])
        return state


def _writes(state: FormState, need: Need, order: Order) -> list[Write]:
    """The decision, what comes back with it, and what no longer does."""
    at = state.at
    words = _words(order.words)
    returns = {code: _words(said) for code, said in order.returns.items() if code in at.form.items}
    decided = _decided(order.action, need, state)
    if order.action not in {Action.RETURN, Action.APPROVE}:
        returns = {}
    if not all(returns.values()) or (order.action is Action.RETURN and not returns):
        raise Problem("review-words-missing")
    if order.action is Action.KEEP:
        decision = msgspec.structs.replace(state.decisions[0], words=words)
    else:
        decision = Decision(
            decided,
            saw=tuple(one.commit.hex() for one in state.submission if one.value == SUBMITTED),
            words=words,
            values=state.marks,
            but=tuple(sorted(returns)) if order.action is Action.APPROVE else (),
            first=_first(state),
        )
    cells = [Write(review.decision_cell(at.period.text, at.form.code), review.encode(decision))]
    for code in at.form.items:
        if code in returns:
            said = Return(returns[code], tuple(state.commits.get(code, ())))
        elif code in state.returns and decided in _CLOSING:
            said = Return("")
        else:
            continue
        cells.append(
            Write(review.return_cell(at.period.text, at.form.code, code), review.encode(said))
        )
    return cells


_CLOSING = {Decided.RETURNED, Decided.APPROVED_TOWN, Decided.APPROVED, Decided.LOCKED}
"""What begins a new round, or ends the last one: what came back before does so no longer."""


def _decided(action: Action, need: Need, state: FormState) -> Decided:
    match action:
        case Action.RETURN:
            return Decided.RETURNED
        case Action.APPROVE:
            is_county = need is Need.REVIEW_COUNTY
            return Decided.APPROVED if is_county else Decided.APPROVED_TOWN
        case Action.LOCK | Action.FILE_LATE:
            return Decided.LOCKED
        case Action.KEEP:
            return state.decisions[0].state
    return Decided.BEGUN


def _first(state: FormState) -> str | None:
    """The first handing in, as far as decisions tell, where another one stands now."""
    standing = {one.commit.hex() for one in state.submission}
    for one in state.decisions:
        if one.first is not None:
            return one.first
        if one.saw and standing.isdisjoint(one.saw):
            return one.saw[0]
    return None


def _words(text: str) -> str:
    words = text.strip()
    if len(words) > WORDS_CHARS_MAX:
        raise Problem("review-words-long", most=WORDS_CHARS_MAX)
    return words
