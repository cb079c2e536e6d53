"""Rollups: what places contribute adds up, for every history of edits, to what a recount gives."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.catalogue import shipped
from sync.aggregate import contributions
from sync.evaluate import Missing, Result
from sync.period import parse
from sync.placecontext import PlaceContext
from sync.quantity import parse as units
from sync.rollup import Sums
from sync.value import flag_value, quantity_value, reason_value
from tests.unit.village_books import CATALOGUE, PERIODS, Books, Edit, Recount

PACK = shipped()


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    """An edit of any entered indicator."""
    code = draw(st.sampled_from([c for c, one in CATALOGUE.indicators.items() if one.entered]))
    one = CATALOGUE.indicators[code]
    number = st.integers(-3, 60_000).map(quantity_value)
    figure = st.booleans().map(flag_value) if one.type == "flag" else number
    value = st.one_of(figure, figure, figure, st.just(reason_value("not_applicable")), st.none())
    period = draw(st.sampled_from(PERIODS[one.period]))
    return Edit(
        draw(st.sampled_from(["v1", "v3", "v4"])), period, code, draw(value), draw(st.booleans())
    )


# Long ones: only where a village has filed much do its figures meet in formulas and weights.
HISTORIES = st.lists(edits(), min_size=30, max_size=150)


@given(HISTORIES)
def test_rows_kept_by_differences_equal_a_fresh_count(history: list[Edit]) -> None:
    """After every edit, whatever came before it."""
    books = Books()
    for edit in history:
        books.apply(edit)
    assert books.rows == books.refold()


@given(HISTORIES, st.sampled_from(["v1", "v4", "t1", "t2", "c"]))
def test_figures_equal_those_counted_from_the_villages(history: list[Edit], at: str) -> None:
    """At every level, for every way of adding up, against an independent recount (C8)."""
    books = Books()
    for edit in history:
        books.apply(edit)
    for code, expected in Recount(books.held, at).expected().items():
        value = books.figure(at, code, "2024").value
        assert (None if isinstance(value, Missing) else value) == expected, code


def guangdong(filed: str) -> Books:
    """Villages that filed figures of the shipped catalogue, as `VILLAGE CODE@period=figure`."""
    books = Books(PACK)
    for line in filed.strip().splitlines():
        village, *words = line.split()
        for word in words:
            key, _, text = word.partition("=")
            code, _, period = key.partition("@")
            value = flag_value(text == "yes") if text in {"yes", "no"} else None
            value = value or quantity_value(units(text))
            books.apply(Edit(village, period, code, value, disputed=False))
    return books


def shown(value: Result, decimals: int = 1) -> str:
    """A figure as it is published."""
    assert not isinstance(value, Missing), value
    return f"{float(value):.{decimals}f}"


def test_a_towns_rate_is_never_the_mean_of_its_villages_rates() -> None:
    """90 of 100 and 10 of 1,000 households make 9.1 %; the mean of the rates would be 45.5 % (C8)."""
    books = guangdong("v1 C002@2024=90 A002@2024=100\nv2 C002@2024=10 A002@2024=1000")
    assert books.figure("t1", "C502", "2024").value == Fraction(100 * 100, 1100)
    assert shown(books.figure("t1", "C502", "2024").value) == "9.1"
    assert [books.figure(one, "C502", "2024").value for one in ("v1", "v2")] == [90, 1]


def test_the_worked_income_table_comes_out_as_published() -> None:
    """Total 180 = 68+35+5+30+42, spending 125 = 45+35+45, and what is left of it."""
    books = guangdong(
        "v1 B001@2024Q4=180 B002@2024Q4=68 B003@2024Q4=35 B004@2024Q4=5 B005@2024Q4=30 "
        "B006@2024Q4=42 B007@2024=125 B008@2024=45 B009@2024=35 B010@2024=45 B011@2024=15 "
        "B012@2024=7 B013@2024=7 B014@2024=20"
    )
    expected = {"B501": 108, "B502": 55, "B503": 28, "B504": 36}
    for at in ("v1", "t1", "c"):
        assert {code: books.figure(at, code, "2024").value for code in expected} == expected
    assert books.figure("c", "B501", "2024").period == parse("2024Q4")


@pytest.mark.parametrize(
    "toilets,households,percent",
    [
        ("476.81", "693.53", "68.8"),
        ("505.89", "693.53", "72.9"),
        ("552.68", "693.53", "79.7"),
        ("614.12", "718.46", "85.5"),
        ("635.62", "718.47", "88.5"),
    ],
)
def test_a_yearbooks_toilet_rates_are_met(toilets: str, households: str, percent: str) -> None:
    """Published rates of a neighbouring province, recomputed from their published parts."""
    books = guangdong(f"v1 D001@2024={toilets} A001@2024={households}")
    assert shown(books.figure("c", "D501", "2024").value) == percent


def test_weak_villages_are_counted_by_their_own_figures() -> None:
    """Each village's surplus of the year is judged, with income cumulated to its last quarter."""
    books = guangdong(
        "v1 B002@2024Q1=9 B002@2024Q4=30 B003@2024Q4=0 B004@2024Q4=0 B008@2024=5 B009@2024=5\n"
        "v2 B002@2024Q3=12 B003@2024Q3=0 B004@2024Q3=0 B008@2024=5 B009@2024=0\n"
        "v3 B002@2024Q4=90 B003@2024Q4=0 B004@2024Q4=0"
    )
    assert books.rows["c", "B506?", "2024"] == Sums(2, 0, 1, 0)
    assert books.figure("t1", "B506", "2024").value == 50
    assert books.figure("c", "B506", "2024").value == 20
    assert books.figure("c", "B506", "2024").reported == 2


