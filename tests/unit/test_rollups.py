"""Rollup rows read as figures, and a place's contributions to them, by hand."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from sync.aggregate import Contribution, condition_series, contributions, difference
from sync.catalogue import Catalogue, Indicator, Kind, Words
from sync.evaluate import Missing
from sync.period import Period, parse
from sync.placecontext import PlaceContext
from sync.rollup import Figure, RollupContext, Sums
from sync.value import Value, choice_value, flag_value, quantity_value, reason_value, text_value

NAME = Words("名", "名", "name")
YEAR = parse("2024")


def indicator(code: str, space: str = "sum", **more: object) -> Indicator:
    """A yearly quantity of a village, unless it says otherwise."""
    fields: dict[str, object] = {
        "code": code,
        "name": NAME,
        "level": "village",
        "period": Kind.YEAR,
        "space": space,
        "time": "end",
    }
    return Indicator(**fields | more)  # type: ignore[arg-type]


CATALOGUE = Catalogue(
    [
        indicator("SUM"),
        indicator("FLOW", period=Kind.MONTH, time="add"),
        indicator("SHARE", "share", type="flag"),
        indicator("MEAN", "mean"),
        indicator("ALONE", "none"),
        indicator("TYPED", "ratio"),
        indicator("TALLIED", "count_if"),
        indicator("WORDS", "none", type="text"),
        indicator("ROAD", "none", type="choice", choices=("tar", "mud")),
        indicator("ROADS", period=Kind.STATIC),
        indicator("RICH", "weighted_mean", weight="SUM"),
        indicator("HALVED", "weighted_mean", formula="SUM / 2", time="none", weight="SUM"),
        indicator("PLACES", "ratio", formula="COUNT(VILLAGE)", time="none"),
        indicator("GROWTH", "ratio", formula="SUM - PREV(SUM)", time="none"),
        indicator("RATE", "ratio", formula="SUM / FLOW", time="none"),
        indicator(
            "COUNTED", "count_if", formula="COUNTIF(SUM > MEAN) / COUNT(VILLAGE)", time="none"
        ),
        indicator("SCORE", "mean", formula="SUM / 3", time="none"),
        indicator("OWN", "none", formula="SUM * 2", time="none"),
    ]
)


def context(level: str = "county", /, **rows: Sums) -> RollupContext:
    """Rows by `SERIES@PERIOD`, with `_STAR`, `_W` and `_Q` for the signs of a series' name."""
    named = {
        key.replace("_STAR", "*").replace("_W", "/w").replace("_Q", "?"): row
        for key, row in rows.items()
    }

    def sums(series: str, period: Period) -> Sums | None:
        return named.get(f"{series}@{period.text.replace('-', 'm')}")

    def standing(series: str, day: date) -> Sums | None:
        return named.get(f"{series}@until{day.year}")

    return RollupContext(
        CATALOGUE, level, sums, standing, lambda level, _: {"village": 8, "town": 2}[level]
    )


def figure(code: str, level: str = "county", period: Period = YEAR, /, **rows: Sums) -> Figure:
    """What is shown for an indicator."""
    named = {key.replace("__", "@"): row for key, row in rows.items()}
    return context(level, **named).figure(code, period)


@pytest.mark.parametrize(
    "code, row, value",
    [
        ("SUM", Sums(3, 1, 75_000), Fraction(15, 2)),
        ("SHARE", Sums(4, 0, 10_000), 25),
        ("MEAN", Sums(3, 1, 75_000), Fraction(5, 2)),
    ],
)
def test_a_row_is_read_as_its_indicator_adds_up(code: str, row: Sums, value: Fraction) -> None:
    """A sum, a share of those who answered, a mean of those who have it."""
    assert figure(code, **{f"{code}__2024": row}) == Figure(value, row.reported, 0, YEAR, ())


