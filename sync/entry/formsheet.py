"""A form of a place for one period, as a page shows it: each row with all that stands beside it."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from sync.catalogue import Form, Indicator
from sync.entry import drafts, prefill, units
from sync.entry.books import Book, book_of
from sync.entry.derived import Derived, derived_rows
from sync.entry.desk import Desk
from sync.entry.drafts import Draft
from sync.entry.prefill import Before, Offer
from sync.entry.stage import FormStanding, Lock, Returned, form_standing
from sync.entry.standing import Held, State, held_in
from sync.ids import EditId, PlaceId
from sync.ledger.edits import Standing
from sync.period import Kind, Period
from sync.quantity import SCALE
from sync.value import Cell, Type, Value

__all__ = ["FormSheet", "Row", "form_sheet"]


class Row(NamedTuple):
    """One indicator of a form.

    `value` is what shows, None while nothing was filed under this period; for what is filed on
    change `last` then is what holds. `held` are all versions that stand, the shown one first; `shown` names them, to be handed back when a value is recorded from this page.
    `change` is against the last period, `change_percent` in per cent of it. `explanations` are by
    check name (`R31:A001`).
    """

    indicator: Indicator
    units: tuple[str, ...]
    value: Value | None
    state: State
    held: tuple[Held, ...]
    shown: frozenset[EditId]
    last: Before | None
    year_before: Before | None
    change: Fraction | None
    change_percent: Fraction | None
    offer: Offer | None
    draft: Draft | None
    note: str
    already: str
    explanations: dict[str, str]
    returned: Returned | None
    lock: Lock

    @property
    def reason(self) -> str:
        """Why there is no value, '' if there is one or nothing was said."""
        return self.value.text if self.value and self.value.type is Type.REASON else ""

    @property
    def answered(self) -> bool:
        """Whether the form may be handed in with this row as it is."""
        if self.indicator.period is Kind.STATIC:
            return self.value is not None or self.last is not None
        return self.value is not None


class FormSheet(NamedTuple):
    """A form for one period with its rows in the form's order, and what is calculated of them."""

    place: PlaceId
    form: Form
    period: Period
    standing: FormStanding
    rows: tuple[Row, ...]
    derived: tuple[Derived, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The codes that still need a value or a reason."""
        return tuple(row.indicator.code for row in self.rows if not row.answered)

    @property
    def confirmable(self) -> tuple[str, ...]:
        """The codes that 'the rest is unchanged' would confirm."""
        return tuple(
            row.indicator.code
            for row in self.rows
            if row.value is None and row.offer is not None and row.lock is Lock.OPEN
        )


async def form_sheet(
    desk: Desk, place: PlaceId, form: Form, period: Period, *, calculates: bool = True
) -> FormSheet:
    """The form as it stands, for whoever enters; without what is calculated where nobody asks."""
    catalogue = await desk.catalogue()
    book = await book_of(desk.ledger, place)
    standing = await form_standing(desk, place, form, period)
    cells = await desk.ledger.standing(place, [("value", period.text)])
    items = [catalogue.indicators[code] for code in form.items if code in catalogue.indicators]
    wanted = {Cell("value", period.text, one.code) for one in items}
    held = await held_in(desk, {cell: one for cell, one in cells.items() if cell in wanted})
    typed = await drafts.of(desk, place, period.text)
    rows = []
    for one in items:
        cell = Cell("value", period.text, one.code)
        state, versions = held.get(cell, (State.NONE, ()))
        here = cells.get(cell, Standing((), None))
        shown = frozenset(desk.ledger.displayed(here, place, cell))
        row = _row(book, one, period, versions, typed.get(one.code))
        rows.append(
            row._replace(
                state=state,
                shown=shown,
                returned=standing.returned.get(one.code),
                lock=standing.lock(one.code),
            )
        )
    live = derived_rows(book, catalogue, form, period) if calculates else []
    return FormSheet(place, form, period, standing, tuple(rows), tuple(live))


def _row(
    book: Book, one: Indicator, period: Period, held: tuple[Held, ...], draft: Draft | None
) -> Row:
    value = held[0].value if held else None
    last = prefill.before(book, one, period)
    change = _difference(value, last)
    before = last.value.number if last else 0
    percent = change * 100 * SCALE / abs(before) if change is not None and before else None
    note = book.get(Cell("note", period.text, one.code))
    told = book.get(Cell("already", period.text, one.code))
    return Row(
        indicator=one,
        units=units.offered(one),
        value=value,
        state=State.NONE,
        held=held,
        shown=frozenset(),
        last=last,
        year_before=_year_before(book, one, period),
        change=change,
        change_percent=percent,
        offer=prefill.offer(book, one, period),
        draft=draft,
        note=note.text if note else "",
        already=told.text if told else "",
        explanations=_explanations(book, one, period),
        returned=None,
        lock=Lock.OPEN,
    )


def _difference(value: Value | None, last: Before | None) -> Fraction | None:
    quantities = [one for one in (value, last and last.value) if one and one.type is Type.QUANTITY]
    if len(quantities) < 2:
        return None
    return Fraction(quantities[0].number - quantities[1].number, SCALE)


def _year_before(book: Book, one: Indicator, period: Period) -> Before | None:
    if one.period is Kind.STATIC:
        return None
    text = period.year_before().text
    value = book.values.get(text, {}).get(one.code)
    return Before(text, value) if value is not None else None


def _explanations(book: Book, one: Indicator, period: Period) -> dict[str, str]:
    """The explanations of this period that are bound to this code."""
    return {
        name: value.text.strip()
        for name, value in book.of("explain", period.text).items()
        if name.partition(":")[2] == one.code and value.text.strip()
    }
