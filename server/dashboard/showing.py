"""A figure as a page shows it: words, unit and number, or why there is none, and what stands behind."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from server.exchange.figures import FigureRow
from sync import quantity
from sync.catalogue import Indicator
from sync.figure import UNKNOWN, Missing, Result
from sync.period import Period
from sync.screens.figures import rounded_to, why_words
from sync.screens.formats import quantity_words, unit_words
from sync.texts import Language, say

__all__ = ["NONE", "Shown", "shown", "unit_of", "words_of"]

NONE = "—"
_SHARES = frozenset({"share", "mean", "weighted_mean"})


class Shown(NamedTuple):
    """`words` is the number, or a dash, with `why` for there being none; `number` is decimal text
    for charts and files, '' without one. `reported` of `expected` places stand behind it.

    Of `approved` the forms are approved by the town or further; None where no form asks for it.
    `period` is the one that the figure is from, '' where that is the one asked for; `gaps` are the
    parts of it that nobody reported.
    """

    words: str
    unit: str
    why: str
    number: str
    reported: int
    expected: int
    disputed: int
    period: str
    gaps: tuple[str, ...]
    approved: int | None = None

    @property
    def is_known(self) -> bool:
        """Whether there is a figure."""
        return not self.why


def shown(
    row: FigureRow | None, indicator: Indicator, level: str, asked: Period, language: Language
) -> Shown:
    """A figure at a place of that level; None is a figure that isn't for that level."""
    unit = unit_of(indicator, level, language)
    if row is None:
        why = why_words(Missing(UNKNOWN), language)
        return Shown(NONE, unit, why, "", 0, 0, 0, "", ())
    figure = row.figure
    value = _plain(figure.value, indicator, level)
    other = figure.period.text if figure.period != asked else ""
    counts = (figure.reported, row.expected, figure.disputed, other, figure.gaps)
    if isinstance(value, Missing):
        return Shown(NONE, unit, why_words(value, language), "", *counts)
    if isinstance(value, bool):
        return Shown(words_of(value, indicator, language), unit, "", str(int(value)), *counts)
    units = _units(value, indicator)
    words = quantity_words(units, language=language)
    return Shown(words, unit, "", quantity.text(units), *counts)


def words_of(value: Fraction | bool, indicator: Indicator, language: Language) -> str:
    """A known figure in words."""
    if isinstance(value, bool):
        return say("field-flag-yes" if value else "field-flag-no", language)
    return quantity_words(_units(value, indicator), language=language)


def unit_of(indicator: Indicator, level: str, language: Language) -> str:
    """What a figure of that level is counted in: a yes or no becomes a share of places above."""
    if indicator.type == "flag":
        return "%" if indicator.space == "share" and level != indicator.level else ""
    return unit_words(indicator.unit, language=language) if indicator.unit else ""


def _plain(value: Result, indicator: Indicator, level: str) -> Result:
    """One place's own yes or no is no share of one."""
    if indicator.type == "flag" and indicator.level == level and isinstance(value, Fraction):
        return bool(value)
    return value


def _units(value: Fraction, indicator: Indicator) -> int:
    """What was filed adds up exactly; shares, means and what is calculated are rounded."""
    if indicator.space in _SHARES:
        return rounded_to(value, max(indicator.decimals, 1))
    return quantity.rounded(value) if indicator.entered else rounded_to(value, indicator.decimals)