def test_nobody_reported_is_unknown_and_never_zero() -> None:
    """Reasons alone make no figure."""
    unknown = Figure(Missing("unknown", ("SUM",)), 0, 0, YEAR, ())

    assert figure("SUM") == unknown
    assert figure("SUM", SUM__2024=Sums(0, 3, 0, 2)) == unknown
    assert figure("SUM", SUM__2024=Sums(1, 0, 0)).value == 0


def test_a_figure_says_how_many_dispute_it_and_which_parts_lack() -> None:
    """The least reported of what it stands on, the most disputed, and the months nobody filed."""
    rows = {f"FLOW__2024m{month:02d}": Sums(month, 0, 10_000, month % 3) for month in range(2, 13)}
    shown = figure("FLOW", **rows)

    assert shown == Figure(Fraction(11), 2, 2, YEAR, ("2024-01",))


def test_a_rate_is_that_of_the_sums_and_stands_on_the_least_reported() -> None:
    """Never a mean of rates (C8)."""
    months = {f"FLOW__2024m{month:02d}": Sums(5, 0, 10_000, 1) for month in range(1, 13)}
    shown = figure("RATE", SUM__2024=Sums(7, 0, 360_000), **months)

    assert (shown.value, shown.reported, shown.disputed) == (3, 5, 1)
    assert figure("RATE", **months) == Figure(Missing("unknown", ("SUM",)), 0, 0, YEAR, ())


def test_figures_of_earlier_periods_count_where_there_is_nothing_of_this_one() -> None:
    """A yearly figure in a month: last year's where this year's is not known."""
    may = parse("2024-05")
    shown = figure("SUM", "county", may, SUM__2023=Sums(6, 0, 20_000, 3))
    assert shown == Figure(Fraction(2), 6, 3, parse("2023"), ())

    shown = figure("SUM", "county", may, SUM__2023=Sums(6, 0, 20_000), SUM__2024=Sums(1, 0, 10_000))
    assert shown == Figure(Fraction(1), 1, 0, YEAR, ())


def test_what_stands_on_no_report_says_so() -> None:
    """The number of villages is known without any."""
    assert figure("PLACES") == Figure(Fraction(8), 0, 0, YEAR, ())


def test_what_a_figure_is_compared_with_does_not_count_as_reported() -> None:
    """Growth stands on those who reported this year, however few reported the last."""
    rows = {"SUM__2024": Sums(7, 0, 50_000, 1), "SUM__2023": Sums(2, 0, 20_000, 2)}
    rows["SUM__2022"] = Sums(9, 0, 10_000)

    assert figure("GROWTH", **rows) == Figure(Fraction(3), 7, 1, YEAR, ())
    same = context(**{key.replace("__", "@"): row for key, row in rows.items()})
    assert same.figure("SUM", parse("2023")).reported == 2
    assert same.figure("SUM", YEAR).disputed == 1
    assert same.figure("SUM", parse("2023")).disputed == 2
    assert same.figure("SUM", parse("2022")).reported == 9


def test_what_is_filed_on_change_is_read_as_it_stands_at_the_end() -> None:
    """From the rows up to that day."""
    rows = {"ROADS__until2024": Sums(2, 0, 30_000, 1)}

    assert figure("ROADS", **rows) == Figure(Fraction(3), 2, 1, YEAR, ())
    assert figure("ROADS", "county", parse("2023"), **rows).value == Missing("unknown", ("ROADS",))


def test_a_weighted_mean_is_of_the_sums_of_products_and_weights() -> None:
    """Without weights it is a division by nothing, without rows unknown."""
    rows = {"RICH_STAR__2024": Sums(2, 0, 700_000_000), "RICH_W__2024": Sums(2, 0, 20_000)}
    halved = {key.replace("RICH", "HALVED"): row for key, row in rows.items()}
    assert figure("HALVED", SUM__2024=Sums(2, 0, 20_000), **halved).value == Fraction(7, 2)

    assert figure("RICH", **rows) == Figure(Fraction(7, 2), 2, 0, YEAR, ())
    none = rows | {"RICH_W__2024": Sums(2, 0, 0)}
    assert figure("RICH", **none).value == Missing("division_by_zero", ("SUM",))
    for lacking in rows:
        some = {key: row for key, row in rows.items() if key != lacking}
        assert figure("RICH", **some).value == Missing("unknown", ("RICH",))


