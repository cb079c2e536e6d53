"""The demo's made-up figures pass the hard checks of Guangdong's catalogue."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.demo.figures import Figures
from server.catalogue import shipped
from sync import checks
from sync.entry import entry
from sync.period import Kind, Period, parse
from sync.placecontext import PlaceContext
from sync.value import Value

CATALOGUE = shipped()
FORMS = {"C100": "2025-01", "C101": "2024", "C201": "2025Q2", "C202": "2025-03"}
seeds = st.integers(0, 10**9)


def filed(figures: Figures, years: int = 1) -> dict[str, dict[str, Value]]:
    """All that a village reports in that many years up to 2025."""
    typed = {"2025-01": dict(figures.card())}
    for year in range(2026 - years, 2026):
        whole = parse(str(year))
        typed[str(year - 1)] = figures.year(whole.previous())
        for quarter in whole.parts(Kind.QUARTER):
            typed[quarter.text] = figures.quarter(quarter)
        for month in whole.parts(Kind.MONTH):
            typed.setdefault(month.text, {}).update(figures.month(month))
    return {
        period: {code: entry.value(CATALOGUE.indicators[code], text) for code, text in its.items()}
        for period, its in typed.items()
    }


def found(values: dict[str, dict[str, Value]], period: Period) -> list[checks.Finding]:
    """What the checks say about one period."""
    context = PlaceContext(CATALOGUE, values, "village")
    return list(checks.findings(CATALOGUE, context, "village", period, list(values[period.text])))


@given(seed=seeds)
def test_each_form_gets_all_its_items(seed: int) -> None:
    """What is typed for a form is what the form asks for, no more and no less."""
    values = filed(Figures(seed, "445103101201"))

    assert {form: set(CATALOGUE.forms[form].items) for form in FORMS} == {
        form: set(values[period]) & set(CATALOGUE.forms[form].items)
        for form, period in FORMS.items()
    }


@settings(max_examples=15)
@given(seed=seeds)
def test_no_check_finds_anything_in_an_ordinary_village(seed: int) -> None:
    """Over three years nothing is wrong and nothing is doubtful."""
    values = filed(Figures(seed, "445103101201"), years=3)

    assert [one for text in values for one in found(values, parse(text))] == []


@settings(max_examples=15)
@given(seed=seeds)
def test_a_doubtful_village_has_one_thing_to_explain_a_year(seed: int) -> None:
    """Its households are too large: a soft finding, in the yearly report and nowhere else."""
    values = filed(Figures(seed, "445103101201", doubtful=True))
    findings = [one for text in values for one in found(values, parse(text))]

    assert {(one.check, one.severity, one.period) for one in findings} == {("R36", "soft", "2024")}


@settings(max_examples=30)
@given(seed=seeds, quarter=st.sampled_from(["2025Q1", "2025Q3", "2024Q4"]))
def test_another_count_differs_in_three_figures_and_holds_together(seed: int, quarter: str) -> None:
    """Somebody else's quarter adds up as well, and disagrees in exactly three cells."""
    figures = Figures(seed, "445103101201")
    values = filed(figures, years=2)
    ours, theirs = figures.quarter(parse(quarter)), figures.quarter(parse(quarter), other=1)
    for code, text in theirs.items():
        values[quarter][code] = entry.value(CATALOGUE.indicators[code], text)

    assert {code for code in ours if ours[code] != theirs[code]} == {"B001", "B002", "D002"}
    assert [one for one in found(values, parse(quarter)) if one.severity == "hard"] == []
