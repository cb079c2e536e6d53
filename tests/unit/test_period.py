"""Periods: texts, order, and steps back against the calendar itself."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.period import Kind, Period, containing, parse
from sync.problems import Problem

KINDS = st.sampled_from([Kind.MONTH, Kind.QUARTER, Kind.HALF, Kind.YEAR])
DAYS = st.dates(date(1950, 1, 1), date(2900, 12, 31))
PERIODS = st.builds(containing, DAYS, KINDS)


def test_each_notation_names_its_first_and_last_day() -> None:
    """The four notations stand for calendar spans, leap years included."""
    spans = {
        text: (str(parse(text).start), str(parse(text).end), parse(text).kind)
        for text in ("2024", "2024H2", "2024Q3", "2024-02")
    }
    assert spans == {
        "2024": ("2024-01-01", "2024-12-31", Kind.YEAR),
        "2024H2": ("2024-07-01", "2024-12-31", Kind.HALF),
        "2024Q3": ("2024-07-01", "2024-09-30", Kind.QUARTER),
        "2024-02": ("2024-02-01", "2024-02-29", Kind.MONTH),
    }


@pytest.mark.parametrize(
    "text",
    [
        *("", "24", "2024Q5", "2024q1", "2024-13", "2024-00", "2024-1", "2024H3", " 2024"),
        *("2024\n", "1899", "3000", "0000", "２０２４", "2024Q", "static", "9" * 5000),
    ],
)
def test_any_other_text_is_a_problem(text: str) -> None:
    """What is no period is refused by name, never guessed at."""
    with pytest.raises(Problem) as caught:
        parse(text)
    assert caught.value.code == "period-malformed"


@given(st.text())
def test_no_text_makes_another_exception(text: str) -> None:
    """Parsing ends in a period or a problem."""
    try:
        assert parse(text).text == text
    except Problem as problem:
        assert problem.code == "period-malformed"


@given(PERIODS)
def test_a_period_is_what_its_text_says(period: Period) -> None:
    """Text and period are one to one."""
    assert parse(period.text) == period
    assert str(period) == period.text


@given(PERIODS)
def test_the_previous_period_ends_the_day_before(period: Period) -> None:
    """Going back leaves no day out and counts none twice."""
    previous = period.previous()
    assert previous.kind is period.kind
    assert previous.end + timedelta(days=1) == period.start
    assert previous.earlier(-1) == period


@given(PERIODS)
def test_the_same_period_of_last_year_starts_on_the_same_day(period: Period) -> None:
    """Only the year differs."""
    before = period.year_before()
    assert (before.kind, before.start) == (
        period.kind,
        period.start.replace(year=period.start.year - 1),
    )


@given(PERIODS, KINDS)
def test_parts_fill_a_period_and_lie_within_it(period: Period, kind: Kind) -> None:
    """Parts follow each other from the first day to the last; longer kinds have none."""
    parts = period.parts(kind)
    assert len(parts) == period.kind.months // kind.months
    if parts:
        assert (parts[0].start, parts[-1].end) == (period.start, period.end)
        assert all(part.around(period.kind) == period for part in parts)
        assert all(period.contains(part) and part.year() == period.year() for part in parts)
        assert all(early.end + timedelta(days=1) == late.start for early, late in pairwise(parts))


@given(st.lists(PERIODS))
def test_order_is_by_start_then_end(periods: list[Period]) -> None:
    """A quarter comes before the year that starts with it."""
    assert sorted(periods) == sorted(periods, key=lambda period: (period.start, period.end))


def test_nothing_lasts_as_long_as_what_is_filed_on_change() -> None:
    """The static kind has no months, so that no period is made of it."""
    assert parse("2024").parts(Kind.STATIC) == ()
