"""Numbers as people write them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.catalogue import shipped
from sync.entry import units
from sync.problems import Problem
from sync.quantity import SCALE

INDICATORS = shipped().indicators
MU = Fraction(1)
# What one of each is in the first of them, as people know it.
ONE = {
    "B001": {"万元": Fraction(1), "元": Fraction(1, 10_000), "亿元": Fraction(10_000)},
    "H001": {"亩": MU, "公顷": 15 * MU, "平方米": MU * 3 / 2_000},
    "H007": {"吨": Fraction(1), "公斤": Fraction(1, 1_000), "斤": Fraction(1, 2_000)},
}

READ = [
    ("B001", "12.5", "", "12.5"),
    ("B001", "１２．５", "", "12.5"),
    ("B001", "1,234.5", "", "1234.5"),
    ("B001", "1，234", "", "1234"),
    ("B001", "35000", "元", "3.5"),
    ("B001", "35000元", "", "3.5"),
    ("B001", "3.5万", "", "3.5"),
    ("B001", "3.5萬元", "", "3.5"),
    ("B001", "3.5万", "元", "3.5"),
    ("B001", "1.2亿", "", "12000"),
    ("A003", "3.5万", "", "35000"),
    ("A003", "2萬人", "", "20000"),
    ("H001", "1.5", "公顷", "22.5"),
    ("H001", "3畝", "", "3"),
    ("H007", "5000斤", "", "2.5"),
    ("B001", "-2", "", "-2"),
    ("B001", "−2", "", "-2"),
    ("B001", "+2", "", "2"),
]


@pytest.mark.parametrize("code, text, unit, value", READ)
def test_a_number_is_read_as_it_was_meant(code: str, text: str, unit: str, value: str) -> None:
    """With separators, full-width digits, 万 and 亿, and a unit behind it or beside it (F62)."""
    assert Fraction(units.read(INDICATORS[code], text, unit).units, SCALE) == Fraction(value)


REFUSED = [
    ("B001", "1,23", "", "field-number-unread"),
    ("B001", "1,2345", "", "field-number-unread"),
    ("B001", "十二", "", "field-number-unread"),
    ("B001", "1.2.3", "", "field-number-unread"),
    ("B001", "1e9", "", "field-number-unread"),
    ("B001", "3亩", "", "field-unit-unknown"),
    ("B001", "3", "亩", "field-unit-unknown"),
    ("B001", "0.12345", "", "field-unit-inexact"),
    ("B001", "1.5", "元", "field-unit-inexact"),
    ("H007", "1", "斤", None),
    ("B001", "9" * 30, "", "quantity-too-large"),
    ("B001", "9" * 300, "", "quantity-too-large"),
    ("B001", "1000000000001", "", "quantity-too-large"),
]


@pytest.mark.parametrize("code, text, unit, problem", REFUSED)
def test_what_is_no_exact_number_is_refused(
    code: str, text: str, unit: str, problem: str | None
) -> None:
    """Nothing is rounded on the way in, and nothing is guessed (F62)."""
    if problem is None:
        assert units.read(INDICATORS[code], text, unit).units == 5
        return
    with pytest.raises(Problem) as caught:
        units.read(INDICATORS[code], text, unit)
    assert caught.value.code == problem


@given(
    st.sampled_from(sorted((code, unit) for code, known in ONE.items() for unit in known)),
    st.integers(-(10**7), 10**7),
    st.integers(0, 4),
)
def test_a_unit_is_converted_exactly_or_not_at_all(
    which: tuple[str, str], number: int, decimals: int
) -> None:
    """Against what one of each is, over any number of at most four decimals (F62)."""
    code, unit = which
    text = f"{'-' if number < 0 else ''}{abs(number) // 10**decimals}"
    if decimals:
        text += f".{abs(number) % 10**decimals:0{decimals}d}"
    exact = Fraction(number, 10**decimals) * ONE[code][unit] * SCALE
    try:
        found = units.read(INDICATORS[code], text, unit)
    except Problem as problem:
        assert problem.code == "field-unit-inexact"
        assert exact.denominator != 1
    else:
        assert found.units == exact
        assert found.number == Fraction(number, 10**decimals)


@given(st.text(max_size=30), st.sampled_from(("", "元", "亩", "x")))
def test_whatever_is_typed_is_read_or_answered(text: str, unit: str) -> None:
    """Never anything but a value or a problem of the catalogue."""
    try:
        units.read(INDICATORS["B001"], text, unit)
    except Problem as problem:
        assert problem.say()


def test_units_are_offered_with_the_own_one_first() -> None:
    """Only where there is something to choose between, or a unit at all."""
    assert units.offered(INDICATORS["B001"]) == ("万元", "元", "亿元")
    assert units.offered(INDICATORS["D005"]) == ()
