"""Quantities: decimal text and whole numbers of 1/10 000."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import quantity
from sync.limits import QUANTITY_ABS_MAX
from sync.problems import Problem

UNITS = st.integers(-QUANTITY_ABS_MAX * 10_000, QUANTITY_ABS_MAX * 10_000)


@given(UNITS)
def test_text_and_number_turn_into_each_other_without_loss(units: int) -> None:
    """What is shown reads back as the same quantity, and decimal arithmetic agrees (C1)."""
    assert quantity.parse(quantity.text(units)) == units
    assert Decimal(quantity.text(units)) * 10_000 == units


@given(st.text(max_size=30))
def test_any_text_is_a_quantity_or_a_problem(text: str) -> None:
    """Nothing that a person types makes another exception (C1)."""
    try:
        units = quantity.parse(text)
    except Problem as problem:
        assert problem.code.startswith("quantity-")
    else:
        assert abs(units) <= QUANTITY_ABS_MAX * 10_000


@pytest.mark.parametrize(
    "text, units",
    [("12", 120_000), (" 3.5 ", 35_000), ("-0.0001", -1), (".5", 5_000), ("１２．５", 125_000)],
)
def test_numbers_are_read_as_people_type_them(text: str, units: int) -> None:
    """Spaces, a bare point and full-width digits are understood."""
    assert quantity.parse(text) == units


@pytest.mark.parametrize(
    "text, code",
    [
        ("", "quantity-not-a-number"),
        ("1,000", "quantity-not-a-number"),
        ("1e3", "quantity-not-a-number"),
        ("٣", "quantity-not-a-number"),
        ("nan", "quantity-not-a-number"),
        ("1.23456", "quantity-too-fine"),
        ("1000000000001", "quantity-too-large"),
        ("-1000000000000.0001", "quantity-too-large"),
        ("9" * 5_000, "quantity-too-large"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(text: str, code: str) -> None:
    """Too fine, too large or no number: each has its own sentence (C1)."""
    with pytest.raises(Problem) as refused:
        quantity.parse(text)

    assert refused.value.code == code
    assert refused.value.say()


@pytest.mark.parametrize(
    "text, units",
    [
        ("1000000000000", 10**16),
        ("-1000000000000.0000", -(10**16)),
        ("0001000000000000", 10**16),
        ("1.23450", 12_345),
        ("12.", 120_000),
        ("+.5", 5_000),
        ("－３．０", -30_000),
        ("＋３", 30_000),
        ("０１２３４５６７８９", 1_234_567_890_000),
        ("-0", 0),
    ],
)
def test_the_bounds_themselves_are_quantities(text: str, units: int) -> None:
    """The largest number, the finest decimals and every full-width sign (C1)."""
    assert quantity.parse(text) == units


@pytest.mark.parametrize(
    "text, code",
    [
        ("x" * 50, "quantity-not-a-number"),
        ("1." + "2" * 48, "quantity-too-fine"),
        ("9" * 50, "quantity-too-large"),
        ("1000000000000.0001", "quantity-too-large"),
        ("0" * 38 + "1000000000000.0001", "quantity-too-large"),
    ],
)
def test_a_refusal_quotes_the_first_forty_characters(text: str, code: str) -> None:
    """Enough to find it again, without the spaces around it."""
    with pytest.raises(Problem) as refused:
        quantity.parse(f"  {text}\n")

    assert (refused.value.code, refused.value.values) == (code, {"text": text[:40]})


@pytest.mark.parametrize(
    "units, text",
    [
        (0, "0"),
        (1, "0.0001"),
        (-1, "-0.0001"),
        (10, "0.001"),
        (-10_000, "-1"),
        (1_000_500, "100.05"),
    ],
)
def test_a_quantity_has_one_text(units: int, text: str) -> None:
    """No trailing zeros, no bare point, and a sign only where it is negative."""
    assert quantity.text(units) == text


@pytest.mark.parametrize(
    "exact, units",
    [("1/20000", 1), ("-1/20000", -1), ("1/20001", 0), ("3/20000", 2), ("0", 0), ("5/2", 25_000)],
)
def test_halves_go_away_from_zero(exact: str, units: int) -> None:
    """As officials round, on both sides of zero."""
    assert quantity.rounded(Fraction(exact)) == units


@given(st.fractions(min_value=-(10**9), max_value=10**9))
def test_rounding_goes_to_the_nearest_and_halves_away_from_zero(exact: Fraction) -> None:
    """As officials round; an independent rule by comparison of distances."""
    units = quantity.rounded(exact)
    distance = abs(Fraction(units, 10_000) - exact)

    assert distance <= Fraction(1, 20_000)
    if distance == Fraction(1, 20_000):
        assert abs(Fraction(units, 10_000)) > abs(exact)