def test_cumulative_figures_take_the_latest_quarter_and_name_it() -> None:
    """Quarters of a cumulative figure are never added up."""
    books = guangdong("v1 B001@2024Q1=10 B001@2024Q2=25\nv3 B001@2024Q1=7")
    figure = books.figure("c", "B001", "2024")
    assert (figure.value, figure.reported, figure.period) == (25, 1, parse("2024Q2"))


def test_flows_are_added_up_and_what_lacks_is_named() -> None:
    """A quarter's appeals are those of its months; a month without any report is a gap."""
    books = guangdong("v1 F006@2024-01=3 F006@2024-03=4\nv2 F006@2024-01=5")
    figure = books.figure("t1", "F006", "2024Q1")
    assert (figure.value, figure.reported, figure.gaps) == (12, 1, ("2024-02",))


def test_growth_compares_the_same_quarter_of_two_years() -> None:
    """Asked for a year that has three quarters so far, it looks at three quarters of last year."""
    year = "B002@{0}={1} B003@{0}=0 B004@{0}=0"
    filed = [year.format("2023Q3", 80), year.format("2023Q4", 120), year.format("2024Q3", 100)]
    figure = guangdong("v1 " + " ".join(filed)).figure("c", "B508", "2024")
    assert (figure.value, figure.period) == (25, parse("2024Q3"))


def test_surveyed_values_are_shown_where_they_are_filed_and_nowhere_above() -> None:
    """A survey value of one place says nothing about the place above it."""
    books = Books()
    books.apply(Edit("v1", "2024", "SURVEY", quantity_value(units("7")), disputed=False))
    assert books.figure("v1", "SURVEY", "2024").value == 7
    assert books.figure("t1", "SURVEY", "2024").value == Missing("not_aggregated", ("SURVEY",))


def test_what_is_filed_on_change_holds_until_it_changes() -> None:
    """And a reason after a value takes the value back."""
    books = Books()
    for period, value in (("2022", "5"), ("2024", "8")):
        books.apply(Edit("v1", period, "ROADS", quantity_value(units(value)), disputed=False))
    books.apply(Edit("v2", "2022", "ROADS", quantity_value(units("2")), disputed=False))
    assert [books.figure("t1", "ROADS", year).value for year in ("2023", "2024")] == [7, 10]
    assert books.figure("t1", "ROADS", "2024").reported == 2
    books.apply(Edit("v2", "2023Q2", "ROADS", reason_value("not_applicable"), disputed=False))
    assert [books.figure("t1", "ROADS", year).value for year in ("2022", "2023")] == [7, 5]
    assert books.figure("t1", "ROADS", "2021").value == Missing("unknown", ("ROADS",))


def test_a_weighted_mean_filed_on_change_is_carried_with_its_weight() -> None:
    """Taking back the latest filing leads back to the one before it."""
    books = Books()
    filed = {"2022": (("ROADS", "2"), ("LINKED", "30")), "2023Q2": (("LINKED", "60"),)}
    for period, pairs in {**filed, "2024": (("LINKED", "90"),)}.items():
        for code, text in pairs:
            books.apply(Edit("v1", period, code, quantity_value(units(text)), disputed=False))
    books.apply(Edit("v2", "2022", "ROADS", quantity_value(units("4")), disputed=False))
    books.apply(Edit("v2", "2022", "LINKED", quantity_value(units("15")), disputed=False))
    assert books.figure("t1", "LINKED", "2024").value == 40
    books.apply(Edit("v1", "2023Q2", "LINKED", None, disputed=False))
    books.apply(Edit("v1", "2024", "LINKED", None, disputed=False))
    assert books.figure("t1", "LINKED", "2024").value == 20
    assert books.rows == books.refold()


def test_disputed_cells_are_counted_beside_the_sum() -> None:
    """The shown side counts, and that it is disputed is known above."""
    books = Books()
    books.apply(Edit("v1", "2024", "HOUSES", quantity_value(units("7")), disputed=True))
    assert books.figure("c", "HOUSES", "2024")[:3] == (7, 1, 1)


def test_what_no_catalogue_knows_adds_nothing() -> None:
    """Codes and periods from another edition are passed over."""
    cells = {"2024": {"NOSUCH": quantity_value(1)}, "20X4": {"CUM": quantity_value(1)}}
    found = contributions(PlaceContext(CATALOGUE, cells, "village"))
    assert {series for series, _ in found} <= {"CUM"}
