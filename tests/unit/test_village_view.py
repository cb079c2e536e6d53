"""What 'my village' says of a figure: rounded as its indicator is, with gaps, targets and neighbours."""

from __future__ import annotations

from fractions import Fraction

import pytest

from field_client.pages.village_view import Card, topics
from field_client.trend import Band, Point, Trend
from sync.catalogue import Indicator, Words
from sync.entry.books import Book
from sync.figure import Missing, Result
from sync.period import Kind, parse
from sync.screens.figures import figure_words


def indicator(code: str, *, formula: str = "", decimals: int = 1) -> Indicator:
    """A quantity of each quarter."""
    return Indicator(
        code=code,
        name=Words(code, code, code),
        unit="%",
        decimals=decimals,
        level="village",
        period=Kind.QUARTER,
        space="sum",
        time="end",
        formula=formula,
    )


def card(*figures: Result, target: int | None = None, band: Band | None = None) -> Card:
    """The card of an entered indicator with those figures, one a quarter of 2024."""
    aim = Fraction(target) if target is not None else None
    points = [Point(parse(f"2024Q{at}"), figure, aim, band) for at, figure in enumerate(figures, 1)]
    (topic,) = topics([Trend(indicator("B001"), tuple(points))], Book(), "zh-Hans")
    (made,) = topic.cards
    return made


@pytest.mark.parametrize(
    "figure, formula, words",
    [
        (Fraction(205), "", "205"),
        (Fraction(6847, 100), "", "68.47"),
        (Fraction(33975, 664), "A / B", "51.2"),
        (Fraction(-1, 20), "A / B", "-0.1"),
        (True, "", "是"),
        (Missing("unknown"), "", "没有填"),
        (Missing("not_yet_available"), "", "数据未出"),
        (Missing("cycle", ("A001",)), "A / B", "缺 A001，算不出"),
        ("水泥路", "", "水泥路"),
    ],
)
def test_what_was_filed_is_exact_and_what_is_calculated_is_rounded(
    figure: Result | str, formula: str, words: str
) -> None:
    """What is missing says why."""
    assert figure_words(figure, indicator("X001", formula=formula), "zh-Hans") == words


def test_the_latest_figure_is_shown_with_how_it_moved_and_since_when_none_came() -> None:
    """A gap at the end does not hide the figure before it."""
    made = card(Fraction(100), Fraction(130), Missing("unknown"), target=150)

    assert (made.latest.words, made.latest.period, made.latest.target) == ("130", "2024Q2", "150")
    assert (made.change, made.rising) == ("30", True)
    assert [row.gap for row in made.rows] == [True, False, False]


def test_a_move_that_is_too_small_to_show_is_none() -> None:
    """'0 more than before' would be no news."""
    points = (
        Point(parse("2024Q1"), Fraction(1, 3), None, None),
        Point(parse("2024Q2"), Fraction(34, 100), None, None),
    )
    trend = Trend(indicator("B001", formula="A / B"), points)
    (topic,) = topics([trend], Book(), "zh-Hans")

    assert topic.cards[0].change == ""


def test_neighbours_are_a_band_without_names_or_ranks() -> None:
    """Only where the middle half of them lies, and how many they are."""
    made = card(Fraction(100), Fraction(130), band=Band(Fraction(90), Fraction(120), 8))

    assert made.peers == 8
    assert made.rows[0].band == "90～120（8 个）"
    assert made.drawing is not None
    assert len(made.drawing.bands) == 1


def test_one_figure_makes_no_chart() -> None:
    """A single point shows no way."""
    assert card(Fraction(100), Missing("unknown")).drawing is None


def test_topics_are_those_of_the_codes() -> None:
    """An unknown letter has a topic too."""
    points = (Point(parse("2024Q1"), Fraction(1), None, None),)
    found = topics([Trend(indicator(code), points) for code in ("Z1", "B1", "B2")], Book(), "en")

    keys = [(one.key, len(one.cards)) for one in found]
    assert keys == [("village-topic-B", 2), ("village-topic-other", 1)]
