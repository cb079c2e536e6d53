"""The releases that hold at places, and sending a form out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from server.rollup import chains
from sync.catalogue import Catalogue, Form
from sync.due import due_day
from sync.ids import PlaceId
from sync.ledger.database import Row
from sync.ledger.ledger import Ledger
from sync.limits import NOTICE_WORKING_DAYS_MIN
from sync.period import Period
from sync.release import Release, nearest, release, release_cell
from sync.value import Type, Value

__all__ = ["Days", "days_at", "days_of_all", "notice_days", "of_place", "released_at"]

NOTICE = "P_NOTICE_DAYS"


def notice_days(catalogue: Catalogue) -> int:
    """How many working days a form must go out before it is due."""
    own = catalogue.parameters.get(NOTICE)
    return int(own.value) if own and own.value.isdecimal() else NOTICE_WORKING_DAYS_MIN


class Days:
    """The releases at some places and all above them, and what each place has of them."""

    def __init__(self, books: Ledger, said: Mapping[tuple[PlaceId, str], Release]) -> None:
        self._books = books
        self._said = said

    def release(self, place: PlaceId, form: Form, period: Period) -> Release | None:
        """The one that holds at the place: the nearest above it, by the period's own hierarchy."""
        if not self._said:
            return None
        subject = _subject(form, period)
        above = chains.now(self._books.tree, self._books.root)(place, period.end)
        return nearest(self._said.get((one, subject)) for one in above)

    def due(self, place: PlaceId, form: Form, period: Period) -> date | None:
        """Until when the form is in time there."""
        holds = self.release(place, form, period)
        return due_day(form, period, holds.due if holds else None)

    def own(self, place: PlaceId, form: Form, period: Period) -> Release | None:
        """The one that was sent out at the place itself and not taken back."""
        return nearest([self._said.get((place, _subject(form, period)))])

    def without(self, place: PlaceId, form: Form, period: Period) -> Days:
        """What there is when that one is taken back."""
        gone = (place, _subject(form, period))
        return Days(self._books, {key: said for key, said in self._said.items() if key != gone})


async def days_at(
    books: Ledger, places: Iterable[PlaceId], asked: Collection[tuple[Form, Period]]
) -> Days:
    """What `Days` knows of those forms and periods: found by seeks, a few for each place."""
    chain = chains.now(books.tree, books.root)
    ends = {period.end for _, period in asked}
    every = {above for place in places for end in ends for above in chain(place, end)}
    return Days(books, await released_at(books, every, {_subject(*one) for one in asked}))


async def days_of_all(books: Ledger, places: Iterable[PlaceId], ends: Collection[date]) -> Days:
    """What `Days` knows of all that ever went out to many places: one seek for each of them."""
    chain = chains.now(books.tree, books.root)
    every = {above for place in places for end in ends for above in chain(place, end)}
    return Days(books, await of_place(books, every))


def _subject(form: Form, period: Period) -> str:
    return release_cell(period.text, form.code).subject


async def released_at(
    books: Ledger, places: Collection[PlaceId], subjects: Collection[str]
) -> dict[tuple[PlaceId, str], Release]:
    """What was filed at exactly those places under those subjects, taken back since or not."""
    rows = await books.database.rows_in(
        "SELECT p.id, v.subject, v.type, v.number, v.text FROM {seek} place_no p"
        " ON p.id = k.column1 CROSS JOIN version v ON v.place = p.no AND v.kind = 'release'"
        " AND v.subject = k.column2 AND v.field = 'form' WHERE v.shown = 1",
        [(place, subject) for place in sorted(places) for subject in sorted(subjects)],
    )
    return _read(rows)


async def of_place(books: Ledger, places: Iterable[PlaceId]) -> dict[tuple[PlaceId, str], Release]:
    """All that was ever released at exactly those places, by place and subject."""
    rows = await books.database.rows_in(
        "SELECT p.id, v.subject, v.type, v.number, v.text FROM place_no p JOIN version v"
        " ON v.place = p.no AND v.kind = 'release' WHERE p.id IN ({keys}) AND v.shown = 1"
        " AND v.field = 'form'",
        [(place,) for place in sorted(places)],
    )
    return _read(rows)


def _read(rows: Iterable[Row]) -> dict[tuple[PlaceId, str], Release]:
    return {
        (PlaceId(place), subject): found
        for place, subject, type_, number, text in rows
        if (found := release(Value(Type(type_), number, text))) is not None
    }
