"""Reporting periods as values: `2024`, `2024H1`, `2024Q3`, `2024-03`.

A period is calendar time, never a state: whether it is open, due or late is for others to say.
`static` is the kind of what is filed on change; no period has it, such values are filed under any.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from sync.problems import Problem

__all__ = ["YEAR_FIRST", "YEAR_LAST", "Kind", "Period", "containing", "parse"]

YEAR_FIRST = 1900
YEAR_LAST = 2999


class Kind(StrEnum):
    """How long a period is; `static` stands for values that are filed when they change."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"
    STATIC = "static"

    @property
    def months(self) -> int:
        """How many months it lasts; none for what is filed on change."""
        return _MONTHS[self]


_MONTHS = {Kind.MONTH: 1, Kind.QUARTER: 3, Kind.HALF: 6, Kind.YEAR: 12, Kind.STATIC: 0}


class Period(NamedTuple):
    """A month, quarter, half or year, both days included; ordered by start, then end.

    Going back from `YEAR_FIRST` leads to periods that `parse` refuses, down to the year 1.
    """

    start: date
    end: date
    kind: Kind
    text: str

    def __str__(self) -> str:
        return self.text

    def previous(self) -> Period:
        """The period of the same kind that ends the day before this one starts."""
        return self.earlier(1)

    def earlier(self, count: int) -> Period:
        """The period of the same kind that many periods back (or ahead, if negative)."""
        return _from_month(_month_number(self.start) - count * _MONTHS[self.kind], self.kind)

    def year_before(self) -> Period:
        """The same period of last year."""
        return _from_month(_month_number(self.start) - 12, self.kind)

    def contains(self, other: Period) -> bool:
        """Whether all of the other lies within this one."""
        return self.start <= other.start and other.end <= self.end

    def parts(self, kind: Kind) -> tuple[Period, ...]:
        """The periods of that kind that make it up, in order; none if that kind is longer."""
        return _parts(self, kind)

    def around(self, kind: Kind) -> Period:
        """The period of that kind, no shorter than this one, in which it lies."""
        assert _MONTHS[kind] >= _MONTHS[self.kind], (self, kind)
        return containing(self.start, kind)

    def year(self) -> Period:
        """The year in which it lies."""
        return containing(self.start, Kind.YEAR)


_TEXT = re.compile(r"([0-9]{4})(?:H([12])|Q([1-4])|-(0[1-9]|1[0-2]))?")


@lru_cache(maxsize=4096)
def parse(text: str) -> Period:
    """The period that a text such as `2024Q3` says. Raises `period-malformed`."""
    match = _TEXT.fullmatch(text)
    if match is None or not YEAR_FIRST <= int(match[1]) <= YEAR_LAST:
        raise Problem("period-malformed", text=text[:40])
    january = int(match[1]) * 12
    for kind, ordinal in zip(
        (Kind.HALF, Kind.QUARTER, Kind.MONTH), match.groups()[1:], strict=True
    ):
        if ordinal:
            return _from_month(january + (int(ordinal) - 1) * _MONTHS[kind], kind)
    return _from_month(january, Kind.YEAR)


def containing(day: date, kind: Kind) -> Period:
    """The period of that kind in which a day lies."""
    months = _MONTHS[kind]
    assert months, kind
    return _from_month(_month_number(day) // months * months, kind)


def _month_number(day: date) -> int:
    """Months since January of the year 0."""
    return day.year * 12 + day.month - 1


@lru_cache(maxsize=8192)
def _from_month(number: int, kind: Kind) -> Period:
    months = _MONTHS[kind]
    start = date(number // 12, number % 12 + 1, 1)
    after = number + months
    end = date(after // 12, after % 12 + 1, 1) - timedelta(days=1)
    ordinal = number % 12 // months + 1
    text = {
        Kind.MONTH: f"{start.year:04d}-{ordinal:02d}",
        Kind.QUARTER: f"{start.year:04d}Q{ordinal}",
        Kind.HALF: f"{start.year:04d}H{ordinal}",
        Kind.YEAR: f"{start.year:04d}",
    }[kind]
    return Period(start, end, kind, text)


@lru_cache(maxsize=4096)
def _parts(period: Period, kind: Kind) -> tuple[Period, ...]:
    months = _MONTHS[kind]
    first = _month_number(period.start)
    if not months or months > _MONTHS[period.kind]:
        return ()
    return tuple(_from_month(first + at, kind) for at in range(0, _MONTHS[period.kind], months))
