"""An explanation of one figure of one place: all that a page or a program is told of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from server.catalogue.keeping import catalogue_of
from server.completeness.coverage import Coverage, coverage
from server.disputes.range import Range, disputed_range
from server.exchange.figures import Figures
from server.explaining.adjusted import Both, adjusted_figures, entered_below
from server.explaining.adjustments import Adjusted, Entry, adjusted_in, entries
from server.explaining.cell import CellStory, story
from server.explaining.formulas import Piece, pieces
from server.explaining.gaps import Gaps, gaps
from server.explaining.parts import NOTHING, Composition, Part, compose, periods_of, series_of
from sync.adjusting import is_adjustable
from sync.catalogue import Catalogue, Indicator
from sync.figure import Result
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Period, parse
from sync.problems import Problem
from sync.rollup import Figure, Sums
from sync.texts import Language
from sync.value import Cell

__all__ = ["Explanation", "Operand", "PartFigure", "explain"]


@dataclass(frozen=True)
class Operand:
    """A figure that a formula is made of, as the same place shows it. One that adds up periods has
    none of its own: each of those has.
    """

    indicator: Indicator
    period: Period
    figure: Figure
    expected: int
    both: Both | None


@dataclass(frozen=True)
class PartFigure:
    """A place below: what it shows, what it adds by series, and what is missing or in doubt."""

    place: PlaceId
    part: Part | None
    value: Result
    first: Sums
    expected: int
    gaps: Gaps
    adjusted: Adjusted | None

    @property
    def reported(self) -> int:
        """How many have reported."""
        return self.first.reported

    @property
    def no_value(self) -> int:
        """How many have given a reason instead."""
        return self.first.no_value

    @property
    def disputed(self) -> int:
        """How many hold rival values."""
        return self.first.disputed

    @property
    def outstanding(self) -> int:
        """How many have neither reported nor said why not."""
        return max(0, self.expected - self.reported - self.no_value)


@dataclass(frozen=True)
class Explanation:
    """What a figure is. `made_of` is None for one that is its formula over sums; `steps` are the
    shorter periods with their figures, where it is those added up.
    """

    place: PlaceId
    indicator: Indicator
    asked: Period
    today: date | None
    figure: Figure
    expected: int
    both: Both | None
    pieces: tuple[Piece, ...]
    steps: tuple[tuple[Period, Figure], ...]
    operands: tuple[Operand, ...]
    made_of: Composition | None
    parts: tuple[PartFigure, ...]
    disputed: Range | None
    adjustments: tuple[Entry, ...]
    coverage: Coverage | None
    own: CellStory | None
    may_adjust: bool

    @property
    def day(self) -> date:
        """The day whose hierarchy counts."""
        return self.today or self.figure.period.end


async def explain(
    books: Ledger,
    place: PlaceId,
    asked: Period,
    code: str,
    language: Language,
    today: date | None = None,
) -> Explanation:
    """The explanation; `today` asks for today's hierarchy. Raises `indicator-unknown`."""
    catalogue = await catalogue_of(books)
    indicator = catalogue.indicators.get(code)
    if indicator is None:
        raise Problem("indicator-unknown", code=code[:40])
    figures = Figures(books, catalogue, _codes(catalogue, code), today)
    await figures.load([place], asked)
    figure = figures.context(place, asked).figure(code, asked)
    await figures.load([place], figure.period)
    both = await adjusted_figures(books, catalogue, figures, [place], asked, [code], today)
    adjusted = both.get((place, code))
    steps = _steps(figures, catalogue, place, code, figure.period)
    made_of = await _made_of(books, catalogue, place, code, figure.period, today)
    reviewed = await coverage(books, catalogue, [place], figure.period, [code])
    return Explanation(
        place=place,
        indicator=indicator,
        asked=asked,
        today=today,
        figure=figure,
        expected=_expected(books, figures, place, asked, indicator, today),
        both=adjusted,
        pieces=_pieces(figures, place, figure.period, code, language),
        steps=steps,
        operands=await _operands(books, catalogue, figures, place, code, figure.period, today),
        made_of=made_of,
        parts=await _parts(books, catalogue, place, code, figure.period, made_of, today),
        disputed=await disputed_range(books, place, asked, code, today),
        adjustments=await _adjustments(books, place, code, figure.period, adjusted, today),
        coverage=reviewed.get((place, code)),
        own=await story(books, catalogue, place, Cell("value", figure.period.text, code)),
        may_adjust=is_adjustable(indicator, figure.period) and asked == figure.period,
    )


async def _made_of(
    books: Ledger,
    catalogue: Catalogue,
    place: PlaceId,
    code: str,
    period: Period,
    today: date | None,
) -> Composition | None:
    if not series_of(catalogue, code):
        return None
    periods = periods_of(catalogue, code, period)
    return await compose(books, catalogue, place, code, periods, today)


