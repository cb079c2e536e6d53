"""Who is reminded of what and when: decided from what is owed, purely.

Only what is late or nearly due counts, all of it in one message. In the quiet hours nothing goes
out; a day brings at most one message; and while nothing new is to be said, some days of rest lie
between two. Somebody asking for a reminder ends that rest and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from sync.ledger.ledger import CHINA
from sync.limits import REMINDER_DAYS_BEFORE, REMINDER_LATE_DAYS_MAX, REMINDER_REST_DAYS

__all__ = ["Decision", "Owed", "Reminded", "Rules", "Verdict", "about", "decided", "is_quiet"]


class Rules(NamedTuple):
    """How many days before it is due something counts, and between which hours nobody is mailed.

    From and to the same hour, no hour is quiet.
    """

    days_before: int = REMINDER_DAYS_BEFORE
    quiet_from: int = 22
    quiet_to: int = 8
    rest_days: int = REMINDER_REST_DAYS


class Owed(NamedTuple):
    """One form for one period that `places` of a person have still to hand in.

    `until` is the last day on which late work is waited for.
    """

    form: str
    period: str
    due: date
    until: date
    places: int


class Reminded(NamedTuple):
    """A person: what is owed, the last message and what it was about, whether one was asked for."""

    owed: tuple[Owed, ...]
    last_at: int | None = None
    last_about: str = ""
    asked: bool = False


class Verdict(StrEnum):
    """What becomes of a reminder."""

    NOW = "now"
    QUIET = "quiet"
    TODAY = "today"
    RESTING = "resting"
    NOTHING = "nothing"


class Decision(NamedTuple):
    """The verdict, what the message lists, and from which second on it may go out."""

    verdict: Verdict
    items: tuple[Owed, ...]
    at: int


def decided(person: Reminded, now: int, rules: Rules) -> Decision:
    """What becomes of a person's reminder at that second."""
    here = datetime.fromtimestamp(now, CHINA)
    items = _pressing(person, here.date(), rules)
    if not items:
        return Decision(Verdict.NOTHING, (), now)
    earliest, verdict = here, Verdict.NOW
    if person.last_at is not None:
        last = datetime.fromtimestamp(person.last_at, CHINA).date()
        news = person.asked or about(items) != person.last_about
        next_day = last + timedelta(days=1 if news else max(rules.rest_days, 1))
        if here.date() < next_day:
            earliest = datetime.combine(next_day, time.min, CHINA)
            verdict = Verdict.TODAY if here.date() <= last else Verdict.RESTING
    at = _after_quiet(earliest, rules)
    if verdict is Verdict.NOW and at > here:
        verdict = Verdict.QUIET
    return Decision(verdict, items, int(at.timestamp()))


def about(items: Sequence[Owed]) -> str:
    """A mark of what a message says: the same for the same forms of as many places."""
    return " ".join(sorted(f"{one.form}:{one.period}:{one.places}" for one in items))


def is_quiet(now: int, rules: Rules) -> bool:
    """Whether nobody is mailed at that second."""
    here = datetime.fromtimestamp(now, CHINA)
    return _after_quiet(here, rules) > here


def _pressing(person: Reminded, today: date, rules: Rules) -> tuple[Owed, ...]:
    """What is late or nearly due, by due day; what is long over only where somebody asks."""
    near = today + timedelta(days=rules.days_before)
    over = timedelta(days=REMINDER_LATE_DAYS_MAX)
    return tuple(
        sorted(
            (
                one
                for one in person.owed
                if one.places and one.due <= near and (person.asked or today <= one.until + over)
            ),
            key=lambda one: (one.due, one.form, one.period),
        )
    )


def _after_quiet(moment: datetime, rules: Rules) -> datetime:
    """The moment itself, or the end of the quiet hours that it lies in."""
    begin, end, hour = rules.quiet_from, rules.quiet_to, moment.hour
    if begin == end:
        return moment
    if begin < end:
        quiet = begin <= hour < end
        days = 0
    else:
        quiet = hour >= begin or hour < end
        days = 1 if hour >= begin else 0
    if not quiet:
        return moment
    return datetime.combine(moment.date() + timedelta(days=days), time(end), CHINA)
