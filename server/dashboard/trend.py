"""A figure through time: the periods up to the one shown, with marks where its definition changed."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from server.dashboard.editions import Edition, breaks
from server.dashboard.picking import kind_of
from server.dashboard.targets import Targets
from server.exchange.figures import FigureRow, Figures
from sync.catalogue import Indicator
from sync.figure import Missing
from sync.ids import PlaceId
from sync.period import Kind, Period

__all__ = ["Point", "span", "trend"]

_LONG = {Kind.MONTH: 13, Kind.QUARTER: 13, Kind.HALF: 12, Kind.YEAR: 12}
"""How many periods are shown: with thirteen, the same month or quarter of last year is among them."""


class Point(NamedTuple):
    """One period: the figure, what the place strives for then, and the definition that begins."""

    period: Period
    row: FigureRow | None
    target: Fraction | None
    edition: Edition | None

    @property
    def is_known(self) -> bool:
        """Whether there is a figure."""
        return self.row is not None and not isinstance(self.row.figure.value, Missing)


def span(indicator: Indicator, period: Period) -> list[Period]:
    """The periods to show, the oldest first: of the kind asked for, or the indicator's if longer."""
    own = kind_of(indicator)
    kind = own if own.months > period.kind.months else period.kind
    last = period.around(kind)
    return [last.earlier(back) for back in reversed(range(_LONG[kind]))]


async def trend(
    figures: Figures,
    place: PlaceId,
    periods: list[Period],
    histories: list[list[Edition]],
    targets: Targets,
) -> list[Point]:
    """The points; periods before the first known figure are left out, but not the last two."""
    marks = breaks(histories, periods)
    points = []
    for period in periods:
        await figures.load([place], period)
        row = next(iter(figures.of(place, period)), None)
        points.append(Point(period, row, targets.get(period), marks.get(period.text)))
    first = next((at for at, one in enumerate(points) if one.is_known), len(points))
    return points[min(first, len(points) - 2) :]
