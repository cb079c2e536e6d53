"""How all places of a laptop stand with the forms that are due: counted in a few queries."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from field_client.announced import Announced, announced
from field_client.aside import disputed_cells
from field_client.desk import Desk
from field_client.everfiled import codes_ever
from field_client.returned import returned_cells
from sync.catalogue import Form
from sync.entry.blanks import current_period, minutes
from sync.ids import PlaceId
from sync.ledger.edits import pendings
from sync.period import Kind, Period
from sync.review import SUBMITTED

__all__ = ["PlaceSummary", "summaries"]


class PlaceSummary(NamedTuple):
    """How a place stands with its forms of the periods that ended last: counted, not listed.

    `missing` counts blanks of the forms that are not handed in, or came back, and `minutes` what
    they take; `due` is the earliest date of these, None if all are handed in. `returned` counts values that
    came back and are not answered, `conflicts` cells in dispute.
    """

    place: PlaceId
    level: str
    forms: int
    submitted: int
    missing: int
    minutes: int
    due: date | None
    returned: int
    conflicts: int


async def summaries(desk: Desk, places: Sequence[PlaceId] | None = None) -> list[PlaceSummary]:
    """All places of this laptop (or those), in their order; those of no known level are left out."""
    catalogue = await desk.catalogue()
    today = desk.today()
    wanted = desk.places() if places is None else places
    asked = [_Asked(form, current_period(form, today)) for form in catalogue.forms.values()]
    levels = {place: level for place in wanted if (level := desk.ledger.tree.level(place, today))}
    tally = await _tally(desk, levels, asked)
    sent_out = await announced(desk)
    return [
        _summary(place, level, [one for one in asked if one.form.level == level], tally, sent_out)
        for place, level in levels.items()
    ]


class _Asked(NamedTuple):
    form: Form
    period: Period


@dataclass
class _Tally:
    """What is filed, by place: codes by form, forms handed in, and what came back or is in dispute."""

    filed: dict[tuple[PlaceId, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    submitted: set[tuple[PlaceId, str]] = field(default_factory=set)
    returned: Counter[PlaceId] = field(default_factory=Counter)
    conflicts: Counter[PlaceId] = field(default_factory=Counter)


def _summary(
    place: PlaceId, level: str, asked: Sequence[_Asked], tally: _Tally, sent_out: Announced
) -> PlaceSummary:
    submitted = missing = spent = 0
    due: list[date] = []
    for form, period in asked:
        blank = len(form.items) - len(tally.filed.get((place, form.code), ()))
        if (place, form.code) in tally.submitted:
            submitted += 1
        else:
            missing += blank
            spent += minutes(form, blank)
            day = sent_out.due(place, form, period)
            due += [day] if day is not None else []
    return PlaceSummary(
        place,
        level,
        len(asked),
        submitted,
        missing,
        spent,
        min(due, default=None),
        tally.returned[place],
        tally.conflicts[place],
    )


async def _tally(desk: Desk, levels: Mapping[PlaceId, str], asked: Sequence[_Asked]) -> _Tally:
    database = desk.ledger.database
    rows = await database.rows("SELECT no, id FROM place_no")
    ids = {number: PlaceId(place) for number, place in rows if place in levels}
    tally = _Tally()
    on_change = {code for form, _ in asked if form.period is Kind.STATIC for code in form.items}
    ever = await codes_ever(desk.ledger, on_change)
    for form, period in asked:
        numbers = json.dumps([no for no, place in ids.items() if levels[place] == form.level])
        if form.period is Kind.STATIC:
            for place in levels:
                tally.filed[place, form.code] |= ever.get(place, set()).intersection(form.items)
        else:
            values = (numbers, period.text, json.dumps(form.items))
            for number, code in await database.rows(_NOW, values):
                tally.filed[ids[number], form.code].add(code)
        for number, said in await database.rows(_SUBMITTED, (numbers, period.text, form.code)):
            if said == SUBMITTED.text:
                tally.submitted.add((ids[number], form.code))
    await _add_pending(desk, tally, levels.keys(), asked)
    current = {(form.code, period.text) for form, period in asked}
    for one in await returned_cells(desk, levels.keys()):
        tally.returned[one.place] += 1
        if (one.form, one.period) in current:
            tally.submitted.discard((one.place, one.form))
    for place, _ in await disputed_cells(desk, levels.keys()):
        tally.conflicts[place] += 1
    return tally


_NOW = """
SELECT v.place, v.field FROM json_each(?) w JOIN version v ON v.place = w.value
WHERE v.kind = 'value' AND v.subject = ? AND v.field IN (SELECT value FROM json_each(?))
AND v.shown = 1
"""

_SUBMITTED = """
SELECT v.place, v.text FROM json_each(?) w JOIN version v ON v.place = w.value
WHERE v.kind = 'submission' AND v.subject = ? AND v.field = ? AND v.shown = 1
"""


async def _add_pending(
    desk: Desk, tally: _Tally, wanted: Collection[PlaceId], asked: Sequence[_Asked]
) -> None:
    """What is recorded here and not sealed yet counts like the rest."""
    for one in await pendings(desk.ledger.database):
        place, cell, value = one.edit[:3]
        if place not in wanted:
            continue
        for form, period in asked:
            static = form.period is Kind.STATIC
            if cell.kind == "value" and cell.field in form.items:
                if static or cell.subject == period.text:
                    tally.filed[place, form.code].add(cell.field)
            elif (cell.kind, cell.subject, cell.field) == ("submission", period.text, form.code):
                change = tally.submitted.add if value == SUBMITTED else tally.submitted.discard
                change((place, form.code))
