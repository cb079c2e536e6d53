"""Adjustments: what a county adds to a total with a reason, beside what villages report.

    adjustment  subject period, field <indicator>   text: an `Adjustment`

It lies at the place whose total it corrects and counts in every total at and above that place. It
changes no figure that anybody reported and no sum of such figures: it is shown apart from them.
Text that cannot be read, from newer software perhaps, adjusts nothing and stops nothing.
"""

from __future__ import annotations

import json
from typing import Annotated

import msgspec

from sync.definition import Indicator
from sync.limits import QUANTITY_ABS_MAX, TEXT_CHARS_MAX
from sync.period import Kind, Period
from sync.problems import Problem
from sync.quantity import SCALE
from sync.value import Cell, Type, Value, text_value

__all__ = ["KIND", "Adjustment", "adjustment", "adjustment_cell", "encode", "is_adjustable"]

KIND = "adjustment"
_MOST = QUANTITY_ABS_MAX * SCALE

Whole = Annotated[str, msgspec.Meta(pattern=r"\A(-?[0-9]{1,40})?\Z")]
"""A whole number as text: a total may be larger than what readers of JSON keep exactly."""


class Adjustment(msgspec.Struct, frozen=True):
    """So much more (or less) in 1/10 000, and why. An amount of 0 takes an adjustment back.

    `total` is the reported total in 1/10 000 that its author's page showed, '' where nothing was
    reported, and `reported` how many places stood behind it: whoever reads it later can tell
    whether the figure is still the one that the adjustment is about.
    """

    amount: Annotated[int, msgspec.Meta(ge=-_MOST, le=_MOST)]
    reason: Annotated[str, msgspec.Meta(max_length=TEXT_CHARS_MAX)]
    total: Whole = ""
    reported: Annotated[int, msgspec.Meta(ge=0)] = 0


def adjustment_cell(period: str, indicator: str) -> Cell:
    """Where a place's adjustment is filed."""
    return Cell(KIND, period, indicator)


def is_adjustable(indicator: Indicator, period: Period) -> bool:
    """Whether that period's figure may be adjusted: what was entered for just such a period and adds
    up. A rate follows its operands, and what is filed on change goes on from one filing to the next.
    """
    return (
        not indicator.formula
        and indicator.space == "sum"
        and indicator.type == "quantity"
        and indicator.period is period.kind
        and indicator.period is not Kind.STATIC
    )


def encode(said: Adjustment) -> Value:
    """Its one text: names sorted, no spaces.

    Raises `adjustment-reason-missing`, `quantity-too-large`, `text-too-long`.
    """
    if not said.reason.strip():
        raise Problem("adjustment-reason-missing")
    if abs(said.amount) > _MOST:
        raise Problem("quantity-too-large", text=str(said.amount // SCALE)[:40])
    plain = msgspec.to_builtins(said)
    return text_value(json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def adjustment(value: Value | None) -> Adjustment | None:
    """The adjustment that a cell's value says, if it can be read."""
    if value is None or value.type is not Type.TEXT:
        return None
    try:
        return msgspec.json.decode(value.text, type=Adjustment, strict=True)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
