"""An explanation as its page shows it: words for figures, sums in columns, links to what it is of."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from server.desk.desk import Desk
from server.disputes.range import Range
from server.explaining.adjustments import Adjusted, Entry
from server.explaining.explanation import Explanation, Operand, PartFigure
from server.explaining.parts import Composition
from sync import quantity
from sync.catalogue import Indicator
from sync.figure import Missing, Result
from sync.ids import PlaceId
from sync.period import Kind, Period
from sync.quantity import SCALE
from sync.rollup import Figure, Sums
from sync.screens.figures import figure_words
from sync.screens.formats import quantity_words, unit_words
from sync.texts import Language, say
from sync.value import REASONS

__all__ = ["Line", "View", "address", "range_words", "sum_columns", "view"]


class Line(NamedTuple):
    """A row of the table of parts; `columns` are what it adds, in the order of `View.heads`."""

    place: PlaceId | None
    name: str
    link: str
    value: str
    columns: tuple[str, ...]
    part: PartFigure | None
    why: tuple[str, ...]
    adjusted: str


class OperandLine(NamedTuple):
    """A row of the table of operands."""

    operand: Operand
    link: str
    value: str
    adjusted: str


class Step(NamedTuple):
    """A row of the table of shorter periods."""

    period: str
    link: str
    value: str
    reported: int


class View(NamedTuple):
    """Everything of an explanation that is words. `own_adjusted` is filed at the place itself, and
    `total_adjusted` there and below.
    """

    value: str
    adjusted: str
    unit: str
    rules: tuple[str, ...]
    steps: tuple[Step, ...]
    operands: tuple[OperandLine, ...]
    heads: tuple[str, ...]
    lines: tuple[Line, ...]
    own: tuple[str, ...]
    total: tuple[str, ...]
    disputed: str
    own_adjusted: str
    total_adjusted: str
    deviates: dict[PlaceId, bool]

    @property
    def has_adjusted(self) -> bool:
        """Whether anything in the table of parts is adjusted."""
        return bool(self.own_adjusted) or any(line.adjusted for line in self.lines)


def view(desk: Desk, one: Explanation) -> View:
    """The page's words."""
    language, indicator = desk.language, one.indicator
    made = one.made_of
    return View(
        value=figure_words(one.figure.value, indicator, language),
        adjusted=figure_words(one.both.adjusted.value, indicator, language) if one.both else "",
        unit=unit_words(indicator.unit, language=language) if indicator.unit else "",
        rules=tuple(_rules(one, language)),
        steps=tuple(_step(one, at, figure, language) for at, figure in one.steps),
        operands=tuple(_operand(desk, one, operand) for operand in one.operands),
        heads=_heads(one, language),
        lines=tuple(_line(desk, one, part) for part in one.parts),
        own=sum_columns(indicator, made.own, language) if made else (),
        total=sum_columns(indicator, made.total, language) if made else (),
        disputed=range_words(one.disputed, indicator, language) if one.disputed else "",
        own_adjusted=_own_adjusted(one, language),
        total_adjusted=_total_adjusted(one, language),
        deviates={entry.place: _deviates(one, made, entry) for entry in one.adjustments},
    )


def address(place: PlaceId, period: str, code: str, tree: str = "period") -> str:
    """Where a figure is explained."""
    return f"/explain/{place.hex()}/{period}/{code}" + ("?tree=today" if tree == "today" else "")


def range_words(found: Range, indicator: Indicator, language: Language) -> str:
    """From the lowest to the highest."""
    low, high = (figure_words(end, indicator, language) for end in (found.low, found.high))
    return say("explain-range", language, low=low, high=high)


def sum_columns(
    indicator: Indicator, sums: tuple[Sums, ...], language: Language
) -> tuple[str, ...]:
    """What rows add, as their figure is made: a sum; yes and answers; a sum and how many."""
    row = sums[0]
    if row.reported <= 0 and not row.total:
        return ("—",) * (2 if indicator.space in {"share", "mean", "weighted_mean"} else 1)
    if indicator.type in {"choice", "text"}:
        return (str(row.reported),)
    total = quantity_words(row.total, language=language)
    if indicator.space == "share":
        return quantity_words(row.total, language=language), str(row.reported)
    if indicator.space == "mean":
        return total, str(row.reported)
    if indicator.space == "weighted_mean":
        products = quantity_words(
            quantity.rounded(Fraction(row.total, SCALE * SCALE)), language=language
        )
        return products, quantity_words(sums[1].total, language=language)
    return (total,)


