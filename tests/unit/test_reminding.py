"""Reminders that respect people: what a year of them looks like under a clock of its own."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.completeness import reminding
from server.completeness.reminding import Owed, Reminded, Rules, Verdict
from sync.ledger.ledger import CHINA

BEGIN = datetime(2026, 3, 1, tzinfo=CHINA)
hours = st.integers(0, 23)
rules = st.builds(Rules, st.integers(0, 10), hours, hours, st.integers(0, 10))
moments = st.integers(0, 90 * 24 * 60).map(
    lambda minutes: int((BEGIN + timedelta(minutes=minutes)).timestamp())
)


@st.composite
def owed(draw: st.DrawFn) -> Owed:
    """Something that is due some day about then."""
    due = date(2026, 3, 1) + timedelta(days=draw(st.integers(-100, 120)))
    until = due + timedelta(days=draw(st.integers(0, 20)))
    form, period = draw(st.sampled_from("ABC")), draw(st.sampled_from(["2025Q4", "2026-01"]))
    return Owed(form, period, due, until, draw(st.integers(0, 5)))


def hour_of(second: int) -> int:
    """The hour in China."""
    return datetime.fromtimestamp(second, CHINA).hour


def day_of(second: int) -> date:
    """The day in China."""
    return datetime.fromtimestamp(second, CHINA).date()


def is_quiet_hour(hour: int, one: Rules) -> bool:
    """Written a second time: the hours counted off from the first quiet one."""
    length = (one.quiet_to - one.quiet_from) % 24
    return hour in {(one.quiet_from + step) % 24 for step in range(length)}


@given(rules, moments)
def test_the_quiet_hours_are_those_between(one: Rules, now: int) -> None:
    """Also where they go over midnight, or where there are none (S83)."""
    assert reminding.is_quiet(now, one) == is_quiet_hour(hour_of(now), one)


@given(
    st.lists(owed(), max_size=6),
    rules,
    st.lists(st.tuples(moments, st.booleans()), min_size=1, max_size=60),
)
def test_however_often_it_is_looked_nobody_is_pestered(
    items: list[Owed], one: Rules, looks: list[tuple[int, bool]]
) -> None:
    """A clock of its own over ninety days: no message in the quiet hours, none without cause, at
    most one a day, and every message lists all that is late or nearly due, once (S83).
    """
    person = Reminded(tuple(items))
    sent: list[int] = []
    for now, asked in sorted(looks):
        found = reminding.decided(person._replace(asked=asked), now, one)
        if found.verdict is not Verdict.NOW:
            continue
        sent.append(now)
        near = day_of(now) + timedelta(days=one.days_before)
        wanted = [
            each
            for each in items
            if each.places
            and each.due <= near
            and (asked or day_of(now) <= each.until + timedelta(days=30))
        ]
        assert wanted
        assert Counter(found.items) == Counter(wanted)
        assert found.at == now
        person = person._replace(last_at=now, last_about=reminding.about(found.items))

    assert not any(is_quiet_hour(hour_of(now), one) for now in sent)
    assert max(Counter(map(day_of, sent)).values(), default=0) <= 1


@given(st.lists(owed(), min_size=1, max_size=4), rules, moments, st.one_of(st.none(), moments))
def test_what_waits_goes_out_when_it_says(
    items: list[Owed], one: Rules, now: int, last: int | None
) -> None:
    """A reminder that waits for the end of quiet hours, or for another day, goes out then (S83)."""
    person = Reminded(tuple(items), last if last is not None and last <= now else None, "before")
    found = reminding.decided(person, now, one)
    if found.verdict in {Verdict.QUIET, Verdict.TODAY, Verdict.RESTING}:
        assert found.at > now
        then = reminding.decided(person, found.at, one)
        assert then.verdict in {Verdict.NOW, Verdict.NOTHING}


def test_the_same_again_rests_some_days_unless_asked_for() -> None:
    """While nothing new is owed, three days lie between two messages (S83)."""
    late = Owed("C201", "2025Q4", date(2026, 2, 20), date(2026, 2, 25), 1)
    noon = int(BEGIN.replace(hour=12).timestamp())
    day = 24 * 3600
    person = Reminded((late,), noon, reminding.about([late]))

    def verdict(days: int, **changed: Any) -> Verdict:
        return reminding.decided(person._replace(**changed), noon + days * day, Rules()).verdict

    assert [verdict(days) for days in range(4)] == [
        Verdict.TODAY,
        Verdict.RESTING,
        Verdict.RESTING,
        Verdict.NOW,
    ]
    assert verdict(0, asked=True) is Verdict.TODAY
    assert verdict(1, asked=True) is Verdict.NOW
    other = late._replace(form="C101")
    assert verdict(1, owed=(late, other)) is Verdict.NOW


@pytest.mark.parametrize(
    "due, verdict",
    [
        (date(2026, 3, 1), Verdict.NOW),
        (date(2026, 3, 3), Verdict.NOW),
        (date(2026, 3, 4), Verdict.NOTHING),
        (date(2025, 3, 1), Verdict.NOTHING),
    ],
)
def test_only_what_is_late_or_nearly_due_counts(due: date, verdict: Verdict) -> None:
    """Two days ahead, and no longer than a month after it is over (S83)."""
    noon = int(BEGIN.replace(hour=12).timestamp())
    person = Reminded((Owed("C201", "2025Q4", due, due, 1),))

    assert reminding.decided(person, noon, Rules()).verdict is verdict
