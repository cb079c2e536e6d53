"""A place's figures over time as the page shows them: words, charts and the rows behind them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from field_client.trend import Point, Trend
from sync.catalogue import Indicator
from sync.entry.books import Book
from sync.figure import Missing
from sync.period import Kind
from sync.review import already_cell
from sync.screens.figures import figure_units, figure_words
from sync.screens.formats import count_words, quantity_words
from sync.screens.trend import Drawing, Sample, draw
from sync.texts import Language, say

__all__ = ["Card", "Row", "Topic", "topics"]

TOPICS = "ABCDEFGHKLMQ"
"""The letters with which codes begin, each a topic with a name of its own."""


class Row(NamedTuple):
    """One period of a chart in words; `gap` says that there is no figure, and why stands there."""

    period: str
    words: str
    gap: bool
    target: str
    band: str


class Card(NamedTuple):
    """One indicator: its latest figure, how it moved, its chart and the table behind it.

    `rows` begin with the period that ended last, which is the one that is asked for now: `already`
    says of it to whom it was reported before.
    """

    indicator: Indicator
    latest: Row
    change: str
    rising: bool
    drawing: Drawing | None
    rows: tuple[Row, ...]
    peers: int
    already: str
    typed: bool


class Topic(NamedTuple):
    """The indicators of one topic."""

    letter: str
    key: str
    cards: tuple[Card, ...]


def topics(found: Iterable[Trend], book: Book, language: Language) -> list[Topic]:
    """The trends by topic, in the order of their codes."""
    by_letter: dict[str, list[Card]] = {}
    for one in found:
        letter = one.indicator.code[0]
        by_letter.setdefault(letter, []).append(_card(one, book, language))
    return [
        Topic(letter, f"village-topic-{letter if letter in TOPICS else 'other'}", tuple(cards))
        for letter, cards in sorted(by_letter.items())
    ]


def _card(trend: Trend, book: Book, language: Language) -> Card:
    one = trend.indicator
    rows = tuple(_row(point, one, language) for point in trend.points)
    known = [at for at, row in enumerate(rows) if not row.gap]
    change = figure_units(_change(trend, known), one)
    told = book.get(already_cell(rows[-1].period, one.code))
    return Card(
        indicator=one,
        latest=rows[known[-1]],
        change=quantity_words(abs(change), language=language) if change else "",
        rising=change > 0,
        drawing=_drawing(trend),
        rows=rows[::-1],
        peers=max((point.band.places for point in trend.points if point.band), default=0),
        already=told.text.strip() if told else "",
        typed=one.entered and one.period is not Kind.STATIC,
    )


def _row(point: Point, one: Indicator, language: Language) -> Row:
    target = figure_words(point.target, one, language) if point.target is not None else ""
    band = ""
    if point.band is not None:
        low, high = (figure_words(edge, one, language) for edge in point.band[:2])
        places = count_words(point.band.places, language=language)
        band = say("village-band", language, low=low, high=high, places=places)
    gap = isinstance(point.value, Missing)
    return Row(point.period.text, figure_words(point.value, one, language), gap, target, band)


def _change(trend: Trend, known: list[int]) -> Fraction:
    """The latest figure less the one before it; 0 where they can't be compared."""
    if len(known) < 2:
        return Fraction(0)
    before, last = (trend.points[at].value for at in known[-2:])
    if isinstance(before, bool | Missing) or isinstance(last, bool | Missing):
        return Fraction(0)
    return last - before


def _drawing(trend: Trend) -> Drawing | None:
    """The chart, where there is more than one point of something that can be drawn."""
    known = sum(not isinstance(point.value, bool | Missing) for point in trend.points)
    if known < 2:
        return None
    return draw(
        [
            Sample(
                None if isinstance(point.value, bool | Missing) else point.value,
                point.target,
                point.band[:2] if point.band else None,
            )
            for point in trend.points
        ]
    )
