"""Handing in a form: what still stands in its way, and the record that it was handed in."""

from __future__ import annotations

from typing import NamedTuple

from field_client.checking import Judged, Weight, judged
from field_client.desk import Desk
from field_client.standing import cells_of, shown_value, values_of
from sync.catalogue import Form
from sync.ids import PlaceId
from sync.period import Kind, Period
from sync.placecontext import period_of
from sync.value import Cell, choice_value

__all__ = ["SUBMITTED", "Obstacles", "obstacles", "submit", "submitted"]

SUBMITTED = "submitted"


class Obstacles(NamedTuple):
    """What keeps a form from being handed in: codes without a value or reason, and findings."""

    missing: tuple[str, ...]
    blocking: tuple[Judged, ...]
    unexplained: tuple[Judged, ...]

    def __bool__(self) -> bool:
        return any(self)


async def obstacles(desk: Desk, place: PlaceId, form: Form, period: Period) -> Obstacles:
    """All that stands in the way; a rule that only says 'missing' again is not told twice."""
    values = await values_of(desk, place)
    catalogue = await desk.catalogue()
    begun = [
        codes
        for text, codes in values.items()
        if (filed := period_of(text)) is not None and filed.start <= period.end
    ]
    missing = []
    for code in form.items:
        static = catalogue.indicators[code].period is Kind.STATIC
        here = begun if static else [values.get(period.text, {})]
        if not any(code in codes for codes in here):
            missing.append(code)
    found = [
        one
        for one in await judged(desk, place, period, form.items)
        if one.finding.bound not in missing and _concerns(one, period)
    ]
    return Obstacles(
        tuple(missing),
        tuple(one for one in found if one.weight is Weight.BLOCKS),
        tuple(one for one in found if one.weight is Weight.UNEXPLAINED),
    )


async def submit(desk: Desk, place: PlaceId, form: Form, period: Period) -> Obstacles:
    """Records that the form is handed in, and seals, if nothing stands in its way."""
    found = await obstacles(desk, place, form, period)
    if not found:
        cell = Cell("submission", period.text, form.code)
        await desk.record(place, [(cell, choice_value(SUBMITTED))])
        await desk.ledger.seal()
    return found


async def submitted(desk: Desk, place: PlaceId, period: Period) -> list[str]:
    """The forms that are handed in for a period."""
    cells = await cells_of(desk, place, ("submission",), (period.text,))
    shown = {cell.field: shown_value(standing) for cell, standing in cells.items()}
    return sorted(form for form, value in shown.items() if value and value.text == SUBMITTED)


def _concerns(one: Judged, period: Period) -> bool:
    """Whether the finding is of this period: later ones have submissions of their own."""
    at = period_of(one.finding.period)
    return at is not None and (period.contains(at) or at.contains(period))
