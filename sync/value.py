"""Values and the cells that they are filed under.

A value is a quantity, yes or no, a choice, a text, or a reason why there is none: what is missing
is never zero, and 'cleared' is a value with a reason, never an absence.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from sync import quantity
from sync.limits import TEXT_CHARS_MAX
from sync.problems import Problem


class Type(IntEnum):
    """What a value is; the numbers are part of the stored and sent format."""

    QUANTITY = 1
    FLAG = 2
    CHOICE = 3
    TEXT = 4
    REASON = 5


class Value(NamedTuple):
    """One value: `number` holds a quantity in 1/10 000 or a flag's 0 or 1, `text` all else."""

    type: Type
    number: int
    text: str


class Cell(NamedTuple):
    """What a value is filed under within one place."""

    kind: str
    subject: str
    field: str


REASONS = (
    "not_applicable",
    "nothing_this_period",
    "not_yet_available",
    "below_unit",
    "not_comparable",
)


def quantity_value(units: int) -> Value:
    """A quantity of that many 1/10 000."""
    return Value(Type.QUANTITY, units, "")


def flag_value(yes: bool) -> Value:
    """Yes or no."""
    return Value(Type.FLAG, int(yes), "")


def choice_value(code: str) -> Value:
    """One choice of a list, by its code."""
    return Value(Type.CHOICE, 0, code)


def text_value(words: str) -> Value:
    """Free text. Raises `text-too-long`."""
    if len(words) > TEXT_CHARS_MAX:
        raise Problem("text-too-long", most=TEXT_CHARS_MAX)
    return Value(Type.TEXT, 0, words)


def reason_value(reason: str) -> Value:
    """Why there is no value. Raises `reason-unknown`."""
    if reason not in REASONS:
        raise Problem("reason-unknown", text=reason[:40], known=", ".join(REASONS))
    return Value(Type.REASON, 0, reason)


def shown_text(value: Value) -> str:
    """The value as text in exports and tables: decimal text, true or false, or the text itself."""
    if value.type is Type.QUANTITY:
        return quantity.text(value.number)
    if value.type is Type.FLAG:
        return "true" if value.number else "false"
    return value.text
