"""Evaluating formulas: exact figures, periods brought together, and a reason for all the rest."""

from __future__ import annotations

import sys
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sync import formula
from sync.catalogue import Catalogue, Indicator, Kind, Parameter, Words
from sync.evaluate import Missing, Result, evaluate, indicator
from sync.period import parse
from sync.placecontext import PlaceContext
from sync.quantity import parse as units
from sync.value import REASONS, Value, choice_value, flag_value, quantity_value, reason_value

NAME = Words("名", "名", "name")


def item(
    code: str, period: Kind, time: str, *, formula: str = "", kind: str = "quantity"
) -> Indicator:
    """An indicator of a village."""
    return Indicator(
        code=code,
        name=NAME,
        type=kind,  # type: ignore[arg-type]
        choices=("a", "b") if kind == "choice" else (),
        level="village",
        period=period,
        space="ratio" if formula else "sum",
        time=time,  # type: ignore[arg-type]
        formula=formula,
        decimals=2,
    )


CATALOGUE = Catalogue(
    [
        item("END", Kind.QUARTER, "end"),
        item("CUM", Kind.QUARTER, "cum"),
        item("ADD", Kind.MONTH, "add"),
        item("OPEN", Kind.QUARTER, "open"),
        item("NONE", Kind.QUARTER, "none"),
        item("YEARLY", Kind.YEAR, "end"),
        item("FLOW", Kind.YEAR, "add"),
        item("STATIC", Kind.STATIC, "end"),
        item("FLAG", Kind.YEAR, "end", kind="flag"),
        item("WAY", Kind.YEAR, "end", kind="choice"),
        item("GROWTH", Kind.QUARTER, "none", formula="YOY(CUM)"),
        item("RATE", Kind.MONTH, "none", formula="ADD/STATIC"),
        item("TOTAL", Kind.QUARTER, "cum", formula="CUM+END"),
        Parameter(code="P_LINE", value="2.5", name=NAME),
    ]
)


def place(filed: str, level: str = "village") -> PlaceContext:
    """A place that has filed figures written `CODE@period=figure`."""
    cells: dict[str, dict[str, Value]] = {}
    for word in filed.split():
        key, _, text = word.partition("=")
        code, _, period = key.partition("@")
        cells.setdefault(period, {})[code] = value(text)
    return PlaceContext(CATALOGUE, cells, level)


def value(text: str) -> Value:
    """A figure, a flag, a choice or a reason by its text."""
    if text in REASONS:
        return reason_value(text)
    if text in {"yes", "no"}:
        return flag_value(text == "yes")
    return quantity_value(units(text)) if text[-1].isdigit() else choice_value(text)


def worked(text: str, period: str = "2024", filed: str = "", bound: str = "") -> Result:
    """What a formula comes to at a place."""
    return evaluate(formula.parse(text), place(filed), parse(period), bound=bound)


@pytest.mark.parametrize(
    "text,expected",
    [
        ("0.1 + 0.2", "0.3"),
        ("1 - 2 - 3", "-4"),
        ("12 / 3 / 2 * 5", "10"),
        ("-(2 - 5)", "3"),
        ("P_LINE * 4", "10"),
        ("ABS(0 - 7)", "7"),
        ("MIN(3, 1, 2) + MAX(4, 6)", "7"),
        ("ROUND(2.5) + ROUND(0 - 2.5) + ROUND(1.005, 2)", "1.01"),
        ("IF(1 < 2, 3, 1 / 0)", "3"),
        ("1 / 3 * 3", "1"),
    ],
)
def test_arithmetic_is_exact(text: str, expected: str) -> None:
    """No digit is lost, and halves are rounded away from zero."""
    assert worked(text) == Fraction(expected)


@pytest.mark.parametrize(
    "text",
    [
        "1 < 2 <= 2 != 3",
        "not (1 > 2) and TRUE",
        "(1 == 1) == (2 == 2)",
        "IN(5, 5, 7) and not IN(4, 5, 7)",
        "NEAR(1, 1.03, 0.03) and not NEAR(1, 1.031, 0.03)",
        "WHOLE(2.0) and not WHOLE(2.5)",
        "MISSING(YEARLY) and not KNOWN(YEARLY)",
        "TRUE or 1 / 0 == 1",
        "not (FALSE and YEARLY > 1)",
    ],
)
def test_what_is_true_is_true(text: str) -> None:
    """One operand that decides is enough, whatever is unknown beside it."""
    assert worked(text) is True


