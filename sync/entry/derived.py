"""What is calculated from what a form holds, while it is being typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sync import evaluate
from sync.catalogue import Catalogue, Form, Indicator
from sync.entry.books import Book
from sync.evaluate import Brought
from sync.period import Kind, Period
from sync.value import Value

__all__ = ["Derived", "derived_of", "derived_rows"]


class Derived(NamedTuple):
    """A calculated indicator's figure now, last period and last year."""

    indicator: Indicator
    now: Brought
    last: Brought
    year_before: Brought


def derived_of(catalogue: Catalogue, form: Form) -> list[Indicator]:
    """The calculated indicators of the form's level that any of its items enters, in code order."""
    items = set(form.items)
    return [
        one
        for code, one in sorted(catalogue.indicators.items())
        if one.formula and one.level == form.level and items & _entered(catalogue, code)
    ]


def derived_rows(
    book: Book,
    catalogue: Catalogue,
    form: Form,
    period: Period,
    as_if: Mapping[str, Value] | None = None,
) -> list[Derived]:
    """Their figures, with those values in the place of what was recorded for the period."""
    context = book.context(catalogue, form.level, as_if={period.text: as_if} if as_if else None)
    rows = []
    for one in derived_of(catalogue, form):
        # A card that is filed on change says what holds this year.
        at = period if form.period is not Kind.STATIC else period.year()
        now, last, before = (
            evaluate.indicator(one.code, context, when)
            for when in (at, at.previous(), at.year_before())
        )
        rows.append(Derived(one, now, last, before))
    return rows


def _entered(catalogue: Catalogue, code: str) -> set[str]:
    """The entered codes that a formula comes down to."""
    found: set[str] = set()
    waiting, seen = [code], {code}
    while waiting:
        expression = catalogue.formulas.get(waiting.pop())
        for name in expression.names if expression else ():
            known = catalogue.indicators.get(name)
            if known is not None and name not in seen:
                seen.add(name)
                (waiting.append if known.formula else found.add)(name)
    return found
