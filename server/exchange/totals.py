"""Totals: what places and all below them come to, entered and derived, with how many reported.

Rows are read a few places at a time, by what their formulas turn out to ask for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date
from math import ceil
from typing import Literal, NamedTuple, get_args

from server.catalogue.keeping import catalogue_of
from server.exchange.cursor import Page, place_in, read, written
from server.exchange.figures import FigureRow, Figures
from server.exchange.listing import EVERYWHERE, Reach, resumed
from server.exchange.moments import Reading, own_reading
from server.exchange.selecting import indicators_asked, places_asked
from server.explaining.adjusted import adjusted_figures
from server.rollup.folding import advance
from sync import period as periods
from sync import quantity
from sync.catalogue import Catalogue
from sync.figure import Missing, Result
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.limits import API_PLACES_LOOKED_AT_MAX
from sync.period import Period
from sync.problems import Problem

__all__ = ["Asked", "TotalRow", "Trees", "ask", "totals", "totals_by_row", "totals_page"]

Trees = Literal["period", "today"]
_PLACES_AT_ONCE = 200
_ROWS_AT_ONCE = 4_000  # so that others get their turn between two chunks


class TotalRow(NamedTuple):
    """One figure of one place. `value` is decimal text, or '' with the reason for there being none.

    `reported` of `expected` places below stand behind it, of which `disputed` hold rival values.
    `period` is the one that the figure is from: within the one asked for, where that is longer.
    `adjusted` is what the value comes to with the county's adjustments, '' where there are none.
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
    adjusted: str


class Totalled(NamedTuple):
    """A figure, and the same as adjusted where it is."""

    figure: FigureRow
    adjusted: Result | None


class Asked(NamedTuple):
    """What totals were asked for, once all of it is known to be there."""

    period: Period
    codes: Sequence[str]
    day: date
    places: Sequence[PlaceId]
    catalogue: Catalogue
    today: bool

    async def figures(self, books: Ledger, places: Sequence[PlaceId]) -> list[Totalled]:
        """The figures of some of the places."""
        today = self.day if self.today else None
        figures = Figures(books, self.catalogue, self.codes, today)
        await figures.load(places, self.period)
        adjusted = await adjusted_figures(
            books, self.catalogue, figures, places, self.period, self.codes, today
        )
        return [
            Totalled(
                row, both.adjusted.value if (both := adjusted.get((place, row.code))) else None
            )
            for place in places
            for row in figures.of(place, self.period)
        ]


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
    asked = await ask(
        ledger, period, indicators=indicators, place_code=place_code, level=level, tree=tree
    )
    return [row async for row in totals_by_row(ledger, asked)]


async def ask(
    ledger: Ledger,
    period: str,
    *,
    indicators: Sequence[str] = (),
    place_code: str = "",
    level: str = "",
    tree: Trees = "period",
    reach: Reach = EVERYWHERE,
) -> Asked:
    """What is asked for, of places within reach. Raises what `totals` raises."""
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
    places = places_asked(ledger.tree, day, place_code, level, *reach)
    return Asked(asked, codes, day, places, catalogue, tree == "today")


async def totals_by_row(
    ledger: Ledger, asked: Asked, reading: Reading | None = None, reach: Reach = EVERYWHERE
) -> AsyncIterator[TotalRow]:
    """All rows, in bounded memory; a few places at a time are of one moment."""
    step = min(_PLACES_AT_ONCE, ceil(_ROWS_AT_ONCE / max(1, len(asked.codes))))
    for start in range(0, len(asked.places), step):
        part = [one for one in asked.places[start : start + step] if reach.covers(one)]
        async with (reading or own_reading(ledger))() as books:
            figures = await asked.figures(books, part)
        for row in figures:
            yield _row(ledger, asked.day, row)


async def totals_page(
    books: Ledger, asked: Asked, reach: Reach, *, cursor: str, limit: int
) -> Page[TotalRow]:
    """Some of the rows. Raises `cursor-unknown`."""
    tree, start, skipped = books.tree, 0, 0
    if (key := read(cursor, str, str, str)) is not None:
        code, place, indicator = map(str, key)
        last = place_in(place)
        start = resumed(tree, asked.day, asked.places, code, last)
        if start < len(asked.places) and asked.places[start] == last:
            skipped = asked.codes.index(indicator) + 1 if indicator in asked.codes else 0
    step = ceil(limit / max(1, len(asked.codes))) + 1
    after = set(asked.codes[:skipped])
    rows: list[Totalled] = []
    stop = min(len(asked.places), start + API_PLACES_LOOKED_AT_MAX)
    for at in range(start, stop, step):
        part = [one for one in asked.places[at : min(at + step, stop)] if reach.covers(one)]
        found = await asked.figures(books, part)
        rows += [
            row
            for row in found
            if row.figure.place != asked.places[start] or row.figure.code not in after
        ]
        if len(rows) > limit:
            break
    shown = [_row(books, asked.day, row) for row in rows[:limit]]
    if len(rows) > limit:
        row = rows[limit - 1].figure
        return Page(shown, written(tree.code(row.place, asked.day), row.place.hex(), row.code))
    if stop == len(asked.places):
        return Page(shown, "")
    looked_at = asked.places[stop - 1]
    last_code = asked.codes[-1] if asked.codes else ""
    return Page(shown, written(tree.code(looked_at, asked.day), looked_at.hex(), last_code))


def _row(ledger: Ledger, day: date, totalled: Totalled) -> TotalRow:
    row, adjusted = totalled
    figure = row.figure
    return TotalRow(
        code=ledger.tree.code(row.place, day),
        name=ledger.tree.name(row.place, day),
        indicator=row.code,
        value=_text(figure.value),
        reported=figure.reported,
        expected=row.expected,
        disputed=figure.disputed,
        period=figure.period.text,
        reason=figure.value.reason if isinstance(figure.value, Missing) else "",
        adjusted="" if adjusted is None else _text(adjusted),
    )


def _text(value: Result) -> str:
    if isinstance(value, Missing):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return quantity.text(quantity.rounded(value))