def _heads(one: Explanation, language: Language) -> tuple[str, ...]:
    if one.made_of is None:
        return ()
    kind = one.indicator.space
    if one.indicator.type in {"choice", "text"}:
        return (say("explain-head-answers", language),)
    if kind == "share":
        return say("explain-head-yes", language), say("explain-head-answers", language)
    if kind == "mean":
        return say("explain-head-sum", language), say("explain-head-places", language)
    if kind == "weighted_mean":
        return say("explain-head-products", language), say("explain-head-weights", language)
    return (say("explain-head-sum", language),)


def _rules(one: Explanation, language: Language) -> list[str]:
    indicator = one.indicator
    space = "formula" if one.pieces else indicator.space
    found = [say(f"explain-rule-{space}", language)]
    if indicator.period is Kind.STATIC:
        found.append(say("explain-time-static", language))
    elif one.steps:
        found.append(say("explain-time-add", language))
    elif one.figure.period != one.asked:
        found.append(say("explain-time-within", language))
    if one.figure.gaps:
        found.append(say("explain-time-gaps", language, count=len(one.figure.gaps)))
    return found


def _step(one: Explanation, at: Period, figure: Figure, language: Language) -> Step:
    tree = "today" if one.today else "period"
    return Step(
        at.text,
        address(one.place, at.text, one.indicator.code, tree),
        figure_words(figure.value, one.indicator, language),
        figure.reported,
    )


def _operand(desk: Desk, one: Explanation, operand: Operand) -> OperandLine:
    tree = "today" if one.today else "period"
    language, both = desk.language, operand.both
    return OperandLine(
        operand,
        address(one.place, operand.period.text, operand.indicator.code, tree),
        _with_unit(operand.figure.value, operand.indicator, language),
        _with_unit(both.adjusted.value, operand.indicator, language) if both else "",
    )


def _line(desk: Desk, one: Explanation, part: PartFigure) -> Line:
    language = desk.language
    tree = "today" if one.today else "period"
    visible = desk.viewer.sees(part.place)
    sums = part.part.sums if part.part else ()
    return Line(
        place=part.place,
        name=desk.ledger.tree.name(part.place, one.day) or desk.code(part.place),
        link=address(part.place, one.asked.text, one.indicator.code, tree) if visible else "",
        value=figure_words(part.value, one.indicator, language),
        columns=sum_columns(one.indicator, sums, language) if sums else (),
        part=part,
        why=tuple(_why(part, language)),
        adjusted=_adjusted(one, part.adjusted, language),
    )


def _why(part: PartFigure, language: Language) -> list[str]:
    """What is missing or in doubt there, in words."""
    found = []
    if part.outstanding:
        found.append(say("explain-outstanding", language, count=part.outstanding))
    for reason, count in part.gaps.reasons:
        known = say(f"field-reason-{reason}", language) if reason in REASONS else reason
        found.append(say("explain-reason", language, reason=known, count=count))
    if not part.gaps.looked and part.no_value:
        found.append(say("explain-no-value", language, count=part.no_value))
    for key, count in (
        ("returned", part.gaps.returned),
        ("disputed", part.disputed),
        ("aside", part.gaps.aside),
    ):
        if count:
            found.append(say(f"explain-{key}", language, count=count))
    return found


def _adjusted(one: Explanation, there: Adjusted | None, language: Language) -> str:
    if there is None:
        return ""
    if one.made_of is None:
        return say("explain-adjusted-operands", language, count=there.number)
    return _signed(there.amount, language)


def _own_adjusted(one: Explanation, language: Language) -> str:
    """What is adjusted at the place itself, where its figure adds up."""
    if one.made_of is None or not _own_amount(one):
        return ""
    return _signed(_own_amount(one), language)


def _total_adjusted(one: Explanation, language: Language) -> str:
    """What all of it comes to, where the figure adds up."""
    if one.made_of is None:
        return ""
    below = sum(part.adjusted.amount for part in one.parts if part.adjusted)
    return _signed(_own_amount(one) + below, language)


def _own_amount(one: Explanation) -> int:
    return sum(entry.said.amount for entry in one.adjustments if entry.place == one.place)


def _signed(units: int, language: Language) -> str:
    return ("+" if units > 0 else "") + quantity_words(units, language=language)


def _with_unit(value: Result, indicator: Indicator, language: Language) -> str:
    words = figure_words(value, indicator, language)
    if isinstance(value, Missing | bool) or not indicator.unit:
        return words
    return f"{words} {unit_words(indicator.unit, language=language)}"


def _deviates(one: Explanation, made: Composition | None, entry: Entry) -> bool:
    """Whether the total is another now than the one that an adjustment of this place was made of."""
    is_this = entry.place == one.place and entry.indicator == one.indicator.code
    if not is_this or made is None or not entry.said.amount:
        return False
    row = made.total[0]
    return entry.said.total != (str(row.total) if row.reported > 0 else "")
