"""What a form costs those who fill it in: told to whoever sends it out, before it goes.

`held` are items that an authority owns already, so that asking for them is asking again; of these
`delivered` are those that a system has filed lately for places here, which are then only confirmed.
`repeated` are items that another form asks the same places for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from server.completeness.releasing import days_at
from sync.catalogue import Catalogue, Form
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Kind, Period, containing

__all__ = ["Beside", "Cost", "cost"]

COUNTED_BY_THE_SYSTEM = "系统"
PLACES_LOOKED_AT = 30


class Beside(NamedTuple):
    """Another form that the same places owe in the same week."""

    form: Form
    period: Period
    due: date


class Cost(NamedTuple):
    """What one period of a form takes at all places that file it; minutes by the form's estimate."""

    places: int
    items: int
    held: tuple[str, ...]
    delivered: tuple[str, ...]
    repeated: tuple[str, ...]
    minutes: int
    beside: tuple[Beside, ...]

    @property
    def hours(self) -> int:
        """All places together, rounded up."""
        return -(-self.minutes * self.places // 60)


async def cost(
    books: Ledger, catalogue: Catalogue, place: PlaceId, form: Form, period: Period, due: date
) -> Cost:
    """The cost of a form for a period at a place and below, were it due on that day."""
    under = None if place == books.root else place
    held = [
        code
        for code in form.items
        if catalogue.indicators[code].owner not in ("", COUNTED_BY_THE_SYSTEM)
    ]
    return Cost(
        places=books.tree.count(under, form.level, books.today()),
        items=len(form.items),
        held=tuple(held),
        delivered=await _delivered(books, place, form, period),
        repeated=tuple(code for code in form.items if _asked_elsewhere(catalogue, form, code)),
        minutes=form.minutes,
        beside=await _beside(books, catalogue, place, form, due),
    )


def _asked_elsewhere(catalogue: Catalogue, form: Form, code: str) -> bool:
    return any(
        code in other.items
        for other in catalogue.forms.values()
        if other.code != form.code and other.level == form.level
    )


async def _delivered(books: Ledger, place: PlaceId, form: Form, period: Period) -> tuple[str, ...]:
    """What systems filed for this period or the one before it, at the first places that file it."""
    under = None if place == books.root else place
    below: Sequence[PlaceId] = books.tree.below(under, books.today(), form.level)
    looked_at = below[:PLACES_LOOKED_AT] or [place]
    rows = await books.database.rows_in(
        "SELECT DISTINCT v.field FROM {seek} place_no p ON p.id = k.column1 CROSS JOIN version v"
        " ON v.place = p.no AND v.kind = 'prefill' AND v.subject = k.column2",
        [(one, text) for one in looked_at for text in (period.text, period.previous().text)],
    )
    found = {code for (code,) in rows}
    return tuple(code for code in form.items if code in found)


async def _beside(
    books: Ledger, catalogue: Catalogue, place: PlaceId, form: Form, due: date
) -> tuple[Beside, ...]:
    monday = due - timedelta(days=due.weekday())
    asked = [
        (other, period)
        for other in catalogue.forms.values()
        if other.level == form.level and other.code != form.code and other.period is not Kind.STATIC
        for period in _around(other, due)
    ]
    days = await days_at(books, [place], asked)
    found = [
        Beside(other, period, day)
        for other, period in asked
        if (day := days.due(place, other, period)) is not None
        and monday <= day < monday + timedelta(days=7)
    ]
    return tuple(sorted(found, key=lambda one: (one.due, one.form.code)))


def _around(form: Form, day: date) -> list[Period]:
    """The periods of the form that may be due about that day."""
    now = containing(day, form.period)
    return [now.earlier(back) for back in range(3)]
