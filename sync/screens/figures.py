"""Figures as people read them: rounded as their indicator is, or why there is none."""

from __future__ import annotations

from fractions import Fraction

from sync import quantity
from sync.catalogue import Indicator
from sync.figure import Missing, Result
from sync.quantity import SCALE
from sync.screens.formats import quantity_words
from sync.texts import Language, say
from sync.value import REASONS

__all__ = ["figure_units", "figure_words", "rounded_to", "why_words"]

_GAPS = frozenset({"unknown", "not_a_number", "division_by_zero", "other_period", "not_aggregated"})


def figure_words(figure: Result | str, indicator: Indicator, language: Language) -> str:
    """A figure for a person: what is calculated is rounded as the indicator is, the rest is exact."""
    if isinstance(figure, str):
        return figure
    if isinstance(figure, bool):
        return say("field-flag-yes" if figure else "field-flag-no", language)
    if isinstance(figure, Missing):
        return why_words(figure, language)
    return quantity_words(figure_units(figure, indicator), language=language)


def figure_units(figure: Fraction, indicator: Indicator) -> int:
    """The same as a quantity of 1/10 000."""
    if indicator.entered:
        return quantity.rounded(figure)
    return rounded_to(figure, indicator.decimals)


def rounded_to(figure: Fraction, decimals: int) -> int:
    """A quantity of 1/10 000, rounded to so many decimals."""
    scale: int = 10**decimals
    return quantity.rounded(figure * scale / SCALE) * (SCALE // scale)


def why_words(missing: Missing, language: Language) -> str:
    """Why there is no figure."""
    if missing.reason in REASONS:
        return say(f"field-reason-{missing.reason}", language)
    key = missing.reason if missing.reason in _GAPS else "other"
    names = ", ".join(missing.names[:3])
    return say(f"village-gap-{key}", language, names=names)
