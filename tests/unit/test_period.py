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


@pytest.mark.parametrize(
    "text, earlier",
    [
        ("2024", ["2023", "2022"]),
        ("2024H1", ["2023H2", "2023H1"]),
        ("2024Q1", ["2023Q4", "2023Q3"]),
        ("2024-01", ["2023-12", "2023-11"]),
    ],
)
def test_steps_back_are_written_as_people_write_them(text: str, earlier: list[str]) -> None:
    """Over the turn of a year, each in its own notation."""
    assert [parse(text).earlier(count).text for count in (1, 2)] == earlier


def test_a_period_contains_itself_and_what_shares_an_end_of_it() -> None:
    """Both days belong to it; a day outside on either side does not."""
    half = parse("2024H1")

    assert all(half.contains(parse(text)) for text in ("2024H1", "2024Q1", "2024Q2", "2024-06"))
    assert not any(half.contains(parse(text)) for text in ("2024", "2024Q3", "2023-12", "2024-07"))


def test_each_notation_reaches_from_its_first_to_its_last_ordinal() -> None:
    """The parts of a year are all that can be written of it."""
    year = parse("2024")

    assert [one.text for one in year.parts(Kind.HALF)] == ["2024H1", "2024H2"]
    assert [one.text for one in year.parts(Kind.QUARTER)] == [f"2024Q{n}" for n in range(1, 5)]
    assert [one.text for one in year.parts(Kind.MONTH)] == [f"2024-{n:02d}" for n in range(1, 13)]
    assert year.parts(Kind.YEAR) == (year,)
    assert parse("2024Q2").parts(Kind.YEAR) == ()
    assert [parse(text).text for text in ("1900", "2999-12")] == ["1900", "2999-12"]


def test_a_text_that_is_no_period_is_quoted_in_part() -> None:
    """Forty characters are enough to find it again."""
    with pytest.raises(Problem) as caught:
        parse("9" * 50)
    assert caught.value.values == {"text": "9" * 40}


def test_a_period_lies_around_no_longer_one_only() -> None:
    """A quarter has its half and its year; asking a year for its month is a slip of the code."""
    assert parse("2024Q3").around(Kind.HALF).text == "2024H2"
    assert parse("2024Q3").around(Kind.QUARTER).text == "2024Q3"
    assert parse("2024-05").year().text == "2024"
    assert containing(date(2024, 6, 30), Kind.HALF).text == "2024H1"
    assert [kind.months for kind in Kind] == [1, 3, 6, 12, 0]
    with pytest.raises(AssertionError):
        parse("2024").around(Kind.MONTH)
