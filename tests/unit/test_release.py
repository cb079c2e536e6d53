"""Releases of forms: what is filed, which one holds, and how much notice a due day leaves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import release as releases
from sync.problems import Problem
from sync.release import Release
from sync.review import form_of
from sync.value import quantity_value, text_value

days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
gaps = st.integers(0, 400).map(lambda count: timedelta(days=count))


@st.composite
def made(draw: st.DrawFn) -> Release:
    """A release whose days are in order."""
    opens = draw(days)
    due = opens + draw(gaps)
    return Release(opens, due, due + draw(gaps), draw(st.text(max_size=30)), draw(st.booleans()))


@given(made())
def test_a_release_is_read_as_it_was_written(said: Release) -> None:
    """One text says it, whoever writes it (S82)."""
    assert releases.release(releases.encode(said)) == said


@given(
    st.one_of(
        st.text(),
        st.sampled_from(
            (
                '{"opens":"2026-02-01","due":"2026-01-01","makeup":"2026-01-02"}',
                '{"opens":"2026-01-01","due":"9999-12-31","makeup":"9999-12-31"}',
                '{"opens":"0001-01-01","due":"2026-01-01","makeup":"2026-01-02"}',
            )
        ),
    )
)
def test_what_is_no_release_says_nothing(text: str) -> None:
    """Text of newer software, of nobody's, or with days out of order or of any calendar is passed over (S82)."""
    assert releases.release(text_value(text)) is None
    assert releases.release(quantity_value(1)) is None
    assert releases.release(None) is None


@given(days, days)
def test_working_days_are_those_that_a_calendar_counts(after: date, until: date) -> None:
    """Day by day, Monday to Friday (S82)."""
    counted = sum(
        (after + timedelta(days=ahead)).isoweekday() < 6
        for ahead in range(1, (until - after).days + 1)
    )

    assert releases.working_days(after, until) == counted


@given(days, st.integers(0, 30))
def test_no_day_before_the_earliest_leaves_the_notice(today: date, notice: int) -> None:
    """The day that is offered is the first that will do (S82)."""
    first = releases.earliest_due(today, notice)

    assert releases.working_days(today, first) >= notice
    if first > today:
        assert releases.working_days(today, first - timedelta(days=1)) < notice


@given(made(), days, st.integers(0, 30), st.one_of(st.none(), days))
def test_a_due_day_is_never_set_with_less_notice(
    said: Release, today: date, notice: int, before: date | None
) -> None:
    """Except that one which was announced may be put off (S82)."""
    short = releases.working_days(today, said.due) < notice
    put_off = before is not None and before <= said.due
    try:
        releases.check(said, today, notice, before)
    except Problem as problem:
        assert problem.code == "release-notice-short"
        assert short
        assert not put_off
    else:
        assert put_off or not short


def test_days_out_of_order_are_refused() -> None:
    """Nothing goes out that is due before it opens (S82)."""
    opens, due = date(2026, 4, 10), date(2026, 4, 9)
    with pytest.raises(Problem) as caught:
        releases.check(Release(opens, due, due), date(2026, 1, 1), 5)

    assert caught.value.code == "release-days-order"


def test_the_nearest_release_that_was_not_taken_back_holds() -> None:
    """A county gives its own days; where it took them back, the city's hold (S82)."""
    day = date(2026, 4, 10)
    county, city = Release(day, day, day, withdrawn=True), Release(day, day, day, "of the city")

    assert releases.nearest([None, county, city]) == city
    assert releases.nearest([None, city, county]) == city
    assert releases.nearest([county, None]) is None


def test_the_cells_name_period_and_form() -> None:
    """As those of a review do (S82)."""
    for cell in (
        releases.release_cell("2026Q1", "C201"),
        releases.reminder_cell("2026Q1", "C201"),
    ):
        assert form_of(cell.subject) == ("2026Q1", "C201")
