"""What `show` lists: a place's indicators with their values, and how far each value has come."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from field_client.aside import Parked, parked
from field_client.desk import Desk
from sync.catalogue import Catalogue, Indicator
from sync.entry.standing import Held, State, cells_of, held_in, shown_value
from sync.ids import PlaceId
from sync.ledger.edits import Standing
from sync.period import Kind, Period
from sync.placecontext import period_of
from sync.value import Cell, Value

__all__ = ["Line", "sheet"]


class Line(NamedTuple):
    """One cell as a table shows it; `held` are the values that stand, the shown one first.

    `indicator` is None for a code that the definitions here don't know (any more); `parked` is what
    a server refused of it, which is shown beside what stands.
    """

    period: str
    code: str
    indicator: Indicator | None
    state: State
    held: tuple[Held, ...]
    last: Value | None
    note: str
    parked: tuple[Parked, ...]


async def sheet(desk: Desk, place: PlaceId, period: Period | None) -> list[Line]:
    """All that was filed, or one period: what was filed and what is to be filed for it."""
    catalogue = await desk.catalogue()
    cells = await cells_of(desk, place, ("value",))
    notes = await cells_of(desk, place, ("note",))
    refused: dict[Cell, list[Parked]] = defaultdict(list)
    for one in await parked(desk):
        if one.place == place and one.cell.kind == "value":
            refused[one.cell].append(one)
    wanted = {*cells, *refused}
    if period is not None:
        wanted = {cell for cell in wanted if cell.subject == period.text}
        level = desk.level(place, period.end)
        wanted |= {Cell("value", period.text, code) for code in _asked(catalogue, level, period)}
    held = await held_in(desk, {cell: cells[cell] for cell in wanted if cell in cells})
    lines = []
    for cell in sorted(wanted, key=_order):
        state, versions = held.get(cell, (State.NONE, ()))
        noted = notes.get(Cell("note", cell.subject, cell.field))
        note = shown_value(noted) if noted else None
        known = catalogue.indicators.get(cell.field)
        last, text = _last(cells, cell, known), note.text if note else ""
        beside = tuple(refused.get(cell, ()))
        lines.append(Line(cell.subject, cell.field, known, state, versions, last, text, beside))
    return lines


def _asked(catalogue: Catalogue, level: str, period: Period) -> list[str]:
    """The indicators that a place of the level types in for a period of that kind."""
    return [
        one.code
        for one in catalogue.indicators.values()
        if one.entered and one.level == level and one.period is period.kind
    ]


def _order(cell: Cell) -> tuple[str, str, str]:
    """By period, then by code; what is no period comes last."""
    period = period_of(cell.subject)
    return (period.start.isoformat() if period else "~", cell.subject, cell.field)


def _last(cells: dict[Cell, Standing], cell: Cell, indicator: Indicator | None) -> Value | None:
    """What was filed for the period before; on change, what held until then."""
    period = period_of(cell.subject)
    if period is None or indicator is None:
        return None
    if indicator.period is not Kind.STATIC:
        before = cells.get(cell._replace(subject=period.previous().text))
        return shown_value(before) if before else None
    earlier = [
        (filed.start, standing)
        for one, standing in cells.items()
        if one.field == cell.field
        and (filed := period_of(one.subject)) is not None
        and filed.start < period.start
    ]
    return shown_value(max(earlier, key=lambda pair: pair[0])[1]) if earlier else None
