"""How many of a form's values are blank at many places: counted in a few seeks."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence

from sync.catalogue import Catalogue, Form
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Kind, Period
from sync.placecontext import period_of

__all__ = ["blanks"]


async def blanks(
    books: Ledger, catalogue: Catalogue, form: Form, period: Period, places: Sequence[PlaceId]
) -> dict[PlaceId, int]:
    """Of each place how many of the form's codes have neither a value nor a reason."""
    on_change = [one for one in form.items if catalogue.indicators[one].period is Kind.STATIC]
    filed: dict[PlaceId, set[str]] = defaultdict(set)
    rows = await books.database.rows_in(
        "SELECT p.id, v.field FROM {seek} place_no p ON p.id = k.column1 CROSS JOIN version v"
        " ON v.place = p.no AND v.kind = 'value' AND v.subject = k.column2 WHERE v.shown = 1",
        [(place, period.text) for place in places],
    )
    for place, code in rows:
        filed[place].add(code)
    if on_change:
        for place, text, code in await books.database.rows_in(
            _EVER, [(place, json.dumps(on_change)) for place in places]
        ):
            at = period_of(text)
            if at is not None and at.start <= period.end:
                filed[place].add(code)
    return {place: len(set(form.items) - filed[place]) for place in places}


_EVER = """
SELECT p.id, v.subject, v.field FROM {seek} place_no p ON p.id = k.column1 CROSS JOIN version v
ON v.place = p.no AND v.kind = 'value' WHERE v.shown = 1
AND v.field IN (SELECT value FROM json_each(k.column2))
"""
