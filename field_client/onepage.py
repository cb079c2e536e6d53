"""A place on one page: its chief figures, each with its date, where it is from and how far reviewed."""

from __future__ import annotations

from typing import Literal, NamedTuple

from field_client.desk import Desk
from field_client.trend import Trend, trends
from sync.catalogue import Catalogue, Form, Indicator
from sync.entry.books import Book, book_of
from sync.entry.prefill import before
from sync.entry.stage import form_standing
from sync.entry.typed import forms_with
from sync.figure import Missing, Result
from sync.ids import PlaceId
from sync.period import Kind, Period, containing
from sync.placecontext import period_of
from sync.review import Stage, prefill_source_cell
from sync.value import Cell, Type

__all__ = ["LINES_MAX", "Line", "one_page"]

LINES_MAX = 46
"""What fits on one side of A4 in two columns; `tests/browser/test_village.py` counts the pages."""


class Line(NamedTuple):
    """An indicator's latest figure.

    `source` is another system's name where the figure was taken over from it. `stage` is how far
    the form that asks for it has come for that period, None for what no form asks for.
    """

    indicator: Indicator
    figure: Result | str
    period: str
    origin: Literal["typed", "system", "calculated"]
    source: str
    stage: Stage | None


async def one_page(desk: Desk, place: PlaceId) -> list[Line]:
    """The core indicators that have a figure, by code; where these are too many, the first."""
    catalogue = await desk.catalogue()
    book = await book_of(desk.ledger, place)
    core = [one.code for one in catalogue.indicators.values() if one.core]
    known = {one.indicator.code: one for one in await trends(desk, place, core)}
    level = desk.level(place, desk.today())
    stages: dict[tuple[str, str], Stage] = {}
    found = []
    for code in sorted(core):
        indicator = catalogue.indicators[code]
        latest = _latest(desk, book, indicator, known.get(code))
        if indicator.level != level or latest is None:
            continue
        figure, period = latest
        form = _form(catalogue, indicator, level)
        if form is not None and (form.code, period) not in stages:
            standing = await form_standing(desk, place, form, _period(period))
            stages[form.code, period] = standing.stage
        stage = stages[form.code, period] if form else None
        found.append(Line(indicator, figure, period, *_origin(book, indicator, period), stage))
    return found[:LINES_MAX]


def _latest(
    desk: Desk, book: Book, indicator: Indicator, trend: Trend | None
) -> tuple[Result | str, str] | None:
    """The newest figure and its period; of a choice or a text, the words."""
    if indicator.period is Kind.STATIC:
        held = before(book, indicator, containing(desk.today(), Kind.MONTH).earlier(-1))
        if held is None or held.value.type is Type.REASON:
            return None
        if held.value.type in {Type.CHOICE, Type.TEXT}:
            return held.value.text, held.period
    if trend is None:
        return None
    point = next(one for one in reversed(trend.points) if not isinstance(one.value, Missing))
    period = point.period.text
    if indicator.period is Kind.STATIC and held is not None:
        period = held.period
    return point.value, period


def _form(catalogue: Catalogue, indicator: Indicator, level: str) -> Form | None:
    forms = forms_with(catalogue.forms.values(), indicator, level)
    return forms[0] if forms else None


def _origin(
    book: Book, indicator: Indicator, period: str
) -> tuple[Literal["typed", "system", "calculated"], str]:
    if not indicator.entered:
        return "calculated", ""
    given = book.get(Cell("prefill", period, indicator.code))
    if given is not None and given == book.get(Cell("value", period, indicator.code)):
        named = book.get(prefill_source_cell(period, indicator.code))
        return "system", named.text if named else indicator.owner
    return "typed", ""


def _period(text: str) -> Period:
    period = period_of(text)
    assert period is not None, text  # trends and books give none else
    return period
