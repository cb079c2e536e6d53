"""One figure of one place, beside what it is compared with, and the figures right below it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import NamedTuple

from server.completeness.coverage import Coverage, coverage
from server.dashboard import classes
from server.dashboard.classes import Band, Peers
from server.dashboard.editions import Edition, breaks, histories_of
from server.dashboard.parts import parts_of
from server.dashboard.picking import Picked
from server.dashboard.targets import Targets
from server.dashboard.trend import Point, span, trend
from server.disputes.range import Range, disputed_range
from server.exchange.figures import FigureRow, Figures
from server.explaining.adjusted import Both, adjusted_figures
from server.explaining.adjustments import Adjusted, adjusted_in
from sync.catalogue import Catalogue
from sync.figure import Missing
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Period

__all__ = ["Board", "Earlier", "board", "known"]


class Earlier(NamedTuple):
    """The figure of an earlier period, and why it isn't compared with, '' where it is.

    `definition`: another one held; `accumulated`: figures that add up within a year begin anew.
    """

    period: Period
    row: FigureRow | None
    apart: str


class Board(NamedTuple):
    """What the page shows; figures below and parts in the order of their codes."""

    picked: Picked
    level: str
    row: FigureRow | None
    before: Earlier
    last_year: Earlier | None
    target: Fraction | None
    peers: Peers | None
    band: Band | None
    trend: tuple[Point, ...]
    below: tuple[tuple[PlaceId, FigureRow | None], ...]
    parts: tuple[tuple[str, FigureRow | None], ...]
    coverage: Mapping[PlaceId, Coverage]
    adjusted: Mapping[PlaceId, Adjusted]
    both: Both | None
    """The figure with its adjustments, or those of its operands, where there are any."""

    disputed: Range | None
    """Between what the figure lies while values below are in dispute."""


async def board(books: Ledger, catalogue: Catalogue, picked: Picked) -> Board:
    """Reads the rollups of the place, of what lies right below it, and of its like."""
    place, period, indicator, _ = picked
    day, code = period.end, indicator.code
    below = books.tree.children(place, day)
    like = classes.peers(books.tree, place, day)
    beside = like.members if like else ()
    figures = Figures(books, catalogue, [code], None)
    await figures.load(list(dict.fromkeys((place, *below, *beside))), period)
    shown = {one: _only(figures, one, period) for one in (place, *below, *beside)}
    both = await adjusted_figures(books, catalogue, figures, [place], period, [code])
    periods = span(indicator, period)
    histories = await histories_of(books, catalogue, code)
    targets = await Targets.read(books, catalogue, place, indicator, [period, *periods])
    points = await trend(figures, place, periods, histories, targets)
    last_year = period.year_before()
    row = shown[place]
    covered_in = row.figure.period if row else period
    covered = await coverage(books, catalogue, [place, *below], covered_in, [code])
    return Board(
        picked=picked,
        level=books.tree.level(place, day),
        row=shown[place],
        before=await _earlier(figures, picked, period.previous(), histories),
        last_year=await _earlier(figures, picked, last_year, histories)
        if last_year != period.previous()
        else None,
        target=targets.get(period),
        peers=like,
        band=classes.band([value for one in beside if (value := known(shown[one])) is not None]),
        trend=tuple(points),
        below=tuple((one, shown[one]) for one in below),
        parts=await _parts(books, catalogue, place, period, parts_of(catalogue, code)),
        coverage={one: covered[one, code] for one in (place, *below) if (one, code) in covered},
        adjusted=await _adjusted(books, catalogue, [place, *below], picked, shown[place]),
        both=both.get((place, code)),
        disputed=await disputed_range(books, place, period, code)
        if row and row.figure.disputed
        else None,
    )


def known(row: FigureRow | None) -> Fraction | None:
    """The figure as a number, if there is one."""
    if row is None or isinstance(row.figure.value, Missing):
        return None
    return Fraction(row.figure.value)


def _only(figures: Figures, place: PlaceId, period: Period) -> FigureRow | None:
    return next(iter(figures.of(place, period)), None)


async def _earlier(
    figures: Figures, picked: Picked, period: Period, histories: list[list[Edition]]
) -> Earlier:
    await figures.load([picked.place], period)
    row = _only(figures, picked.place, period)
    apart = ""
    if breaks(histories, [period, picked.period]):
        apart = "definition"
    elif picked.indicator.time == "cum" and period == picked.period.previous():
        apart = "accumulated" if period.start.year != picked.period.start.year else ""
    return Earlier(period, row, apart)


async def _parts(
    books: Ledger, catalogue: Catalogue, place: PlaceId, period: Period, codes: Collection[str]
) -> tuple[tuple[str, FigureRow | None], ...]:
    if not codes:
        return ()
    figures = Figures(books, catalogue, list(codes), None)
    await figures.load([place], period)
    rows = {row.code: row for row in figures.of(place, period)}
    return tuple((code, rows.get(code)) for code in codes)


async def _adjusted(
    books: Ledger,
    catalogue: Catalogue,
    places: list[PlaceId],
    picked: Picked,
    row: FigureRow | None,
) -> dict[PlaceId, Adjusted]:
    """Of the period that the place's figure is from."""
    text = row.figure.period.text if row else picked.period.text
    code = picked.indicator.code
    found = await adjusted_in(books, catalogue, places, [text], [code])
    return {one: found[one, text, code] for one in places if (one, text, code) in found}
