"""The check engine over Guangdong's pack: every rule passes and breaks, and is said plainly."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from server.catalogue import shipped
from sync.checks import Finding, findings, say
from sync.evaluate import evaluate
from sync.period import parse
from sync.texts import LANGUAGES
from tests.unit.check_examples import EXAMPLES, FUNDS, Example
from tests.unit.one_place import Figures, World

PACK = shipped()


def found(
    level: str, period: str, figures: Figures, touched: Iterable[str] | None = None
) -> list[Finding]:
    """What the engine finds for figures written as in the examples."""
    return findings(PACK, World(figures, period), level, parse(period), touched)


def broken(example: Example, figures: Figures, code: str) -> list[Finding]:
    """The findings of one check."""
    every = found(example.level, example.period, figures)
    return [one for one in every if one.check == code]


def test_every_check_has_an_example() -> None:
    """None of the 49 goes untried."""
    assert set(EXAMPLES) == set(PACK.checks)


@pytest.mark.parametrize("code", EXAMPLES)
def test_a_check_lets_good_figures_pass(code: str) -> None:
    """And is really evaluated on them: its rule is true, not unknown."""
    example = EXAMPLES[code]
    world = World(example.good, example.period)
    rule = PACK.rules[code]
    each = PACK.checks[code].each or ("",)
    results = [evaluate(rule, world, parse(example.period), bound=one) for one in each]

    assert True in results
    if code != "R27":
        assert broken(example, example.good, code) == []


@pytest.mark.parametrize("code", EXAMPLES)
def test_a_check_finds_bad_figures_and_says_so(code: str) -> None:
    """The finding names its cells, and its message has no gap in any language."""
    example = EXAMPLES[code]
    all_found = broken(example, example.bad, code)

    assert all_found
    for one in all_found:
        assert one.severity == PACK.checks[code].severity
        assert one.cells or code == "R28"
        for language in LANGUAGES:
            sentence = say(one, PACK, language)
            assert sentence
            assert "{" not in sentence
            assert "None" not in sentence


@pytest.mark.parametrize("code", EXAMPLES)
def test_a_check_is_found_by_the_cells_that_it_looks_at(code: str) -> None:
    """Looking only at what was filed for the period finds the same."""
    example = EXAMPLES[code]
    touched = {name.partition("@")[0] for name in example.bad if not name.startswith("*")}
    whole = found(example.level, example.period, example.bad)
    looked = found(example.level, example.period, example.bad, touched)

    assert code in {one.check for one in looked}
    assert [one for one in looked if one.check == code and one.period == example.period] == [
        one for one in whole if one.check == code and (set(one.cells) & touched or not one.cells)
    ]


MESSAGES = {
    "R01": "总收入182万元，五项加起来180万元，应当相等，现相差2万元。",
    "R03": "年初未分配收益36.03万元，应等于上年年末数36万元。",
    "R08": "通硬化路自然村13个，不能超过自然村总数12个。",
    "R10": "自来水、宽带、污水处理的户数最多一项251户，不能超过本村常住户数250户。",
    "R28": "本村代码在2024已调整，请确认。",
    "R29": "农村自来水普及率算出100.4%，请检查自来水（集中供水）入户户数和常住户数。",
    "R31": "户籍人口106，上年100，变动6%，请说明（合村/迁入迁出/口径）。",
    "R36": "常住1751人、250户，户均7.004人，请核对户数和人口。",
    "R38": "播种300亩、产量240吨，亩产800公斤，超出常见范围（200至700）。",
    "R48": "报自来水100%，但本期有3件供水诉求。",
    "R49": ("户籍户数填了310，公安/民政的数是290，相差6.9%，请选“以我为准/以部门为准”并说明。"),
}


@pytest.mark.parametrize("code", MESSAGES)
def test_a_message_names_the_figures(code: str) -> None:
    """What the officer reads has the numbers in it."""
    example = EXAMPLES[code]

    assert say(broken(example, example.bad, code)[0], PACK, "zh-Hans") == MESSAGES[code]


def test_missing_operands_find_nothing() -> None:
    """What is unknown is not wrong: only the rule on blanks speaks."""
    assert {one.check for one in found("village", "2024", {})} == {"R27"}


def test_a_blank_is_found_and_a_reason_is_enough() -> None:
    """Each core item of the period without a figure or a reason is one finding."""
    blanks = {one.bound for one in found("village", "2024Q3", {})}

    assert blanks == set(PACK.forms["C201"].items)
    reasons = dict.fromkeys(blanks, "nothing_this_period")
    assert found("village", "2024Q3", reasons) == []


def test_only_rules_that_look_at_touched_cells_run() -> None:
    """A wrong figure elsewhere is not looked for again."""
    figures = SPENT_WRONG | {"A003": "1", "A001": "2"}

    assert {one.check for one in found("village", "2024", figures, ["B007"])} == {"R02"}


SPENT_WRONG = {"B007": "1", "B008": "45", "B009": "35", "B010": "45"}


def test_a_change_within_a_year_runs_the_checks_of_the_year() -> None:
    """A half-yearly operand leads to the yearly rule around it."""
    figures = {"A006@2024H2": "600", "A005@2024": "500", "A003@2024": "900"}
    (one,) = [f for f in found("village", "2024H2", figures, ["A006"]) if f.check == "R37"]

    assert (one.period, one.cells) == ("2024", ("A003", "A005", "A006"))


def test_a_change_of_a_year_runs_the_checks_within_it() -> None:
    """A yearly operand leads to each half whose figures it contradicts."""
    figures = {"H004@2024H1": "5", "H004@2024H2": "50", "H001@2024": "20"}

    halves = [
        one.period for one in found("village", "2024", figures, ["H001"]) if one.check == "R13"
    ]

    assert halves == ["2024H2"]


def test_a_correction_of_the_past_runs_the_checks_that_look_back_at_it() -> None:
    """A figure of last quarter, or last year, is an operand of this one's rules."""
    later = {"B001@2024Q2": "90", "B001@2024Q3": "80"}
    yearly = {"A003@2023": "1000", "A003@2024": "900"}

    quarter = found("village", "2024Q2", later, ["B001"])
    year = found("village", "2023", yearly, ["A003"])
    assert ("R04", "2024Q3") in {(one.check, one.period) for one in quarter}
    assert ("R31", "2024") in {(one.check, one.period) for one in year}


def test_a_rule_runs_at_its_own_level_only() -> None:
    """A town does not answer for a village's rule, nor the other way round."""
    assert "R02" not in {one.check for one in found("town", "2024", SPENT_WRONG)}
    assert found("village", "2024-05", FUNDS | {"M006": "9"}, ["M006"]) == []


def test_a_derived_figure_leads_to_the_cells_to_put_right() -> None:
    """A finding on a rate points at the counts that it is made of."""
    example = EXAMPLES["R43"]
    (one,) = broken(example, example.bad, "R43")

    assert one.cells == ("M006", "M007", "M008", "M009")


@pytest.mark.parametrize(
    "published, total, expected",
    [(["693.53"] * 3, "2010", True), (["693.53", "693.53", "718.46"], "2010", False)],
)
def test_a_stale_figure_fires_on_the_third_year(
    published: list[str], total: str, *, expected: bool
) -> None:
    """A household total published unchanged for 2008, 2009 and 2010."""
    years = zip(("2008", "2009", "2010"), published, strict=True)
    figures = {f"A004@{year}": text for year, text in years}

    assert ("R35" in {one.check for one in found("village", total, figures, ["A004"])}) == expected
