"""Which values came back from review and wait for an answer, at all places of a laptop."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from field_client.desk import Desk
from sync import review
from sync.entry.stage import form_standing
from sync.ids import PlaceId
from sync.placecontext import period_of
from sync.value import Type, Value

__all__ = ["ReturnedCell", "returned_cells"]


class ReturnedCell(NamedTuple):
    """A value that came back with its reviewer's words."""

    place: PlaceId
    period: str
    form: str
    code: str
    words: str


async def returned_cells(
    desk: Desk, places: Collection[PlaceId] | None = None
) -> list[ReturnedCell]:
    """Those of all places that are kept here, or of these, while their form waits for an answer."""
    catalogue = await desk.catalogue()
    wanted = None if places is None else set(places)
    found = []
    for place, subject in await _subjects(desk):
        named = review.form_of(subject)
        form = catalogue.forms.get(named[1]) if named else None
        period = period_of(named[0]) if named else None
        if form is None or period is None or (wanted is not None and place not in wanted):
            continue
        standing = await form_standing(desk, place, form, period)
        found += [
            ReturnedCell(place, period.text, form.code, code, standing.returned[code].words)
            for code in standing.unanswered
        ]
    return sorted(found)


async def _subjects(desk: Desk) -> list[tuple[PlaceId, str]]:
    """Place and subject of the reviews in which a value was ever returned and may be open still.

    A return of which the value's shown version is not among those that it saw has its answer: most
    are passed over here, whatever years of them there are.
    """
    rows = await desk.ledger.database.rows(
        "SELECT DISTINCT p.id, r.subject, r.type, r.number, r.text, c.id"
        " FROM version r INDEXED BY version_definitions JOIN place_no p ON p.no = r.place"
        " LEFT JOIN version v ON v.place = r.place AND v.kind = 'value' AND v.field = r.field"
        " AND v.subject = substr(r.subject, 1, instr(r.subject, ' ') - 1) AND v.shown = 1"
        " LEFT JOIN commits c ON c.no = v.commit_no"
        " WHERE r.kind <> 'value' AND r.kind = 'review' AND r.field <> 'form' AND r.shown = 1"
    )
    found = set()
    for place, subject, type_, number, text, commit in rows:
        said = review.returned(Value(Type(type_), number, text))
        if said is not None and (commit is None or commit.hex() in said.saw):
            found.add((PlaceId(place), subject))
    return sorted(found)
