"""One row of a file of values: what it says, or the first thing that is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple, assert_never

from sync import quantity
from sync.catalogue import Catalogue, Indicator
from sync.ids import PlaceId
from sync.period import Kind, Period, containing, parse
from sync.places import Tree
from sync.problems import Problem
from sync.value import (
    Value,
    choice_value,
    flag_value,
    quantity_value,
    reason_value,
    text_value,
)

__all__ = ["Parsed", "Parser"]

_FLAGS = {
    **dict.fromkeys(("true", "yes", "是"), True),
    **dict.fromkeys(("false", "no", "否"), False),
}


class Parsed(NamedTuple):
    """A good row."""

    place: PlaceId
    period: str
    code: str
    value: Value


class Parser:
    """Reads rows against one hierarchy and one catalogue."""

    def __init__(self, tree: Tree, catalogue: Catalogue, today: date) -> None:
        self._tree = tree
        self._indicators = catalogue.indicators
        self._today = today
        self._place = lru_cache(maxsize=65_536)(self._find_place)
        self._period = lru_cache(maxsize=4_096)(self._find_period)

    def parse(self, values: Sequence[str]) -> Parsed:
        """What the columns place_code, period, indicator, value and reason say.

        Raises `row-…`, `period-malformed`, `quantity-…`, `text-too-long`, `reason-unknown`.
        """
        place_code, period_text, code, text, reason = values
        found = self._indicator(code)
        period = self._period(period_text, found.period)
        place, level = self._place(place_code, period)
        if level != found.level:
            raise Problem(
                "row-level-wrong",
                place=place_code[:40],
                level=level,
                code=code,
                expected=found.level,
            )
        return Parsed(place, period.text, code, _value(found, text, reason))

    def _indicator(self, code: str) -> Indicator:
        found = self._indicators.get(code)
        if found is None:
            raise Problem("indicator-unknown", code=code[:40])
        if not found.entered:
            raise Problem("row-indicator-derived", code=code)
        return found

    def _find_period(self, text: str, kind: Kind) -> Period:
        period = parse(text)
        if kind not in {Kind.STATIC, period.kind}:
            example = containing(period.end, kind).text
            raise Problem("row-period-kind", period=text, example=example)
        if period.start > self._today:
            raise Problem("row-period-future", period=text, today=self._today.isoformat())
        return period

    def _find_place(self, code: str, period: Period) -> tuple[PlaceId, str]:
        """By the codes at the period's end, or else by today's: codes pass to other places."""
        for day in (min(period.end, self._today), self._today):
            place = self._tree.by_code(code, day)
            if place is not None:
                return place, self._tree.level(place, day)
        raise Problem("row-place-unknown", code=code[:40], period=period.text)


def _value(found: Indicator, text: str, reason: str) -> Value:
    if text and reason:
        raise Problem("row-value-and-reason", text=text[:40], reason=reason[:40])
    if reason:
        return reason_value(reason)
    if not text:
        raise Problem("row-value-missing", code=found.code)
    match found.type:
        case "quantity":
            return quantity_value(quantity.parse(text))
        case "flag":
            if text.casefold() not in _FLAGS:
                raise Problem("row-flag-malformed", text=text[:40], code=found.code)
            return flag_value(_FLAGS[text.casefold()])
        case "choice":
            if text not in found.choices:
                known = ", ".join(found.choices)
                raise Problem("row-choice-unknown", text=text[:40], code=found.code, known=known)
            return choice_value(text)
        case "text":
            return text_value(text)
    assert_never(found.type)
