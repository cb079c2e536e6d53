"""The demo's cast, troubles and times: the same for the same seed."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.demo.cast import choose
from deploy.demo.times import OVER_DAYS, Clock, moment, quarters
from deploy.demo.trouble import Loss, Trouble, assign, losses
from server.places import shipped
from server.places.snapshot import Snapshot


@pytest.fixture(scope="module")
def places() -> Snapshot:
    """The hierarchy that comes with the package."""
    return shipped.load(2023)


def test_the_villages_are_real_and_lie_in_counties_and_in_a_city_without(places: Snapshot) -> None:
    """Sixty villages are of several towns, some right under Dongguan or Zhongshan."""
    cast = choose(places, 1, 60)
    codes = {village.code for village in cast}
    towns = {places.rows[code].parent for code in codes}
    above = {places.rows[places.rows[town].parent].level for town in towns}

    assert len(codes) == 60
    assert all(places.rows[village.code].name == village.name for village in cast)
    assert len(towns) >= 6
    assert above == {"county", "city"}


def test_one_village_has_a_rare_character_and_every_officer_is_marked(places: Snapshot) -> None:
    """Names beyond the common characters take part; names of people say that they are made up."""
    cast = choose(places, 1, 60)

    assert any(ord(letter) > 0xFFFF or 0x3400 <= ord(letter) < 0x4DC0 for letter in cast[0].name)
    assert all(village.officer.endswith("（模拟）") for village in cast)


@settings(max_examples=20)
@given(seed=st.integers(0, 10**9), count=st.integers(1, 90))
def test_the_same_seed_casts_the_same_story(places: Snapshot, seed: int, count: int) -> None:
    """Villages, troubles and losses are decided by the seed and the count alone."""
    assert choose(places, seed, count) == choose(places, seed, count)
    assert len({village.code for village in choose(places, seed, count)}) == count
    roles = assign(seed, count)
    assert roles == assign(seed, count)
    assert len(roles.troubles) == min(count, len(Trouble))
    assert roles.doubtful.isdisjoint(roles.troubles)
    assert losses(seed, roles, count, 0) == losses(seed, roles, count, 0)


@given(seed=st.integers(0, 10**9), count=st.integers(3, 90))
def test_one_request_and_one_reply_are_lost_for_certain(seed: int, count: int) -> None:
    """Whatever the seed, both kinds of loss happen in the first quarter."""
    lost = set(losses(seed, assign(seed, count), count, 0).values())

    assert {Loss.REQUEST, Loss.REPLY} <= lost


@given(today=st.dates(date(2000, 1, 1), date(2100, 1, 1)), count=st.integers(1, 12))
def test_quarters_begin_with_a_year_and_are_over(today: date, count: int) -> None:
    """They follow one another from a January; where the last is of this year, it has been over for a
    month.
    """
    found = quarters(today, count)

    assert len(found) == count
    assert found[0].start.month == 1
    assert found[-1].end.year in (today.year - 1, today.year)
    if found[-1].end.year == today.year:
        assert found[-1].end + timedelta(days=OVER_DAYS) <= today
    assert all(late.previous() == early for early, late in pairwise(found))


def test_a_faulty_clock_shows_1970_or_2099_and_a_right_one_what_it_was_set_to() -> None:
    """The fault stays through every setting."""
    clocks = [Clock(0, fault) for fault in ("", "clock_1970", "clock_2099")]
    now = moment(date(2025, 4, 8), 10)
    for clock in clocks:
        clock.set(now)
    years = [date.fromtimestamp(clock()).year for clock in clocks]  # noqa: DTZ012 - a year only

    assert years == [2025, 1970, 2099]
