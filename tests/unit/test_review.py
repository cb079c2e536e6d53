"""What reviewers file about forms, and the stage that follows from it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import review
from sync.review import SUBMITTED, WITHDRAWN, Decided, Decision, Return, Stage, Version
from sync.value import Value, quantity_value, text_value

A, B, C = (letter * 64 for letter in "abc")
commits = st.sampled_from((A, B, C))
decisions = st.builds(
    Decision,
    state=st.sampled_from(Decided),
    saw=st.lists(commits, max_size=3).map(tuple),
    words=st.text(max_size=20),
)


def version(commit: str, value: Value = SUBMITTED) -> Version:
    """A version of a submission."""
    return Version(value, commit)


@given(decisions)
def test_a_decision_is_read_as_it_was_written(said: Decision) -> None:
    """Whatever order and repetition its names had, one text says it (C11)."""
    back = review.decision(review.encode(said))

    assert back is not None
    assert (back.state, back.words, set(back.saw)) == (said.state, said.words, set(said.saw))
    assert review.encode(back) == review.encode(said)


@given(st.one_of(st.text(), st.just('{"state":"of the future","saw":[]}'), st.just('{"saw":1}')))
def test_what_cannot_be_read_says_nothing(text: str) -> None:
    """Text of newer software or of nobody's is passed over, never an error (C11)."""
    value = text_value(text)
    for read in (review.decision(value), review.returned(value)):
        assert read is None or isinstance(read, Decision | Return)
    assert review.decision(quantity_value(1)) is None
    assert review.decision(None) is None


STAGES: list[tuple[list[Version], list[Decision], Stage]] = [
    ([], [], Stage.DRAFT),
    ([version(A, WITHDRAWN)], [], Stage.DRAFT),
    ([version("")], [], Stage.SUBMITTED),
    ([version(A)], [], Stage.SUBMITTED),
    ([version(A)], [Decision(Decided.BEGUN, (A,))], Stage.BEGUN),
    ([version(B)], [Decision(Decided.BEGUN, (A,))], Stage.SUBMITTED),
    ([version(A, WITHDRAWN)], [Decision(Decided.BEGUN, (B,))], Stage.DRAFT),
    ([version(A)], [Decision(Decided.RETURNED, (A,))], Stage.RETURNED),
    ([version(B)], [Decision(Decided.RETURNED, (A,))], Stage.RESUBMITTED),
    ([version(""), version(A)], [Decision(Decided.RETURNED, (A,))], Stage.RESUBMITTED),
    ([version(B, WITHDRAWN)], [Decision(Decided.RETURNED, (A,))], Stage.RETURNED),
    ([version(B)], [Decision(Decided.APPROVED_TOWN, (B,))], Stage.APPROVED_TOWN),
    ([version(A), version(B)], [Decision(Decided.APPROVED, (B,))], Stage.APPROVED),
    ([version(C, WITHDRAWN)], [Decision(Decided.LOCKED, (A,))], Stage.LOCKED),
]


@pytest.mark.parametrize("submission, said, stage", STAGES)
def test_a_stage_follows_from_what_the_decision_saw(
    submission: list[Version], said: list[Decision], stage: Stage
) -> None:
    """No clock is asked: a decision holds as long as a submission that it saw stands (C12)."""
    assert review.stage(submission, said) is stage


def test_a_return_is_open_until_there_is_a_version_that_it_did_not_see() -> None:
    """The same value again answers it, and so does one that is not sealed yet (C12)."""
    said = Return("请核对", (A,))

    assert review.is_open(said, {A})
    assert not review.is_open(said, {B})
    assert not review.is_open(said, {A, ""})
    assert review.is_open(Return("没有填", ()), set())
    assert review.returned(review.encode(Return("  ", (A,)))) is None


def test_a_subject_names_period_and_form() -> None:
    """And what names neither is no review of anything."""
    assert review.form_of(review.decision_cell("2024Q3", "C201").subject) == ("2024Q3", "C201")
    assert review.form_of("2024Q3") is None
    assert review.form_of(" C201") is None


def test_a_decision_reads_as_those_of_older_software_do() -> None:
    """What newer decisions say beside is left out where there is nothing to say, and read back where
    there is; older text says nothing of it (S73).
    """
    plain = Decision(Decided.APPROVED, ("ab" * 32,), "好")
    assert review.encode(plain).text == f'{{"saw":["{"ab" * 32}"],"state":"approved","words":"好"}}'
    assert review.decision(review.encode(plain)) == plain

    full = Decision(Decided.APPROVED, values={"B001": "x"}, but=("B002",), first="cd" * 32)
    assert review.decision(review.encode(full)) == full


def test_versions_are_told_apart_whatever_their_order() -> None:
    """The mark is of the set of commits; of none it is empty (S73)."""
    one, two = "01" * 32, "02" * 32
    assert review.versions_mark([one, two]) == review.versions_mark([two, one, one])
    marks = {review.versions_mark(names) for names in ([], [one], [two], [one, two])}
    assert len(marks) == 4
    assert review.versions_mark([]) == ""


@given(st.lists(decisions, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_a_stage_is_the_same_in_whatever_order_rivals_come(
    said: list[Decision], chance: random.Random
) -> None:
    """Replicas agree on what is shown first, and on no order of the rest (S70)."""
    others = said[1:]
    chance.shuffle(others)
    submission = [version(A), version(B)]
    assert review.stage(submission, said) is review.stage(submission, [said[0], *others])
