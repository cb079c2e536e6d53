"""Totals: what places and all below them come to, entered and derived, with how many reported.

Rows are read a few places at a time, by what their formulas turn out to ask for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date
from itertools import islice
from typing import Literal, NamedTuple, get_args

from server.catalogue.keeping import catalogue_of
from server.exchange.figures import FigureRow, Figures
from server.exchange.selecting import indicators_asked, places_asked
from server.rollup.folding import advance
from sync import period as periods
from sync import quantity
from sync.figure import Missing
from sync.ledger.ledger import Ledger
from sync.problems import Problem

__all__ = ["TotalRow", "Trees", "totals", "totals_by_row"]

Trees = Literal["period", "today"]
_PLACES_AT_ONCE = 200


class TotalRow(NamedTuple):
    """One figure of one place. `value` is decimal text, or '' with the reason for there being none.

    `reported` of `expected` places below stand behind it, of which `disputed` hold rival values.
    `period` is the one that the figure is from: within the one asked for, where that is longer.
    """

    code: str
    name: str
    indicator: str
    value: str
    reported: int
    expected: int
    disputed: int
    period: str
    reason: str


async def totals(
    ledger: Ledger,
    period: str,
    *,
    indicators: Sequence[str] = (),
    place_code: str = "",
    level: str = "",
    tree: Trees = "period",
) -> list[TotalRow]:
    """The figures of a place, or of all places of a level at or below it (everywhere, without one).

    With neither, of the top places. No indicators are all of them. `tree` says whether places lie
    as they did at the period's end or as they do today.
    Raises `period-malformed`, `place-unknown`, `level-unknown`, `indicator-unknown`, `tree-unknown`.
    """
    found = totals_by_row(
        ledger, period, indicators=indicators, place_code=place_code, level=level, tree=tree
    )
    return [row async for row in found]


async def totals_by_row(
    ledger: Ledger,
    period: str,
    *,
    indicators: Sequence[str] = (),
    place_code: str = "",
    level: str = "",
    tree: Trees = "period",
) -> AsyncIterator[TotalRow]:
    """The same one by one, in bounded memory."""
    asked = periods.parse(period)
    if tree not in get_args(Trees):
        raise Problem("tree-unknown", text=str(tree)[:40])
    if await ledger.database.changed_elsewhere():
        async with ledger.transaction():
            await ledger.reload()
    if tree == "today":
        await advance(ledger)
    async with ledger.database.reading():
        catalogue = await catalogue_of(ledger)
    codes = indicators_asked(catalogue, indicators)
    day = asked.end if tree == "period" else ledger.today()
    places = iter(places_asked(ledger.tree, day, place_code, level))
    while part := list(islice(places, _PLACES_AT_ONCE)):
        figures = Figures(ledger, catalogue, codes, day if tree == "today" else None)
        async with ledger.database.reading():
            await figures.load(part, asked)
        for place in part:
            for row in figures.of(place, asked):
                yield _row(ledger, day, row)


def _row(ledger: Ledger, day: date, row: FigureRow) -> TotalRow:
    figure = row.figure
    value, reason = "", ""
    if isinstance(figure.value, Missing):
        reason = figure.value.reason
    elif isinstance(figure.value, bool):
        value = "true" if figure.value else "false"
    else:
        value = quantity.text(quantity.rounded(figure.value))
    return TotalRow(
        code=ledger.tree.code(row.place, day),
        name=ledger.tree.name(row.place, day),
        indicator=row.code,
        value=value,
        reported=figure.reported,
        expected=row.expected,
        disputed=figure.disputed,
        period=figure.period.text,
        reason=reason,
    )
