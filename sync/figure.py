"""Figures: exact numbers, yes or no, or what is missing; and where formulas take them from."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple, Protocol

from sync.catalogue import Catalogue
from sync.formula import Expression
from sync.limits import FIGURE_BITS_MAX
from sync.period import Period

__all__ = [
    "CYCLE",
    "DIVISION",
    "NOT_AGGREGATED",
    "NOT_A_NUMBER",
    "NOT_HERE",
    "OTHER_PERIOD",
    "TOO_DEEP",
    "TOO_LARGE",
    "UNKNOWN",
    "WRONG_KIND",
    "Context",
    "Missing",
    "Result",
    "bounded",
    "merged",
]

UNKNOWN = "unknown"
NOT_A_NUMBER = "not_a_number"
WRONG_KIND = "wrong_kind"
DIVISION = "division_by_zero"
OTHER_PERIOD = "other_period"
NOT_HERE = "not_evaluable_here"
NOT_AGGREGATED = "not_aggregated"
CYCLE = "cycle"
TOO_DEEP = "too_deep"
TOO_LARGE = "too_large"


class Missing(NamedTuple):
    """Why there is no figure: a reason above or one that was filed, and the codes it is due to.

    `not_a_number` says that there is a value, but a choice or a text.
    """

    reason: str
    names: tuple[str, ...] = ()


Result = Fraction | bool | Missing


class Context(Protocol):
    """Where an evaluation takes figures from: one place's own cells, or the rollups of a place.

    None of its methods raises; what it cannot tell is `Missing`.
    """

    @property
    def catalogue(self) -> Catalogue:
        """The definitions in force."""

    def formula(self, code: str) -> Expression | None:
        """How the indicator is derived here, or None where `value` tells it."""

    def value(self, code: str, period: Period) -> Result:
        """What is known for exactly that period; for what is filed on change, at its end."""

    def count(self, level: str, period: Period) -> Result:
        """How many active places of that level lie at or below; '' is no level."""

    def count_if(self, code: str, ordinal: int, period: Period) -> Result | None:
        """How many places meet that condition of a derived indicator (ordinals count from 1).

        None where there is one place only, for which the condition itself can be evaluated.
        """

    def ask(self, function: str, argument: str, period: Period) -> Result:
        """What peers, other systems or the hierarchy say, by the function's name."""


def merged(missing: Iterable[Missing]) -> Missing:
    """The first reason, with everything that any of them names."""
    every = list(missing)
    return Missing(every[0].reason, tuple(dict.fromkeys(name for one in every for name in one[1])))


def bounded(number: Fraction) -> Fraction | Missing:
    """The number, unless its digits have outgrown what any honest formula yields."""
    if max(number.numerator.bit_length(), number.denominator.bit_length()) > FIGURE_BITS_MAX:
        return Missing(TOO_LARGE)
    return number
