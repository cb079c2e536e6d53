"""Which period a form opens with, what of it is blank, and how long that takes: pure arithmetic."""

from __future__ import annotations

from datetime import date
from math import ceil

from sync.catalogue import Catalogue, Form
from sync.entry.books import Book
from sync.period import Kind, Period, containing
from sync.placecontext import period_of

__all__ = ["current_period", "minutes", "missing_in"]


def current_period(form: Form, today: date) -> Period:
    """The period that a page of the form opens with: the last that has ended, or this month."""
    if form.period is Kind.STATIC:
        return containing(today, Kind.MONTH)
    return containing(today, form.period).previous()


def minutes(form: Form, cells: int) -> int:
    """What so many of a form's cells take, by its own estimate; never less than a minute."""
    return max(ceil(form.minutes * cells / max(len(form.items), 1)), 1) if cells else 0


def missing_in(book: Book, catalogue: Catalogue, form: Form, period: Period) -> tuple[str, ...]:
    """The codes of a form that have neither a value nor a reason, in the form's order."""
    here = book.values.get(period.text, {})
    missing = [code for code in form.items if code not in here]
    static = {code for code in missing if catalogue.indicators[code].period is Kind.STATIC}
    if static:
        for text, codes in book.values.items():
            filed = period_of(text)
            if filed is not None and filed.start <= period.end:
                static -= codes.keys()
    return tuple(
        code
        for code in missing
        if code in static or catalogue.indicators[code].period is not Kind.STATIC
    )
