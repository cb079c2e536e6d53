"""What an officer does to the cells of a form: types, confirms, says why not, notes, takes back.

Each returns when it is durable, and answers with what the cell shows now and with the word that
`undo` needs to bring back what stood before. A form that was handed in takes nothing, except in the
cells that came back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from sync import quantity
from sync.catalogue import Form, Indicator
from sync.entry import drafts, entry, prefill, units
from sync.entry.books import book_of
from sync.entry.desk import Desk, Write
from sync.entry.stage import Lock, form_standing
from sync.entry.standing import shown_value
from sync.entry.units import Reading
from sync.ids import EditId, PlaceId
from sync.ledger.edits import Standing
from sync.ledger.ledger import Ledger
from sync.ledger.undo import take_back
from sync.period import Kind, Period
from sync.problems import Problem
from sync.value import (
    Cell,
    Type,
    Value,
    choice_value,
    flag_value,
    quantity_value,
    reason_value,
    shown_text,
    text_value,
)

__all__ = [
    "LOCKED",
    "Answer",
    "Shown",
    "choose_reason",
    "confirm",
    "enter",
    "forms_with",
    "note",
    "open_cell",
    "put",
    "read",
    "undo",
]

Shown = Collection[EditId] | None
"""The names of the versions that the page displayed; None for all that stands."""


class Answer(NamedTuple):
    """A cell after an officer's act.

    `reading` says how a number was read where it was typed in another unit or another way; `before`
    is what `undo` takes; `shown` names what the cell displays now.
    """

    code: str
    value: Value | None
    reading: Reading | None
    before: str
    shown: frozenset[EditId]


async def enter(
    desk: Desk,
    place: PlaceId,
    period: Period,
    code: str,
    text: str,
    unit: str = "",
    shown: Shown = None,
    *,
    settles: bool = False,
) -> Answer:
    """Records what was typed. Raises what `read` raises, `field-indicator-…`, `field-period-…`,
    `field-cell-…`.

    What settles a conflict may be typed into a form that is handed in, too.
    """
    indicator = await open_cell(desk, place, period, code, settles=settles)
    value, reading = read(indicator, text, unit)
    (answer,) = await _record(desk, place, period, {code: (value, shown)})
    return answer._replace(reading=reading)


async def put(
    desk: Desk,
    place: PlaceId,
    period: Period,
    code: str,
    value: Value,
    shown: Shown = None,
    *,
    settles: bool = False,
) -> Answer:
    """Records a value that needs no reading: one that stands elsewhere, or a reason."""
    await open_cell(desk, place, period, code, settles=settles)
    (answer,) = await _record(desk, place, period, {code: (value, shown)})
    return answer


def read(indicator: Indicator, text: str, unit: str = "") -> tuple[Value, Reading | None]:
    """The value that the text says, with the reading of a number.

    Raises `field-value-empty`, `field-flag-…`, `field-choice-…`, `quantity-…`, `field-unit-…`.
    """
    if indicator.type != "quantity" or text.strip() in {"", entry.NO_VALUE}:
        return entry.value(indicator, text), None
    reading = units.read(indicator, text, unit)
    return quantity_value(reading.units), reading


async def confirm(
    desk: Desk,
    place: PlaceId,
    period: Period,
    codes: Iterable[str],
    shown: Mapping[str, Collection[EditId]] | None = None,
) -> list[Answer]:
    """Records for this period what the cells offer.

    What came back is recorded again as it is, which answers the return; any other value that is
    recorded already is left alone. Raises `field-nothing-to-confirm` and what `enter` raises; then
    none is recorded.
    """
    book = await book_of(desk.ledger, place)
    wanted: dict[str, tuple[Value, Shown]] = {}
    for code in codes:
        indicator = await open_cell(desk, place, period, code)
        value = book.get(Cell("value", period.text, code))
        if value is None:
            offer = prefill.offer(book, indicator, period)
            if offer is None:
                raise Problem("field-nothing-to-confirm", code=code[:40])
            value = offer.value
        elif not await _came_back(desk, place, period, indicator):
            continue
        wanted[code] = value, shown.get(code) if shown is not None else None
    return await _record(desk, place, period, wanted)


async def choose_reason(
    desk: Desk, place: PlaceId, period: Period, code: str, reason: str, shown: Shown = None
) -> Answer:
    """Records why there is no value. Raises `reason-unknown` and what `enter` raises."""
    return await put(desk, place, period, code, entry.reason(reason), shown)


async def note(desk: Desk, place: PlaceId, period: Period, code: str, text: str) -> None:
    """Keeps a remark beside a value; an empty one takes the remark away. Raises `text-too-long`."""
    cell = Cell("note", period.text, code)
    book = await book_of(desk.ledger, place)
    before = book.get(cell)
    words = text.strip()
    if words != (before.text if before else ""):
        await desk.record(place, [(cell, text_value(words))])


async def undo(
    desk: Desk,
    place: PlaceId,
    period: Period,
    code: str,
    before: str,
    shown: Shown = None,
    *,
    settled: bool = False,
) -> Answer:
    """Brings back what stood in a cell before; the answer's `before` undoes the undoing.

    What was never sealed is forgotten, in a form that is handed in too where it `settled` a
    conflict; what was is overtyped with the value before. Raises `field-undo-sealed` where nothing
    stood before, `field-undo-malformed`, `field-cell-…`.
    """
    locked: Problem | None = None
    try:
        indicator = await open_cell(desk, place, period, code)
    except Problem as problem:
        if not settled:
            raise
        locked = problem
        indicator = await open_cell(desk, place, period, code, settles=True)
    wanted = _from_token(before)
    if wanted is not None and wanted.type not in {Type[indicator.type.upper()], Type.REASON}:
        raise Problem("field-undo-malformed")
    cell = Cell("value", period.text, code)
    async with desk.writing() as ledger:
        here = await _standing(ledger, place, cell)
        pending = here.pending
        beneath = here.versions[0].value if here.versions else None
        if pending is not None and pending.edit.author == desk.person and beneath == wanted:
            await take_back(ledger.database, ledger.device, place, pending)
            await ledger.changed([])
        elif locked is not None:
            raise locked
        elif wanted is None:
            raise Problem("field-undo-sealed", code=code[:40])
        else:
            await desk.keep(place, [Write(cell, wanted, shown)])
        after = await _standing(ledger, place, cell)
    return _answer(desk, place, cell, here, after)


def forms_with(
    forms: Iterable[Form], indicator: Indicator, level: str, period: Period | None = None
) -> list[Form]:
    """The forms of that level that ask for the indicator, at all or in such a period."""
    return [
        form
        for form in forms
        if form.level == level
        and indicator.code in form.items
        and (period is None or form.period in {Kind.STATIC, period.kind})
    ]


async def open_cell(
    desk: Desk, place: PlaceId, period: Period, code: str, *, settles: bool = False
) -> Indicator:
    """The indicator, if the place may type it for the period now.

    What settles a conflict, or comes from a command, goes into a form that is handed in, too, until
    somebody begins to review it. Raises `field-indicator-…`, `field-period-…`, `field-cell-…`.
    """
    catalogue = await desk.catalogue()
    level = desk.level(place, period.end)
    indicator = entry.indicator_asked(catalogue, code, level)
    entry.period_of(indicator, period.text, desk.latest_day())
    forms = forms_with(catalogue.forms.values(), indicator, level, period)
    locks = [(await form_standing(desk, place, f, period)).lock(indicator.code) for f in forms]
    opens = _SETTLES if settles else {Lock.OPEN}
    if locks and opens.isdisjoint(locks):
        raise Problem(LOCKED[locks[0]], code=code[:40], period=period.text)
    return indicator


async def _came_back(desk: Desk, place: PlaceId, period: Period, indicator: Indicator) -> bool:
    """Whether a reviewer returned the cell and waits for an answer."""
    forms = (await desk.catalogue()).forms.values()
    for form in forms_with(forms, indicator, indicator.level, period):
        if indicator.code in (await form_standing(desk, place, form, period)).unanswered:
            return True
    return False


_SETTLES = {Lock.OPEN, Lock.SUBMITTED, Lock.NOT_RETURNED}
LOCKED = {
    Lock.SUBMITTED: "field-cell-submitted",
    Lock.IN_REVIEW: "field-cell-in-review",
    Lock.NOT_RETURNED: "field-cell-not-returned",
    Lock.APPROVED: "field-cell-approved",
    Lock.LOCKED: "field-cell-locked",
}


async def _record(
    desk: Desk, place: PlaceId, period: Period, wanted: Mapping[str, tuple[Value, Shown]]
) -> list[Answer]:
    """Records all of them or none, and forgets what was being typed there, in one transaction."""
    if not wanted:
        return []
    cells = {code: Cell("value", period.text, code) for code in wanted}
    async with desk.writing() as ledger:
        before = await ledger.standing(place, [("value", period.text)])
        writes = [Write(cells[code], value, shown) for code, (value, shown) in wanted.items()]
        await desk.keep(place, writes)
        await drafts.drop_within(desk.person, ledger.database, place, period.text, wanted)
        after = await ledger.standing(place, [("value", period.text)])
    return [
        _answer(desk, place, cell, before.get(cell, _NOTHING), after[cell])
        for cell in cells.values()
    ]


_NOTHING = Standing((), None)


def _answer(desk: Desk, place: PlaceId, cell: Cell, before: Standing, after: Standing) -> Answer:
    return Answer(
        cell.field,
        shown_value(after),
        None,
        _token(shown_value(before)),
        frozenset(desk.ledger.displayed(after, place, cell)),
    )


async def _standing(ledger: Ledger, place: PlaceId, cell: Cell) -> Standing:
    found = await ledger.standing(place, [cell[:2]])
    return found.get(cell, _NOTHING)


def _token(value: Value | None) -> str:
    """What stood in a cell, as the page keeps it for `undo`."""
    return "" if value is None else f"{int(value.type)}:{shown_text(value)}"


def _from_token(token: str) -> Value | None:
    """What a page handed back: it may be anything."""
    if not token:
        return None
    kind, _, text = token.partition(":")
    match {str(int(one)): one for one in Type}.get(kind):
        case Type.QUANTITY:
            return quantity_value(quantity.parse(text))
        case Type.FLAG if text in {"true", "false"}:
            return flag_value(text == "true")
        case Type.CHOICE:
            return choice_value(text)
        case Type.TEXT:
            return text_value(text)
        case Type.REASON:
            return reason_value(text)
    raise Problem("field-undo-malformed")