def _expected(
    books: Ledger,
    figures: Figures,
    place: PlaceId,
    asked: Period,
    indicator: Indicator,
    today: date | None,
) -> int:
    """How many places could stand behind it; at the realm's own place, all of the level."""
    if place == books.root:
        return books.tree.count(None, indicator.level, today or asked.end)
    return sum(row.expected for row in figures.of(place, asked) if row.code == indicator.code)


def _steps(
    figures: Figures, catalogue: Catalogue, place: PlaceId, code: str, period: Period
) -> tuple[tuple[Period, Figure], ...]:
    periods = periods_of(catalogue, code, period)
    if len(periods) == 1:
        return ()
    context = figures.context(place, period)
    return tuple((one, context.figure(code, one)) for one in periods)


def _pieces(
    figures: Figures, place: PlaceId, period: Period, code: str, language: Language
) -> tuple[Piece, ...]:
    """The formula over the sums of the place, nothing where the figure is no formula there."""
    context = figures.context(place, period)
    expression = context.formula(code)
    return tuple(pieces(expression, code, context, period, language)) if expression else ()


def _codes(catalogue: Catalogue, code: str) -> list[str]:
    """The indicator, and those that its formula names."""
    expression = catalogue.formulas.get(code)
    named = sorted(expression.names & catalogue.indicators.keys()) if expression else []
    weight = catalogue.indicators[code].weight
    return list(dict.fromkeys([code, *named, *([weight] if weight else [])]))


async def _operands(
    books: Ledger,
    catalogue: Catalogue,
    figures: Figures,
    place: PlaceId,
    code: str,
    period: Period,
    today: date | None,
) -> tuple[Operand, ...]:
    codes = _codes(catalogue, code)[1:]
    if not codes or len(periods_of(catalogue, code, period)) > 1:
        return ()
    adjusted = await adjusted_figures(books, catalogue, figures, [place], period, codes, today)
    return tuple(
        Operand(
            catalogue.indicators[row.code],
            row.figure.period,
            row.figure,
            row.expected,
            adjusted.get((place, row.code)),
        )
        for row in figures.of(place, period)
        if row.code in codes
    )


async def _parts(
    books: Ledger,
    catalogue: Catalogue,
    place: PlaceId,
    code: str,
    period: Period,
    made_of: Composition | None,
    today: date | None,
) -> tuple[PartFigure, ...]:
    """What lies below: with what it adds, or for a formula over sums with the figure it shows."""
    under = None if place == books.root else place
    made = {part.place: part for part in made_of.parts} if made_of else {}
    below = list(made) if made_of else list(books.tree.children(under, today or period.end))
    figures = Figures(books, catalogue, [code], today)
    await figures.load(below, period)
    periods = made_of.periods if made_of else (period,)
    why = await gaps(books, catalogue, code, periods, below, today)
    texts = {one.text for one in periods} if made_of else figures.periods
    added = await _added(books, catalogue, below, texts, code, today)
    found = []
    for part in below:
        rows = figures.of(part, period)
        if made_of is None and not rows:
            continue
        figure = figures.context(part, period).figure(code, period)
        first = NOTHING._replace(reported=figure.reported, disputed=figure.disputed)
        found.append(
            PartFigure(
                place=part,
                part=made.get(part),
                value=figure.value,
                first=made[part].sums[0] if part in made else first,
                expected=made[part].expected if part in made else rows[0].expected,
                gaps=why[part],
                adjusted=added.get(part),
            )
        )
    return tuple(found)


async def _added(
    books: Ledger,
    catalogue: Catalogue,
    places: Sequence[PlaceId],
    periods: Iterable[str],
    code: str,
    today: date | None,
) -> dict[PlaceId, Adjusted]:
    """What adjustments add at each place over all those periods."""
    entered = entered_below(catalogue, code)
    added: dict[PlaceId, Adjusted] = {}
    amounts = await adjusted_in(books, catalogue, places, periods, entered, today)
    for (place, _, _), one in amounts.items():
        there = added.get(place, Adjusted())
        added[place] = Adjusted(there.amount + one.amount, there.number + one.number)
    return added


async def _adjustments(
    books: Ledger,
    place: PlaceId,
    code: str,
    period: Period,
    both: Both | None,
    today: date | None,
) -> tuple[Entry, ...]:
    """Those that count in the figure, and those of the same period that were taken back."""
    keys = {(period.text, code)} | (both.keys if both else set())
    tree = books.tree
    return tuple(
        one
        for one in await entries(books, sorted(keys))
        if place in (one.place, books.root)
        or place in tree.ancestors(one.place, today or parse(one.period).end)
    )
