"""Values: what each is, how it is shown, and what is none."""

from __future__ import annotations

import pytest

from sync.limits import TEXT_CHARS_MAX
from sync.problems import Problem
from sync.value import (
    REASONS,
    choice_value,
    flag_value,
    quantity_value,
    reason_value,
    shown_text,
    text_value,
)


def test_values_are_of_their_type_and_shown_as_text() -> None:
    """Each maker gives the type that it is named for; exports show one text."""
    shown = {
        quantity_value(12_500): "1.25",
        flag_value(True): "true",
        flag_value(False): "false",
        choice_value("road"): "road",
        text_value("a b"): "a b",
        reason_value("below_unit"): "below_unit",
    }

    assert {value: shown_text(value) for value in shown} == shown
    assert [(int(one.type), one.number, one.text) for one in shown] == [
        (1, 12_500, ""),
        (2, 1, ""),
        (2, 0, ""),
        (3, 0, "road"),
        (4, 0, "a b"),
        (5, 0, "below_unit"),
    ]


def test_a_text_too_long_and_a_reason_unknown_are_refused_with_what_fits() -> None:
    """The problem tells the bound, and the reasons that there are."""
    with pytest.raises(Problem) as long:
        text_value("x" * (TEXT_CHARS_MAX + 1))
    with pytest.raises(Problem) as unknown:
        reason_value("b" * 41)

    assert text_value("x" * TEXT_CHARS_MAX).text == "x" * TEXT_CHARS_MAX
    assert (long.value.code, long.value.values) == ("text-too-long", {"most": TEXT_CHARS_MAX})
    assert unknown.value.code == "reason-unknown"
    assert unknown.value.values == {
        "text": "b" * 40,
        "known": "not_applicable, nothing_this_period, not_yet_available, below_unit, not_comparable",
    }
    assert [reason_value(reason).text for reason in REASONS] == list(REASONS)