def test_what_does_not_add_up_is_shown_where_it_is_filed_only() -> None:
    """A county has no figure of its own for it, whatever lies below."""
    row = Sums(1, 0, 50_000)

    assert figure("ALONE", "village", ALONE__2024=row).value == 5
    assert figure("ALONE", "town", ALONE__2024=row).value == Missing("not_aggregated", ("ALONE",))
    for code in ("TYPED", "TALLIED"):
        rows = {f"{code}__2024": row}
        assert figure(code, "village", **rows).value == 5
        assert figure(code, "town", **rows).value == Missing("not_aggregated", (code,))
    for code in ("WORDS", "ROAD"):
        rows = {f"{code}__2024": row}
        assert figure(code, "village", **rows).value == Missing("not_a_number", (code,))
        assert figure(code, "town", **rows).value == Missing("not_aggregated", (code,))
        assert figure(code, "village").value == Missing("unknown", (code,))
    assert figure("OWN", "village", SUM__2024=row).value == 10
    assert figure("OWN", "town", SUM__2024=row).value == Missing("not_aggregated", ("OWN",))


def test_a_derived_mean_is_of_the_places_own_figures() -> None:
    """It has rows of its own; its formula over sums would say something else."""
    assert figure(
        "SCORE", SCORE__2024=Sums(4, 0, 60_000), SUM__2024=Sums(4, 0, 1)
    ).value == Fraction(3, 2)


def test_places_that_meet_a_condition_are_counted_among_those_there_are() -> None:
    """By the rows of the condition, and the hierarchy's own count."""
    rows = {"COUNTED_Q__2024": Sums(5, 0, 2)}

    assert figure("COUNTED", **rows).value == Fraction(2, 8)
    assert figure("COUNTED").value == Missing("unknown", ("COUNTED",))
    here = context(**{"COUNTED?@2024": Sums(5, 0, 2)})
    assert here.count_if("COUNTED", 1, YEAR) == 2
    assert here.count_if("COUNTED", 2, YEAR) == Missing("unknown", ("COUNTED",))
    assert here.count_if("SUM", 1, YEAR) == Missing("not_evaluable_here")
    assert here.count_if("", 1, YEAR) == Missing("not_evaluable_here")
    assert (here.count("town", YEAR), here.count("", YEAR)) == (2, Missing("not_evaluable_here"))
    assert here.ask("PEER_MEDIAN", "SUM", YEAR) == Missing("not_evaluable_here")
    assert [condition_series("A", ordinal) for ordinal in (1, 2, 3)] == ["A?", "A?2", "A?3"]


def place(**filed: Value) -> PlaceContext:
    """What a village filed, by `CODE__PERIOD`."""
    cells: dict[str, dict[str, Value]] = {}
    for key, value in filed.items():
        code, _, period = key.partition("__")
        cells.setdefault(period.replace("m", "-"), {})[code] = value
    return PlaceContext(CATALOGUE, cells, "village")


def rows_of(one: PlaceContext, disputed: tuple[tuple[str, str], ...] = ()) -> dict[str, Sums]:
    """The rows that it contributes."""
    return {
        f"{row.series}@{row.period}": Sums(row.reported, row.no_value, row.total, row.disputed)
        for row in contributions(one, disputed).values()
    }