@pytest.mark.parametrize(
    "text,reason,names",
    [
        ("YEARLY + FLOW", "unknown", ("YEARLY", "FLOW")),
        ("1 / 0", "division_by_zero", ()),
        ("1 / STATIC", "division_by_zero", ("STATIC",)),
        ("YOY(STATIC)", "division_by_zero", ("STATIC",)),
        ("FLAG + 1", "wrong_kind", ("FLAG",)),
        ("FLAG < 1", "wrong_kind", ("FLAG",)),
        ("1 and TRUE", "wrong_kind", ()),
        ("YES(STATIC)", "wrong_kind", ("STATIC",)),
        ("WAY + 1", "not_a_number", ("WAY",)),
        ("OPEN", "not_applicable", ("OPEN",)),
        ("NOSUCH", "unknown", ("NOSUCH",)),
        ("P_NOSUCH", "unknown", ("P_NOSUCH",)),
        ("NONE", "other_period", ("NONE",)),
        ("YEARLY > 1 and FLOW > 1", "unknown", ("YEARLY", "FLOW")),
        ("PREFILL(YEARLY)", "not_evaluable_here", ()),
        ("COUNT(TOWN)", "not_evaluable_here", ()),
        ("VAL", "unknown", ("",)),
        ("*".join(["9" * 30] * 60), "too_large", ()),
        ("YOY(" * 20 + "YEARLY" + ")" * 20, "too_large", ()),
    ],
)
def test_what_cannot_be_told_says_why(text: str, reason: str, names: tuple[str, ...]) -> None:
    """The reason, and the codes that it is due to."""
    filed = "STATIC@2020=0 FLAG@2024=yes WAY@2024=a OPEN@2024Q1=not_applicable NONE@2024Q1=1"
    assert worked(text, filed=filed) == Missing(reason, names)


PERIODS = "CUM@2024Q1=10 CUM@2024Q3=30 CUM@2023Q3=24 CUM@2023Q4=60 END@2024Q2=5 OPEN@2024Q1=7 "
PERIODS += "OPEN@2024Q2=9 ADD@2024-01=1 ADD@2024-02=2 ADD@2024-12=4 YEARLY@2023=50 STATIC@2024Q1=3 "
PERIODS += "STATIC@2022=2 FLAG@2023=yes FLAG@2024=no"


@pytest.mark.parametrize(
    "text,period,expected",
    [
        ("CUM", "2024", 30),  # the last known, never added up
        ("CUM", "2024H1", 10),
        ("END", "2024", 5),
        ("OPEN", "2024", 7),
        ("ADD", "2024", 7),
        ("ADD", "2024Q1", 3),
        ("YEARLY", "2024-05", 50),  # this year's is not known: last year's
        ("STATIC", "2023", 2),
        ("STATIC", "2024-05", 3),
        ("PY(CUM)", "2024", 60),
        ("PY(CUM)", "2024Q3", 24),
        ("PREV(CUM, 2)", "2024Q3", 10),
        ("PREV(YEARLY)", "2024-05", 50),
        ("AVG2(CUM)", "2024Q3", 27),
        ("YOY(CUM)", "2024Q3", Fraction(1, 4)),
        ("GROWTH", "2024", Fraction(1, 4)),  # the third quarter with the third quarter
        ("RATE", "2024", Fraction(7, 3)),  # the year's rate, not December's
        ("TOTAL", "2024H1", None),
        ("YTD(CUM)", "2024Q3", 30),
        ("YTD(ADD)", "2024-02", 3),
        ("YTD(ADD)", "2024-11", 3),
        ("PREV_IN_YEAR(CUM)", "2024Q1", None),
        ("PREV_IN_YEAR(CUM)", "2024Q4", 30),
        ("YES(PY(FLAG)) and NO(FLAG)", "2024", True),
        ("KNOWN(FLAG) and not HAS_REASON(FLAG)", "2024", True),
        ("PY(CUM)", "1900Q1", None),
        ("PREV(CUM, 100)", "1910Q1", None),
    ],
)
def test_operands_are_brought_to_the_period_asked_for(
    text: str, period: str, expected: Fraction | int | bool | None
) -> None:
    """Each by its own time rule; None stands for a figure that is missing."""
    result = worked(text, period, PERIODS)
    assert (None if isinstance(result, Missing) else result) == expected


