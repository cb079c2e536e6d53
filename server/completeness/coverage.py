"""How far a figure is reviewed: of the places that should file it, how many have come how far."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from sync import formula
from sync.catalogue import Catalogue, Form
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Kind, Period

__all__ = ["Coverage", "coverage", "filed_for"]


class Coverage(NamedTuple):
    """Of so many places that exist at the period's end: handed in, and how far reviewed.

    Each count holds those of the next: what the county approved was approved on the way up.
    """

    expected: int
    submitted: int
    approved_town: int
    approved: int


Asked = tuple[str, str]
"""A period's text and a form's code."""


async def coverage(
    books: Ledger,
    catalogue: Catalogue,
    places: Collection[PlaceId],
    period: Period,
    indicator_codes: Iterable[str],
) -> dict[tuple[PlaceId, str], Coverage]:
    """The coverage of each figure at each place, from the forms that hold what it is made of.

    Of several operands it is that of the least reviewed. What no form with periods holds, such as
    what is filed on change only, has none and is left out.
    """
    wanted = {code: _asked(catalogue, period, code) for code in indicator_codes}
    counts = await _counts(
        books, places, {one for groups in wanted.values() for one in _all(groups)}
    )
    levels = {form.code: form.level for form in catalogue.forms.values()}
    found = {}
    for place in places:
        under = None if place == books.root else place
        for code, groups in wanted.items():
            covered = [
                max(
                    (
                        Coverage(
                            books.tree.count(under, levels[form], period.end),
                            *counts.get((place, text, form), (0, 0, 0)),
                        )
                        for text, form in group
                    ),
                    key=_reviewed,
                )
                for group in groups
            ]
            if covered:
                found[place, code] = min(covered, key=_reviewed)
    return found


def filed_for(form: Form, period: Period) -> Period | None:
    """The period of the form's own kind that a figure of a period is from: itself, the last within
    it, or the longer one it lies in; None for what is filed on change.
    """
    if form.period is Kind.STATIC:
        return None
    if form.period.months > period.kind.months:
        return period.around(form.period)
    return period.parts(form.period)[-1]


def _reviewed(one: Coverage) -> tuple[int, int, int, int]:
    return one.approved, one.approved_town, one.submitted, one.expected


def _asked(catalogue: Catalogue, period: Period, code: str) -> list[frozenset[Asked]]:
    """For each entered operand, the forms that hold it with the period that each is filed for."""
    groups = []
    for operand in _operands(catalogue, code):
        group = frozenset(
            (filed.text, form.code)
            for form in catalogue.forms.values()
            if operand in form.items
            and form.level == catalogue.indicators[operand].level
            and (filed := filed_for(form, period)) is not None
        )
        if group:
            groups.append(group)
    return groups


def _operands(catalogue: Catalogue, code: str) -> Iterator[str]:
    """The entered indicators that a code is made of, itself if it is entered."""
    waiting, seen = [code], {code}
    while waiting:
        one = waiting.pop()
        expression = catalogue.formulas.get(one)
        if expression is None:
            yield one
            continue
        new = formula.names(expression) & catalogue.indicators.keys() - seen
        seen |= new
        waiting.extend(sorted(new))


def _all(groups: Iterable[Iterable[Asked]]) -> Iterator[Asked]:
    for group in groups:
        yield from group


async def _counts(
    books: Ledger, places: Collection[PlaceId], asked: Collection[Asked]
) -> dict[tuple[PlaceId, str, str], tuple[int, int, int]]:
    """Handed in, approved by the town or further, approved by the county: by place, period, form."""
    rows = await books.database.rows_in(
        "SELECT p.id, c.period, c.form, c.submitted, c.approved_town, c.approved"
        " FROM {seek} place_no p ON p.id = k.column1 CROSS JOIN completeness c"
        " ON c.place = p.no AND c.period = k.column2 AND c.form = k.column3",
        [(place, *one) for place in places for one in sorted(asked)],
    )
    return {(PlaceId(place), period, form): tuple(counts) for place, period, form, *counts in rows}
