"""What is typed becomes a value, or a sentence says why not."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.catalogue import shipped
from sync import quantity
from sync.catalogue import Catalogue, Indicator, Words
from sync.entry import entry
from sync.period import Kind
from sync.problems import Problem
from sync.texts import LANGUAGES, say
from sync.value import REASONS, Type, choice_value, flag_value, quantity_value, text_value

CATALOGUE = shipped()
TODAY = date(2024, 10, 3)
CHOICE = Indicator(
    code="X001",
    name=Words(),
    type="choice",
    choices=("good", "fair"),
    level="village",
    period=Kind.YEAR,
    space="none",
    time="end",
)
TEXT = Indicator(
    code="X002",
    name=Words(),
    type="text",
    level="village",
    period=Kind.YEAR,
    space="none",
    time="end",
)


def code_of(problem: pytest.ExceptionInfo[Problem]) -> str:
    """The code of what was raised, once it is sure that it can be said."""
    assert all(problem.value.say(language) for language in LANGUAGES)
    return problem.value.code


@pytest.mark.parametrize(
    "code,level,expected",
    [
        ("B999", "village", "field-indicator-unknown"),
        ("", "village", "field-indicator-unknown"),
        ("A501", "village", "field-indicator-derived"),
        ("B001", "town", "field-indicator-level"),
        ("M001", "village", "field-indicator-level"),
    ],
)
def test_an_indicator_that_cannot_be_typed_is_refused(code: str, level: str, expected: str) -> None:
    """Unknown, calculated, or another level's: each says so."""
    with pytest.raises(Problem) as problem:
        entry.indicator_asked(CATALOGUE, code, level)

    assert code_of(problem) == expected


def test_a_code_is_found_in_small_letters_too() -> None:
    """Nobody should have to hold the shift key."""
    assert entry.indicator_asked(CATALOGUE, "b001", "village").code == "B001"
    assert entry.form_asked(CATALOGUE, "c201", "village").code == "C201"


def test_full_width_letters_are_understood() -> None:
    """An input method for Chinese writes them, and nobody sees why they are refused."""
    assert entry.indicator_asked(CATALOGUE, "ｂ００１", "village").code == "B001"
    found = CATALOGUE.indicators["B001"]
    assert entry.period_of(found, "２０２４ｑ３", TODAY).text == "2024Q3"


def test_before_the_first_sync_everything_asks_for_one() -> None:
    """With no definitions here, no code can be judged."""
    for ask in (entry.indicator_asked, entry.form_asked):
        with pytest.raises(Problem) as problem:
            ask(Catalogue(), "B001", "village")
        assert code_of(problem) == "field-sync-first"


@pytest.mark.parametrize(
    "code,level,expected",
    [("C999", "village", "field-form-unknown"), ("C103", "village", "field-form-level")],
)
def test_a_form_of_another_level_is_refused(code: str, level: str, expected: str) -> None:
    """A village is told which forms it has."""
    with pytest.raises(Problem) as problem:
        entry.form_asked(CATALOGUE, code, level)

    assert code_of(problem) == expected


@pytest.mark.parametrize(
    "indicator,text,example",
    [
        ("B001", "2024", "2024Q4"),
        ("B001", "2024-03", "2024Q1"),
        ("A001", "2024Q3", "2024"),
        ("H004", "2024", "2024H2"),
        ("G001", "2024H1", "2024-06"),
    ],
)
def test_a_period_of_another_kind_is_refused_with_the_right_form(
    indicator: str, text: str, example: str
) -> None:
    """The sentence shows how the period is to be written for this indicator."""
    with pytest.raises(Problem) as problem:
        entry.period_of(CATALOGUE.indicators[indicator], text, TODAY)

    assert code_of(problem) == "field-period-kind"
    assert all(example in problem.value.say(language) for language in LANGUAGES)


def test_only_a_period_that_has_begun_is_taken() -> None:
    """The quarter that runs may be filed, the next one may not."""
    indicator = CATALOGUE.indicators["B001"]

    assert entry.period_of(indicator, "2024Q4", TODAY).text == "2024Q4"
    with pytest.raises(Problem) as problem:
        entry.period_of(indicator, "2025Q1", TODAY)
    assert code_of(problem) == "field-period-future"


def test_what_is_filed_on_change_takes_any_period() -> None:
    """No period is of the kind `static`."""
    static = CATALOGUE.indicators["A008"]

    assert [
        entry.period_of(static, text, TODAY).text for text in ("2024", "2024Q3", "2024-10")
    ] == [
        "2024",
        "2024Q3",
        "2024-10",
    ]


@given(st.integers(-(10**16), 10**16))
def test_a_quantity_is_what_its_text_says(units: int) -> None:
    """Decimal text goes in and out unchanged, also with spaces around it."""
    typed = entry.value(CATALOGUE.indicators["B001"], f" {quantity.text(units)} ")

    assert typed == quantity_value(units)


@pytest.mark.parametrize(
    "text,expected",
    [
        ("1.23456", "quantity-too-fine"),
        ("1000000000000.1", "quantity-too-large"),
        ("1,200", "quantity-not-a-number"),
        ("12元", "quantity-not-a-number"),
        ("1e5", "quantity-not-a-number"),
        ("nan", "quantity-not-a-number"),
        ("", "field-value-empty"),
        ("-", "field-value-empty"),
    ],
)
def test_what_is_no_quantity_is_refused(text: str, expected: str) -> None:
    """Five decimals, beyond a trillion, words, exponents, nothing."""
    with pytest.raises(Problem) as problem:
        entry.value(CATALOGUE.indicators["B001"], text)

    assert code_of(problem) == expected


@pytest.mark.parametrize("text,yes", [("true", 1), ("是", 1), ("YES", 1), ("否", 0), ("no", 0)])
def test_yes_and_no_are_understood_in_each_language(text: str, yes: int) -> None:
    """`true` and `false` are what programs write."""
    assert entry.value(CATALOGUE.indicators["E001"], text) == flag_value(bool(yes))


def test_what_is_neither_yes_nor_no_is_refused() -> None:
    """A number says nothing about a clinic."""
    with pytest.raises(Problem) as problem:
        entry.value(CATALOGUE.indicators["E001"], "2")

    assert code_of(problem) == "field-flag-malformed"


def test_a_choice_is_one_of_the_list() -> None:
    """By its code; anything else names the list."""
    assert entry.value(CHOICE, "fair") == choice_value("fair")
    with pytest.raises(Problem) as problem:
        entry.value(CHOICE, "bad")
    assert code_of(problem) == "field-choice-unknown"
    assert "good, fair" in problem.value.say("en")


def test_a_text_is_kept_as_it_is() -> None:
    """Without the blanks around it, and not longer than texts may be."""
    assert entry.value(TEXT, " 水渠已修好 ") == text_value("水渠已修好")
    with pytest.raises(Problem) as problem:
        entry.value(TEXT, "长" * 4001)
    assert code_of(problem) == "text-too-long"


@pytest.mark.parametrize("code", REASONS)
def test_a_reason_may_be_given_in_words(code: str) -> None:
    """By its code or as the screen says it."""
    given_as = [code, *(say(f"field-reason-{code}", language) for language in LANGUAGES)]

    assert {entry.reason(text) for text in given_as} == {entry.reason(code)}
    assert entry.reason(code).type is Type.REASON


def test_an_unknown_reason_is_refused() -> None:
    """The sentence lists the reasons there are."""
    with pytest.raises(Problem) as problem:
        entry.reason("forgotten")

    assert code_of(problem) == "reason-unknown"
