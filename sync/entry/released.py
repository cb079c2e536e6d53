"""Until when a form is in time at a place: by the day that went out with it, else by its own."""

from __future__ import annotations

from datetime import date

from sync.catalogue import Form
from sync.due import due_day
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Period
from sync.release import nearest, release, release_cell
from sync.value import Type, Value

__all__ = ["due_at"]


async def due_at(ledger: Ledger, place: PlaceId, form: Form, period: Period) -> date | None:
    """The last day in time; None for what is filed on change. A seek for each place above."""
    above = (place, *ledger.tree.ancestors(place, period.end), ledger.root)
    kind, subject, field = release_cell(period.text, form.code)
    rows = await ledger.database.rows_in(
        "SELECT p.id, v.type, v.number, v.text FROM {seek} place_no p ON p.id = k.column1"
        " CROSS JOIN version v ON v.place = p.no AND v.kind = k.column2 AND v.subject = k.column3"
        " AND v.field = k.column4 WHERE v.shown = 1",
        [(one, kind, subject, field) for one in dict.fromkeys(above)],
    )
    said = {place: release(Value(Type(kind), number, text)) for place, kind, number, text in rows}
    holds = nearest(said.get(one) for one in above)
    return due_day(form, period, holds.due if holds else None)
