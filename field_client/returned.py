"""Which values came back from review and wait for an answer, at all places of a laptop."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from field_client.desk import Desk
from sync import review
from sync.ids import PlaceId
from sync.value import Cell, Type, Value

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
    """Those of all places that are kept here, or of these, which no newer version answers."""
    rows = await desk.ledger.database.rows(
        "SELECT p.id, v.subject, v.field, v.type, v.number, v.text"
        " FROM version v INDEXED BY version_definitions JOIN place_no p ON p.no = v.place"
        " WHERE v.kind <> 'value' AND v.kind = 'review' AND v.field <> 'form' AND v.shown = 1"
    )
    found = []
    for place, subject, code, type_, number, text in rows:
        said = review.returned(Value(Type(type_), number, text))
        named = review.form_of(subject)
        if said is None or named is None or (places is not None and place not in places):
            continue
        standing = await desk.ledger.standing(place, [("value", named[0])])
        here = standing.get(Cell("value", named[0], code))
        commits = {one.commit.hex() for one in here.versions} if here else set()
        if here and here.pending:
            commits.add("")
        if review.is_open(said, commits):
            found.append(ReturnedCell(PlaceId(place), *named, code, said.words))
    return sorted(found)
