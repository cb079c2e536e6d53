"""Conflicts, where they are settled: what differs, by whom it is, and the ways out of it."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from field_client import conflicts
from field_client.conflicts import Conflict, conflict_at, disputed_cells
from field_client.desk import Desk
from field_client.history import Past, past_of
from field_client.pages.cell_titles import CellTitle, own_place, title_of
from field_client.pages.rendering import AnyRequest, desk_of, page, station_of
from field_client.pages.session import UNLOCKED, WHO
from sync import quantity
from sync.entry import typed, units
from sync.entry.books import book_of
from sync.entry.standing import Held
from sync.ids import EditId, PlaceId
from sync.ledger.edits import Edit
from sync.limits import TEXT_CHARS_MAX
from sync.period import parse
from sync.problems import Problem
from sync.quantity import SCALE
from sync.value import REASONS, Cell, Type

__all__ = ["routes"]

SHOWN_MAX = 30
WORDS = frozenset({"note", "explain", "already", "handover", "correction", "submission"})
"""Kinds beside values that an officer settles by choosing a version."""


class Side(NamedTuple):
    """One of the values that stand: what it is, its name, and whether its page showed the others."""

    held: Held
    name: EditId
    device: str
    hidden: bool


class Case(NamedTuple):
    """A conflict as its page shows it; `apart` is the distance of the outermost quantities."""

    title: CellTitle
    sides: tuple[Side, ...]
    shown: str
    note: str
    explanations: tuple[str, ...]
    units: tuple[str, ...]
    apart: int | None
    open: bool


class Settling(msgspec.Struct):
    """What the buttons of a conflict send: the cell, what the page showed, and the choice."""

    place: str
    kind: str
    subject: str
    field: str
    shown: str = ""
    chosen: str = ""
    text: Annotated[str, msgspec.Meta(max_length=TEXT_CHARS_MAX)] = ""
    unit: str = ""
    words: Annotated[str, msgspec.Meta(max_length=TEXT_CHARS_MAX)] = ""
    before: Annotated[str, msgspec.Meta(max_length=TEXT_CHARS_MAX * 2)] = ""

    @property
    def cell(self) -> Cell:
        """The cell that it is about."""
        return Cell(self.kind, self.subject, self.field)


Sent = Annotated[Settling, Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/conflicts", opt={WHO: UNLOCKED})
async def show(request: AnyRequest) -> Response[str]:
    """All that is in dispute here, and what was settled a moment ago."""
    desk = await desk_of(request)
    cells = sorted(await disputed_cells(desk, desk.places()))
    cases = []
    for place, cell in cells[:SHOWN_MAX]:
        conflict = await conflict_at(desk, place, cell)
        if conflict is not None:
            cases.append(await _case(desk, conflict))
    return await page(
        request,
        "conflicts.html",
        cases=cases,
        hidden=max(len(cells) - SHOWN_MAX, 0),
        done=await _done(request, desk),
        many=len(desk.places()) > 1,
        reasons=REASONS,
    )


@post("/conflicts/settle", opt={WHO: UNLOCKED}, status_code=303)
async def settle(request: AnyRequest, data: Sent) -> Response[None]:
    """Settles one by a version that stands or by a third value; leads back to the list."""
    desk = await desk_of(request)
    place, cell = own_place(desk, data.place), data.cell
    shown, chosen = _names(data.shown), _names(data.chosen)
    if cell.kind == "value":
        answer = await conflicts.settle(
            desk,
            place,
            parse(cell.subject),
            cell.field,
            shown,
            chosen=chosen[0] if chosen else None,
            text=data.text,
            unit=data.unit,
        )
        query = {"before": answer.before, "shown": " ".join(one.hex() for one in answer.shown)}
    else:
        await _settle_words(desk, place, cell, shown, chosen)
        query = {}
    station_of(request).tell_change()
    return _back(data, "settled", query)


@post("/conflicts/ask", opt={WHO: UNLOCKED}, status_code=303)
async def ask(request: AnyRequest, data: Sent) -> Response[None]:
    """Leaves a question on the cell; it stays in dispute."""
    desk = await desk_of(request)
    place = own_place(desk, data.place)
    await conflicts.ask(desk, place, parse(data.subject), data.field, data.words)
    station_of(request).tell_change()
    return _back(data, "asked", {})


@post("/conflicts/undo", opt={WHO: UNLOCKED}, status_code=303)
async def undo(request: AnyRequest, data: Sent) -> Response[None]:
    """Takes back what settled a conflict: it stands again while nothing was sealed."""
    desk = await desk_of(request)
    place = own_place(desk, data.place)
    period = parse(data.subject)
    shown = _names(data.shown)
    await typed.undo(desk, place, period, data.field, data.before, shown, settled=True)
    station_of(request).tell_change()
    return _back(data, "undone", {})


async def _case(desk: Desk, conflict: Conflict) -> Case:
    place, cell = conflict.place, conflict.cell
    past = {one.name: one for one in await past_of(desk, place, cell)}
    title = title_of(desk, await desk.catalogue(), place, cell)
    names = frozenset(conflict.names)
    sides = tuple(
        Side(
            held,
            name,
            conflict.devices.get(held.device, held.device.hex()[:10]),
            _hidden(past.get(name), names),
        )
        for held, name in zip(conflict.held, conflict.names, strict=True)
    )
    book = await book_of(desk.ledger, place)
    told = book.of("explain", cell.subject) if cell.kind == "value" else {}
    standing = (await desk.ledger.standing(place, [cell[:2]]))[cell]
    shown = desk.ledger.displayed(standing, place, cell)
    return Case(
        title,
        sides,
        " ".join(sorted(one.hex() for one in shown)),
        conflict.note.strip(),
        tuple(v.text for k, v in told.items() if k.endswith(f":{cell.field}") and v.text.strip()),
        units.offered(title.indicator) if title.indicator and cell.kind == "value" else (),
        _apart(conflict),
        (cell.kind == "value" and title.indicator is not None) or cell.kind in WORDS,
    )


def _hidden(past: Past | None, names: frozenset[EditId]) -> bool:
    """Whether the laptop had another of them when this was typed, and its page did not show it."""
    return past is not None and not names.isdisjoint(past.unseen)


def _apart(conflict: Conflict) -> int | None:
    if any(one.value.type is not Type.QUANTITY for one in conflict.held):
        return None
    numbers = [one.value.number for one in conflict.held]
    return quantity.rounded(Fraction(max(numbers) - min(numbers), SCALE))


async def _settle_words(
    desk: Desk, place: PlaceId, cell: Cell, shown: list[EditId], chosen: list[EditId]
) -> None:
    """The same for what is filed beside values: one of the versions is filed again."""
    found = await conflict_at(desk, place, cell)
    if cell.kind not in WORDS or found is None or not set(chosen) & set(found.names):
        raise Problem("field-conflict-gone", code=cell.field[:40], period=cell.subject[:40])
    value = found.held[found.names.index(chosen[0])].value
    version = (await desk.catalogue()).version
    await desk.ledger.record(Edit(place, cell, value, desk.person, desk.grant, version), shown)


class Done(NamedTuple):
    """What was done a moment ago, and what its undoing takes."""

    what: str
    title: CellTitle
    value: object
    before: str
    shown: str


async def _done(request: AnyRequest, desk: Desk) -> Done | None:
    query = request.query_params
    what = query.get("done", "")
    if what not in {"settled", "asked", "undone"}:
        return None
    place = own_place(desk, query.get("place", ""))
    cell = Cell(query.get("kind", ""), query.get("subject", ""), query.get("field", ""))
    title = title_of(desk, await desk.catalogue(), place, cell)
    value = (await book_of(desk.ledger, place)).get(cell)
    return Done(what, title, value, query.get("before", ""), query.get("shown", ""))


def _back(data: Settling, what: str, more: dict[str, str]) -> Response[None]:
    place = {"place": data.place, **data.cell._asdict()}
    query = urlencode({"done": what, **place, **more})
    return Response(None, status_code=303, headers={"location": f"/conflicts?{query}#done"})


def _names(text: str) -> list[EditId]:
    """Names of versions as the page had them. Raises `field-undo-malformed`."""
    try:
        return [EditId(bytes.fromhex(one)) for one in text.split()]
    except ValueError as error:
        raise Problem("field-undo-malformed") from error


routes = [show, settle, ask, undo]