def test_a_figure_says_its_period_and_its_gaps() -> None:
    """From which part a stock is, and which months of a flow nobody filed."""
    context = place(PERIODS)
    assert indicator("CUM", context, parse("2024")).period == parse("2024Q3")
    assert indicator("ADD", context, parse("2024Q1")).gaps == ("2024-03",)
    assert indicator("YEARLY", context, parse("2024-05")).period == parse("2023")


def test_val_is_the_bound_indicator() -> None:
    """Also within functions that look at its definition."""
    assert worked("VAL * 2", filed="YEARLY@2024=4", bound="YEARLY") == 8
    assert worked("DECIMALS_OK(VAL)", filed="YEARLY@2024=4.25", bound="YEARLY") is True
    assert worked("DECIMALS_OK(VAL)", filed="YEARLY@2024=4.255", bound="YEARLY") is False
    reason = "YEARLY@2024=below_unit"
    assert worked("HAS_REASON(VAL) and MISSING(VAL)", filed=reason, bound="YEARLY") is True


def test_a_place_counts_itself_and_meets_conditions_itself() -> None:
    """At one place a count is of that place alone."""
    assert worked("COUNT(VILLAGE)") == 1
    assert worked("COUNTIF(YEARLY < 5)", filed="YEARLY@2024=4") == 1
    assert worked("COUNTIF(YEARLY < 5)", filed="YEARLY@2024=6") == 0


def test_a_loop_that_slipped_in_gives_a_reason() -> None:
    """Catalogues refuse loops; an evaluation that met one would still end."""
    catalogue = Catalogue([item("ONE", Kind.YEAR, "none", formula="1"), *_plain("TWO")])
    catalogue.formulas["ONE"] = formula.parse("TWO + 1")
    catalogue.formulas["TWO"] = formula.parse("ONE + PY(ONE)")
    context = PlaceContext(catalogue, {})
    result = indicator("ONE", context, parse("2024")).value
    assert isinstance(result, Missing)
    assert result.reason == "cycle"


def _plain(code: str) -> list[Indicator]:
    return [item(code, Kind.YEAR, "end")]


def test_a_tower_of_formulas_ends_within_a_modest_stack() -> None:
    """The deepest tower that is evaluated needs no more frames than any thread has."""
    catalogue = Catalogue(_plain("C0"))
    nested = "PY(" * 4 + "{}" + ")" * 4
    for at in range(1, 200):
        catalogue.indicators[f"C{at}"] = item(f"C{at}", Kind.YEAR, "none", formula="1")
        catalogue.formulas[f"C{at}"] = formula.parse(nested.format(f"C{at - 1}"))
    context = PlaceContext(catalogue, {})
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(_frames() + 700)
    try:
        result = indicator("C199", context, parse("2999")).value
    finally:
        sys.setrecursionlimit(limit)
    assert isinstance(result, Missing)
    assert result.reason == "too_deep"


def _frames() -> int:
    frame, count = sys._getframe(), 0
    while frame.f_back is not None:
        frame, count = frame.f_back, count + 1
    return count


CODES = st.sampled_from([*CATALOGUE.indicators, "NOSUCH", "VAL", "P_LINE", "TRUE", "3", "0", "0.5"])


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "<", "==", "and", "or"]), inner)
    named = st.sampled_from(
        [
            "PY",
            "YOY",
            "AVG2",
            "ABS",
            "KNOWN",
            "YES",
            "NO",
            "WHOLE",
            "ROUND",
            "COUNTIF",
            "PREV_IN_YEAR",
        ]
    )
    return st.one_of(
        two.map(lambda one: f"({one[0]} {one[1]} {one[2]})"),
        st.tuples(named, inner).map(lambda one: f"{one[0]}({one[1]})"),
        st.tuples(inner, inner, inner).map(lambda one: f"IF({', '.join(one)})"),
    )


@given(
    st.recursive(CODES, _grown, max_leaves=12),
    st.sampled_from(["2024", "2024H2", "2024Q3", "2024-05", "1900", "2999-12"]),
    st.sampled_from(["", "CUM", "FLAG", "RATE", "NOSUCH"]),
)
def test_any_formula_comes_to_a_figure_or_a_reason(text: str, period: str, bound: str) -> None:
    """Well formed or not by kind, nothing else comes out and nothing is raised."""
    assume(text.count("COUNTIF") <= 1)
    result = worked(text, period, PERIODS, bound)
    assert isinstance(result, Fraction | bool | Missing)
