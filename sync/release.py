"""What goes out with a form for a period: its days, and words to those who fill it in.

    release  subject '<period> <form>', field form      text: a `Release`, for the place and all below
    note     subject '<period> <form>', field reminder  text: words to whoever has still to hand it in

A release is JSON. Of those above a place the nearest holds: a county may give its own days. Text
that cannot be read, from newer software perhaps, says nothing and stops nothing. A reminder may be
filed by whoever reviews or enters there; empty words take it back.

Working days are Monday to Friday. The days that the State Council makes holidays or moves are not
known here: over such days the minimum is better set longer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated

import msgspec

from sync.limits import TEXT_CHARS_MAX
from sync.period import YEAR_FIRST, YEAR_LAST
from sync.problems import Problem
from sync.value import Cell, Type, Value, text_value

__all__ = [
    "Release",
    "check",
    "earliest_due",
    "encode",
    "is_day",
    "nearest",
    "release",
    "release_cell",
    "reminder_cell",
    "working_days",
]

_SATURDAY = 5


class Release(msgspec.Struct, frozen=True):
    """From `opens` on the form is filled in; until `due` it is in time; until `makeup` what is late
    is waited for. `withdrawn` takes the release back: the form's own days hold again.
    """

    opens: date
    due: date
    makeup: date
    words: Annotated[str, msgspec.Meta(max_length=TEXT_CHARS_MAX)] = ""
    withdrawn: bool = False


def release_cell(period: str, form: str) -> Cell:
    """Where it is filed that a form goes out for a period."""
    return Cell("release", f"{period} {form}", "form")


def reminder_cell(period: str, form: str) -> Cell:
    """Where words are filed to those who have still to hand a form in."""
    return Cell("note", f"{period} {form}", "reminder")


def encode(said: Release) -> Value:
    """Its one text: keys sorted, no spaces. Raises `text-too-long`."""
    plain = msgspec.to_builtins(said)
    return text_value(json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def release(value: Value | None) -> Release | None:
    """The release that a cell's value says, if it can be read and its days are in order, of years
    that have periods.
    """
    if value is None or value.type is not Type.TEXT:
        return None
    try:
        found = msgspec.json.decode(value.text, type=Release)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    is_in_order = found.opens <= found.due <= found.makeup
    return found if is_in_order and is_day(found.opens) and is_day(found.makeup) else None


def is_day(day: date) -> bool:
    """Whether the day lies in a year that has periods: beyond, calendars end."""
    return YEAR_FIRST <= day.year <= YEAR_LAST


def nearest(releases: Iterable[Release | None]) -> Release | None:
    """The one that holds, of those at a place and above it, the nearest place's first."""
    return next((one for one in releases if one is not None and not one.withdrawn), None)


def working_days(after: date, until: date) -> int:
    """How many working days lie after the first day, the last one counted in."""
    if until <= after:
        return 0
    weeks, rest = divmod((until - after).days, 7)
    return 5 * weeks + sum(
        (after + timedelta(days=ahead)).weekday() < _SATURDAY for ahead in range(1, rest + 1)
    )


def earliest_due(today: date, notice_days: int) -> date:
    """The first day that leaves so many working days after today."""
    day = today
    while working_days(today, day) < notice_days:
        day += timedelta(days=1)
    return day


def check(said: Release, today: date, notice_days: int, before: date | None = None) -> None:
    """Raises `release-days-order`, and `release-notice-short` for a due day that leaves less than
    the notice: the one `before` that holds by now may always be put off, never brought forward so.
    """
    if not said.opens <= said.due <= said.makeup:
        raise Problem("release-days-order", opens=said.opens, due=said.due, makeup=said.makeup)
    put_off = before is not None and said.due >= before
    if not put_off and working_days(today, said.due) < notice_days:
        first = earliest_due(today, notice_days)
        raise Problem("release-notice-short", due=said.due, days=notice_days, first=first)
