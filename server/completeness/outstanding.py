"""Who has still to report: for a place by form, for a form by the places right below.

Counts come from rows that are kept with every commit; at the level that files the form itself, its
standing is read place by place, with what is blank and how long that takes. Nothing is ever put in
the order of how well places do.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from math import ceil
from typing import NamedTuple

from server.completeness.blank import blanks
from server.completeness.releasing import Days, days_at
from sync.catalogue import Catalogue, Form
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Kind, Period, containing
from sync.review import Stage

__all__ = [
    "Line",
    "Unit",
    "by_form",
    "by_place",
    "is_open",
    "last_ended",
    "recent",
    "units",
]

RECENT_PERIODS = 4
HANDED_IN = frozenset(Stage) - {Stage.DRAFT, Stage.RETURNED}


class Line(NamedTuple):
    """One form of one period at a place and all below it: counts of those who are to file it."""

    place: PlaceId
    form: Form
    period: Period
    due: date | None
    expected: int
    submitted: int
    on_time: int
    late: int
    returned: int

    @property
    def to_do(self) -> int:
        """How many have still to hand it in, or to hand it in again."""
        return max(self.expected - self.submitted, 0)


class Unit(NamedTuple):
    """One place that files the form itself; `missing` of its values are blank, for so many minutes.

    `came_back` are the values that were returned and have no answer yet.
    """

    place: PlaceId
    due: date | None
    stage: Stage
    submitted_at: int | None
    late: bool
    came_back: int
    missing: int
    minutes: int

    @property
    def to_do(self) -> bool:
        """Whether it has still to be handed in, or handed in again."""
        return is_open(self.stage)


def is_open(stage: Stage) -> bool:
    """Whether the form lies with those who fill it in."""
    return stage not in HANDED_IN


def last_ended(form: Form, today: date) -> Period | None:
    """The last period that has ended; None for what is filed on change."""
    return None if form.period is Kind.STATIC else containing(today, form.period).previous()


def recent(form: Form, today: date) -> list[Period]:
    """The last periods that have ended, the latest first."""
    last = last_ended(form, today)
    return [] if last is None else [last.earlier(back) for back in range(RECENT_PERIODS)]


async def by_form(
    books: Ledger, catalogue: Catalogue, place: PlaceId, period: Period | None = None
) -> list[Line]:
    """The forms that anybody at or below the place files, the earliest due first.

    For a period those of its kind; else of each form the last period that has ended, and those
    before it that were begun by somebody and not ended by all.
    """
    today = books.today()
    asked = [
        (form, one)
        for form in catalogue.forms.values()
        for one in ([period] if period else recent(form, today))
        if one.kind is form.period
    ]
    days = await days_at(books, [place], asked)
    counts = await _counts(books, [place], asked)
    lines = [_line(books, place, form, one, days, counts) for form, one in asked]
    kept = [
        line
        for line in lines
        if line.expected
        and (
            period or line.period == last_ended(line.form, today) or (line.submitted and line.to_do)
        )
    ]
    return sorted(kept, key=lambda one: (one.due or date.max, one.form.code))


async def by_place(
    books: Ledger, places: Sequence[PlaceId], form: Form, period: Period
) -> list[Line]:
    """The form's counts at each of the places, in their order; without those that have none to file it."""
    days = await days_at(books, places, [(form, period)])
    counts = await _counts(books, places, [(form, period)])
    lines = [_line(books, place, form, period, days, counts) for place in places]
    return [line for line in lines if line.expected]


async def units(
    books: Ledger,
    catalogue: Catalogue,
    places: Sequence[PlaceId],
    form: Form,
    period: Period,
    days: Days | None = None,
) -> list[Unit]:
    """How the form stands at each of the places, which file it themselves: in their order."""
    days = days or await days_at(books, places, [(form, period)])
    rows = await books.database.rows_in(
        "SELECT p.id, s.stage, s.submitted_at, s.late, s.returned FROM {seek} place_no p"
        " ON p.id = k.column1 CROSS JOIN form_standing s ON s.place = p.no AND s.period = k.column2"
        " AND s.form = k.column3",
        [(place, period.text, form.code) for place in places],
    )
    standing = {PlaceId(place): rest for place, *rest in rows}
    waiting = [one for one in places if is_open(Stage(standing.get(one, [Stage.DRAFT])[0]))]
    blank = await blanks(books, catalogue, form, period, waiting)
    found = []
    for place in places:
        stage, at, late, came_back = standing.get(place, (Stage.DRAFT, None, 0, 0))
        missing = blank.get(place, 0)
        spent = _minutes(form, missing + came_back) if is_open(Stage(stage)) else 0
        due = days.due(place, form, period)
        found.append(Unit(place, due, Stage(stage), at, bool(late), came_back, missing, spent))
    return found


def _minutes(form: Form, cells: int) -> int:
    """What so many cells take, by the form's own estimate; handing it in alone takes one."""
    return max(ceil(form.minutes * cells / max(len(form.items), 1)), 1)


Counts = dict[tuple[PlaceId, str, str], tuple[int, int, int, int]]


def _line(
    books: Ledger, place: PlaceId, form: Form, period: Period, days: Days, counts: Counts
) -> Line:
    under = None if place == books.root else place
    expected = books.tree.count(under, form.level, period.end)
    due = days.due(place, form, period)
    kept = counts.get((place, period.text, form.code), (0, 0, 0, 0))
    return Line(place, form, period, due, expected, *kept)


async def _counts(
    books: Ledger, places: Collection[PlaceId], asked: Collection[tuple[Form, Period]]
) -> Counts:
    """Handed in, in time, late, and returned: by place, period and form."""
    rows = await books.database.rows_in(
        "SELECT p.id, c.period, c.form, c.submitted, c.on_time, c.late, c.returned"
        " FROM {seek} place_no p ON p.id = k.column1 CROSS JOIN completeness c"
        " ON c.place = p.no AND c.period = k.column2 AND c.form = k.column3",
        [(place, period.text, form.code) for place in places for form, period in asked],
    )
    return {(PlaceId(place), period, form): tuple(kept) for place, period, form, *kept in rows}
