"""What a cell offers before anybody types: another system's value, or what held before.

Last period's value is offered only where 'unchanged' can be true: for what stands on a day, and for
what adds up since January within that year. A flow of a month says nothing of the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal, NamedTuple

from sync.catalogue import Indicator
from sync.entry.books import Book
from sync.period import Kind, Period
from sync.placecontext import period_of
from sync.review import prefill_cell, prefill_source_cell
from sync.value import Type, Value

__all__ = ["Before", "Offer", "before", "offer"]


class Before(NamedTuple):
    """A value of an earlier period."""

    period: str
    value: Value


class Offer(NamedTuple):
    """A value that one press takes over, and where it is from.

    `source` is the other system's name as it was filed (perhaps ''), or for `last` the period.
    """

    value: Value
    kind: Literal["system", "last"]
    source: str


def offer(book: Book, indicator: Indicator, period: Period) -> Offer | None:
    """What there is to confirm, if anything.

    Of what is filed on change another system's word counts from the period it was filed for, until
    a later value is recorded.
    """
    last = before(book, indicator, period)
    given = _given(book, indicator, period, last)
    if given is not None:
        source = book.get(prefill_source_cell(given.period, indicator.code))
        return Offer(given.value, "system", source.text if source else indicator.owner)
    if last is None or not _carries(indicator, period) or last.value.type is Type.REASON:
        return None
    return Offer(last.value, "last", last.period)


def before(book: Book, indicator: Indicator, period: Period) -> Before | None:
    """What was filed for the period before; on change, what held until then."""
    if indicator.period is not Kind.STATIC:
        text = period.previous().text
        value = book.values.get(text, {}).get(indicator.code)
        return Before(text, value) if value is not None else None
    return _held(book.values, indicator.code, period.start - timedelta(days=1))


def _given(book: Book, indicator: Indicator, period: Period, last: Before | None) -> Before | None:
    """What another system says, and under which period."""
    value = book.get(prefill_cell(period.text, indicator.code))
    if value is not None:
        return Before(period.text, value)
    if indicator.period is not Kind.STATIC:
        return None
    found = _held(book.shown.get("prefill", {}), indicator.code, period.end)
    if found is None or (last is not None and _start(last.period) > _start(found.period)):
        return None
    return found


def _start(text: str) -> date:
    period = period_of(text)
    return period.start if period is not None else date.min


def _carries(indicator: Indicator, period: Period) -> bool:
    match indicator.time:
        case "end":
            return True
        case "cum":
            return period.previous().start.year == period.start.year
        case _:
            return indicator.period is Kind.STATIC or indicator.type != "quantity"


def _held(values: Mapping[str, Mapping[str, Value]], code: str, until: date) -> Before | None:
    """The latest that started by that day."""
    found: tuple[Period, Value] | None = None
    for text, codes in values.items():
        if code in codes:
            at = period_of(text)
            if at is not None and at.start <= until and (found is None or at > found[0]):
                found = at, codes[code]
    return Before(found[0].text, found[1]) if found else None
