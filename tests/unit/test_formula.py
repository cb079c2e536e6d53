"""Reading formulas: what they mean as nodes, and that nothing else gets through."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync import formula
from sync import formula_nodes as nodes
from sync.limits import FORMULA_CHARS_MAX, FORMULA_DEPTH_MAX
from sync.problems import Problem, codes

WORDS = st.sampled_from(
    [
        *formula.RESERVED,
        *("A001", "P_X", "1", "2.50", "+", "-", "*", "/", "**", "//", "(", ")", ",", "==", "="),
        *("<=", "!=", '"k"', "'", '"""', "\\", "1e9", "0x1f", "1_0", "[", "]", "{", "}", ":", "."),
        *("\n", "\t", "#", "；", "（", "\ud800", "\x00", "lambda", "f'", "@", "~", "001"),
    ]
)
HOSTILE = st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=60).map(" ".join))


def refusal(text: str) -> Problem:
    """The problem that a text is refused with."""
    with pytest.raises(Problem) as caught:
        formula.parse(text)
    return caught.value


def test_numbers_are_read_to_the_last_digit() -> None:
    """What a binary fraction would round is exact."""
    root = formula.parse("0.1000000000000000055").root
    assert root == nodes.Constant(Fraction("0.1000000000000000055"))


def test_names_leave_out_functions_and_levels() -> None:
    """Indicators and parameters are named; VAL, functions and levels are not among them."""
    parsed = formula.parse("100*COUNTIF(B503 < P_WEAK)/COUNT(VILLAGE) + PY(B503) + VAL")
    assert formula.names(parsed) == {"B503", "P_WEAK"}
    assert formula.uses_bound(parsed)
    assert not formula.uses_bound(formula.name("B503"))
    assert [one.ordinal for one in parsed.conditions] == [1]


def test_a_long_chain_is_no_deeper_than_a_short_one() -> None:
    """A sum over hundreds of indicators nests no more than one over two."""
    short, long = "A1+A2", "+".join(f"A{at}" for at in range(1, 300))
    assert formula.parse(long).depth == formula.parse(short).depth == 2


def test_a_division_is_told_apart_into_its_two_sides() -> None:
    """What is divided by what; a formula that ends in a sum has no such sides."""
    sides = formula.division(formula.parse("100*G007/(G001-G006)"))
    assert sides is not None
    assert [formula.names(side) for side in sides] == [{"G007"}, {"G001", "G006"}]
    assert formula.division(formula.parse("M502-M503")) is None


def test_line_breaks_and_indents_mean_nothing() -> None:
    """A formula may be laid out over lines."""
    assert formula.parse("\n  A001 +\n\tA002 ") == formula.parse("A001+A002")


@pytest.mark.parametrize(
    "text,code,column",
    [
        ("", "formula-syntax", 1),
        ("A001 +", "formula-syntax", 1),
        ("A001 A002", "formula-syntax", 6),
        ("A001 = A002", "formula-unreadable", 6),
        ("A001＋A002", "formula-unreadable", 5),
        ("1e9", "formula-unreadable", 1),
        ("1" + "0" * 400, "formula-unreadable", 1),
        ("  a.b", "formula-unreadable", 4),
        ("(1).__class__", "formula-unreadable", 4),
        ("2 ** 9", "formula-not-allowed", 1),
        ("1 + 7 // 2", "formula-not-allowed", 5),
        ('"户" * 10', "formula-not-allowed", 1),
        ('A1 + IF("户" < 1, 1 if A1 else 2, 1)', "formula-not-allowed", 9),
        ("None", "formula-not-allowed", 1),
        ("A001 in A002", "formula-not-allowed", 1),
        ("(A001, A002)", "formula-not-allowed", 1),
        ("COUNTIF(COUNTIF(A > 1) > 1)", "formula-not-allowed", 9),
        ("1 + SQRT(A)", "formula-unknown-function", 5),
        ("eval(A)", "formula-unknown-function", 1),
        ("A + PY()", "formula-arguments", 5),
        ("PREV(A, B)", "formula-arguments", 1),
        ("PREV(A, 101)", "formula-arguments", 1),
        ("YTD(A + B)", "formula-arguments", 1),
        ("COUNT(1)", "formula-arguments", 1),
        ("EXTERNAL(A)", "formula-arguments", 1),
        ("PY + 1", "formula-arguments", 1),
        ("A + " + "(" * 41 + "1" + ")" * 41, "formula-too-deep", 45),
        ("-" * 200 + "1", "formula-too-deep", 41),
        ("ABS(" * 30 + "1" + ")" * 30 + "+" + "not " * 60 + "1", "formula-too-deep", 309),
        ("PY(1-(" * 20 + "1" + "))" * 20, "formula-too-deep", 118),
    ],
)
def test_what_is_not_in_the_language_is_refused_by_name_and_column(
    text: str, code: str, column: int
) -> None:
    """Columns count characters from 1, whatever bytes they take."""
    problem = refusal(text)
    assert (problem.code, problem.values["column"]) == (code, column)


def test_a_formula_has_a_greatest_length() -> None:
    """Longer ones are refused before anything is read."""
    assert refusal("1+" * FORMULA_CHARS_MAX).code == "formula-too-long"


def test_brackets_may_be_as_deep_as_the_limit() -> None:
    """The limit itself is allowed."""
    text = "(" * FORMULA_DEPTH_MAX + "1" + ")" * FORMULA_DEPTH_MAX
    assert formula.parse(text).root == nodes.Constant(Fraction(1))


@given(HOSTILE)
@example('"a"' * 3 + '"')
@example("not " * 40 + "1")
@example("1" + "+1" * 999)
@example("1" + "<1" * 999)
@example("MIN(" + "1," * 900 + "1)")
@example("A" * 2000)
def test_no_text_makes_another_exception(text: str) -> None:
    """Any text is a formula or a problem that can be said in every language (C7)."""
    try:
        parsed = formula.parse(text)
    except Problem as problem:
        assert problem.code in codes()
        assert all(problem.say(language) for language in ("zh-Hans", "zh-Hant", "en"))
    else:
        assert parsed.depth <= FORMULA_DEPTH_MAX