def test_each_type_of_value_contributes_in_its_way() -> None:
    """A yes is 10 000, a no and a word nothing; a reason counts apart; a dispute counts once."""
    filed = place(
        FLOW__2024m01=quantity_value(25_000),
        SHARE__2024=flag_value(True),
        SHARE__2023=flag_value(False),
        WORDS__2024=text_value("x"),
        ROAD__2024=choice_value("mud"),
        ALONE__2024=reason_value("below_unit"),
        ALONE__2023=reason_value("below_unit"),
    )
    disputed = (("2024", "ROAD"), ("2024", "ALONE"), ("2024-01", "FLOW"), ("2023", "ROAD"))

    assert rows_of(filed, disputed) == {
        "FLOW@2024-01": Sums(1, 0, 25_000, 1),
        "SHARE@2024": Sums(1, 0, 10_000),
        "SHARE@2023": Sums(1, 0, 0),
        "WORDS@2024": Sums(1, 0, 0),
        "ROAD@2024": Sums(1, 0, 0, 1),
        "ALONE@2024": Sums(0, 1, 0, 1),
        "ALONE@2023": Sums(0, 1, 0),
    }


def test_compound_series_are_of_the_places_own_figures() -> None:
    """Products, weights, conditions and derived means, each once for the period."""
    filed = place(
        SUM__2024=quantity_value(20_000),
        RICH__2024=quantity_value(30_000),
        MEAN__2024=quantity_value(10_000),
    )

    assert rows_of(filed) == {
        "SUM@2024": Sums(1, 0, 20_000),
        "RICH@2024": Sums(1, 0, 30_000),
        "MEAN@2024": Sums(1, 0, 10_000),
        "RICH*@2024": Sums(1, 0, 600_000_000),
        "RICH/w@2024": Sums(1, 0, 20_000),
        "HALVED*@2024": Sums(1, 0, 200_000_000),
        "HALVED/w@2024": Sums(1, 0, 20_000),
        "COUNTED?@2024": Sums(1, 0, 1),
        "SCORE@2024": Sums(1, 0, 6_667),
    }
    lacking = rows_of(place(RICH__2024=quantity_value(30_000), MEAN__2024=quantity_value(1)))
    assert set(lacking) == {"RICH@2024", "MEAN@2024"}


def test_what_is_filed_on_change_contributes_its_changes() -> None:
    """From one filing to the next, so that they add up to what stands."""
    filed = place(
        ROADS__2023=quantity_value(30_000),
        ROADS__2024m05=quantity_value(20_000),
        ROADS__2024m07=reason_value("not_applicable"),
    )

    assert rows_of(filed, (("2024-05", "ROADS"),)) == {
        "ROADS@2023": Sums(1, 0, 30_000),
        "ROADS@2024-05": Sums(0, 0, -10_000, 1),
        "ROADS@2024-07": Sums(-1, 1, -20_000, -1),
    }


def test_only_what_a_change_touches_is_looked_at() -> None:
    """Cells that were not touched cancel out; unknown and derived codes contribute nothing."""
    filed = place(
        SUM__2024=quantity_value(1), SUM__2023=quantity_value(2), ALONE__2024=quantity_value(3)
    )
    touched = [
        ("2024", "ALONE"),
        ("2024", "ALONE"),
        ("2022", "ALONE"),
        ("2024", "OWN"),
        ("2024", "?"),
    ]

    assert [(one.series, one.period) for one in contributions(filed, (), touched).values()] == [
        ("ALONE", "2024")
    ]


def test_a_difference_is_what_to_add() -> None:
    """New rows as they are, gone ones taken away, changed ones by what changed, equal ones not."""

    def row(series: str, *numbers: int) -> Contribution:
        return Contribution(series, "2024", *numbers)

    before = [row("gone", 1, 2, 3, 4), row("same", 5, 5, 5, 5), row("changed", 1, 1, 1, 1)]
    after = [row("same", 5, 5, 5, 5), row("changed", 2, 4, 8, 16), row("new", 6, 7, 8, 9)]
    changes = difference(
        {(one.series, one.period): one for one in before},
        {(one.series, one.period): one for one in after},
    )

    assert sorted(changes, key=lambda one: one.series) == [
        row("changed", 1, 3, 7, 15),
        row("gone", -1, -2, -3, -4),
        row("new", 6, 7, 8, 9),
    ]
