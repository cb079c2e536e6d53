"""How an adjustment is written down, and which figures may have one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.adjusting import Adjustment, adjustment, adjustment_cell, encode, is_adjustable
from sync.grants import ROLES, Grant
from sync.ids import PlaceId
from sync.limits import QUANTITY_ABS_MAX
from sync.period import parse
from sync.problems import Problem
from sync.quantity import SCALE
from sync.value import quantity_value, text_value
from tests.unit.village_books import CATALOGUE

MOST = QUANTITY_ABS_MAX * SCALE
said = st.builds(
    Adjustment,
    amount=st.integers(-MOST, MOST),
    reason=st.text(min_size=1, max_size=40).filter(str.strip),
    total=st.one_of(st.just(""), st.integers().map(str).filter(lambda text: len(text) < 40)),
    reported=st.integers(0, 30_000),
)


@given(said)
def test_an_adjustment_is_read_as_it_was_written(one: Adjustment) -> None:
    """Amounts and totals of any size survive exactly (S95)."""
    assert adjustment(encode(one)) == one


@given(
    st.one_of(st.text(max_size=60), st.just('{"amount":1}'), st.just('{"amount":1.5,"reason":""}'))
)
def test_what_cannot_be_read_adjusts_nothing(text: str) -> None:
    """Text of newer software or of nobody's is passed over, never an error (S95)."""
    found = adjustment(text_value(text))

    assert found is None or isinstance(found, Adjustment)
    assert adjustment(quantity_value(1)) is None
    assert adjustment(None) is None


@pytest.mark.parametrize(
    "one, code",
    [
        (Adjustment(1, "  "), "adjustment-reason-missing"),
        (Adjustment(0, ""), "adjustment-reason-missing"),
        (Adjustment(MOST + 1, "why"), "quantity-too-large"),
    ],
)
def test_no_adjustment_goes_without_a_reason_or_beyond_all_bounds(
    one: Adjustment, code: str
) -> None:
    """Taking one back needs words as well as making one (S95)."""
    with pytest.raises(Problem) as raised:
        encode(one)

    assert raised.value.code == code


@pytest.mark.parametrize(
    "code, period, may",
    [
        ("CUM", "2024Q3", True),
        ("FLOW", "2024-05", True),
        ("FLOW", "2024", False),
        ("HOUSES", "2024", True),
        ("ROADS", "2024", False),
        ("CLINIC", "2024", False),
        ("SCORE", "2024", False),
        ("RATE", "2024", False),
        ("SURVEY", "2024", False),
    ],
)
def test_only_what_adds_up_may_be_adjusted(code: str, period: str, *, may: bool) -> None:
    """Rates follow their operands, and a year its months (S95)."""
    assert is_adjustable(CATALOGUE.indicators[code], parse(period)) is may


def test_only_a_county_reviewer_and_an_administrator_may_write_one() -> None:
    """Entry staff, town reviewers and onlookers can't, nor can reviewers write a value (S95)."""
    kind = adjustment_cell("2024", "CUM").kind
    who = {role for role in ROLES if Grant(PlaceId(bytes(16)), role=role).allows(kind)}
    over = {role for role in ROLES if Grant(PlaceId(bytes(16)), role=role).allows("value")}

    assert who == {"review_county", "administer"}
    assert over == {"enter", "administer"}
