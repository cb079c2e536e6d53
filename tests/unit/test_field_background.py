"""When a laptop syncs by itself: rules that hold whatever happened before."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from field_client.background import Situation, next_try

MINUTE = 60
jitters = st.floats(0, 1)
moments = st.floats(0, 1e6)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Any situation in which nothing lies before the start."""
    start = draw(moments)
    after = st.none() | st.floats(start, start + 1e5)
    return Situation(
        started_at=start,
        ended_at=draw(after),
        failures=draw(st.integers(0, 50)),
        wait_seconds=draw(st.just(0.0) | st.floats(0, 3600)),
        unsent=draw(st.booleans()),
        typed_at=draw(after),
        network_at=draw(after),
    )


def since(now: Situation) -> float:
    """When the last try ended, or the start."""
    return now.started_at if now.ended_at is None else now.ended_at


@given(situations(), jitters)
def test_nobody_is_disturbed_within_a_minute_of_typing(now: Situation, jitter: float) -> None:
    """Unless the typing has gone on for more than half an hour since the last try."""
    assume(now.typed_at is not None)
    assert now.typed_at is not None
    due = next_try(now, jitter)

    assert due >= now.typed_at + MINUTE or due >= since(now) + 40 * MINUTE


@given(situations(), jitters)
def test_a_try_never_comes_too_late_or_before_the_last_ended(now: Situation, jitter: float) -> None:
    """Within an hour at most, unless a server asked for more."""
    due = next_try(now, jitter)

    assert since(now) < due <= since(now) + max(60 * MINUTE, now.wait_seconds)


@given(situations(), jitters)
def test_a_server_that_asked_to_be_left_alone_is(now: Situation, jitter: float) -> None:
    """Neither typing nor a network that came back shortens what it asked for (F81)."""
    assume(now.ended_at is not None)
    assume(now.failures > 0)
    assert now.ended_at is not None

    assert next_try(now, jitter) >= now.ended_at + now.wait_seconds


@given(situations(), jitters)
def test_failures_in_a_row_make_it_wait_longer(now: Situation, jitter: float) -> None:
    """One more never brings the next try forward."""
    worse = now._replace(failures=now.failures + 1)
    assume(now.failures > 0)

    assert next_try(worse, jitter) >= next_try(now, jitter)


@given(jitters)
def test_what_was_typed_goes_out_when_the_typing_rests(jitter: float) -> None:
    """One to three minutes after the last keystroke, not with the next turn in a quarter of an hour."""
    now = Situation(0, ended_at=10, unsent=True, typed_at=100)

    assert 160 <= next_try(now, jitter) <= 280


@given(jitters)
def test_a_network_that_came_back_is_used_soon(jitter: float) -> None:
    """After failures too, though not by all laptops in the same second."""
    now = Situation(0, ended_at=10, failures=9, network_at=500)

    assert 505 <= next_try(now, jitter) <= 530


def test_laptops_that_start_together_call_apart() -> None:
    """The first try is spread over half a minute, the later ones over ten."""
    first = Situation(0)
    later = Situation(0, ended_at=10)

    assert next_try(first, 1) - next_try(first, 0) >= 20
    assert next_try(later, 1) - next_try(later, 0) >= 5 * MINUTE
