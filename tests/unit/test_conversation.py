"""The conversation of a sync, driven by hand: no ledger, no network."""

from __future__ import annotations

import pytest

from sync.conversation import (
    Asked,
    Exchange,
    Finished,
    Flow,
    Outcome,
    Prepare,
    Settle,
    conversation,
)
from sync.ids import CommitId, PlaceId, RealmId
from sync.problems import Problem
from sync.wire import Cursor, ProblemReply, Reply, SyncReply, SyncRequest

PLACE = PlaceId(b"p" * 16)
WANTED = CommitId(b"w" * 32)
REQUEST = SyncRequest(RealmId(b"r" * 16), 1, 0, (), (), (), b"", None, None)
REPLY = SyncReply(0, (), (), (), (), (), (), False, Cursor(b"", 0, b"", b""), b"", (), {}, 1)
DONE = Outcome(True, 0, 0, False, 0, Asked())


def held_with(replies: list[Reply], outcomes: list[Outcome]) -> tuple[Finished, list[Asked]]:
    """Runs a conversation against prepared replies and what the ledger makes of them."""
    flow: Flow = conversation()
    asked: list[Asked] = []
    answer: object = None
    try:
        while True:
            match flow.send(answer):
                case Prepare(what):
                    asked.append(what)
                    answer = REQUEST
                case Exchange(_):
                    answer = replies.pop(0)
                case Settle(_):
                    answer = outcomes.pop(0)
    except StopIteration as stop:
        finished: Finished = stop.value
        return finished, asked


def test_where_nothing_changed_one_request_is_enough() -> None:
    """The usual sync of a laptop that has nothing to give and lacks nothing."""
    finished, asked = held_with([REPLY], [DONE])

    assert finished.complete
    assert asked == [Asked()]


def test_what_the_server_wants_is_offered_before_all_else() -> None:
    """A server that was put back asks by id, and gets it in the next request."""
    wants = Asked(wants=(WANTED,), have=((PLACE, ()),))
    finished, asked = held_with([REPLY, REPLY], [DONE._replace(agreed=False, asked=wants), DONE])

    assert finished.complete
    assert asked == [Asked(), wants]


def test_where_fingerprints_differ_heads_are_compared() -> None:
    """A cursor that skipped something is found out, and costs one round (L9)."""
    finished, asked = held_with([REPLY, REPLY], [DONE._replace(agreed=False), DONE])

    assert finished.complete
    assert asked == [Asked(), Asked(heads=True)]


def test_an_unknown_device_introduces_itself_once() -> None:
    """A server put back to before the enrolment is shown the registration; it is not pressed."""
    unknown = ProblemReply("unknown-device", {})
    finished, asked = held_with([unknown, REPLY], [DONE])

    assert finished.complete
    assert [one.introduce for one in asked] == [False, True]
    with pytest.raises(Problem) as refused:
        held_with([unknown, unknown], [])
    assert refused.value.code == "unknown-device"


def test_what_does_not_move_any_more_comes_to_an_end() -> None:
    """A peer that never agrees holds a laptop for a few rounds, not for ever; it isn't 'sent' (R1)."""
    stuck = Outcome(False, 2, 2, False, 0, Asked())
    finished, asked = held_with([REPLY] * 20, [stuck] * 20)

    assert not finished.complete
    assert len(asked) < 10


def test_a_problem_without_words_here_is_still_told() -> None:
    """A newer server's problem reaches the person as a sentence with its code."""
    with pytest.raises(Problem) as refused:
        held_with([ProblemReply("of-the-future", {"x": "y"})], [])

    assert refused.value.code == "server-said"
    assert "of-the-future" in refused.value.say("en")


def test_a_problem_whose_values_do_not_fit_its_sentence_is_still_told() -> None:
    """A peer may send any values: a missing one must not become a traceback (R2)."""
    with pytest.raises(Problem) as refused:
        held_with([ProblemReply("server-busy", {})], [])

    assert refused.value.say("en")
