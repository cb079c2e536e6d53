"""Handing in a form and taking it back: what still stands in the way, and the record of it.

A form may be withdrawn, or handed in once more, while nobody has begun to review it. What came back
is handed in again once each returned value was mended or confirmed. What was approved comes back
only when its reviewer gives it back; the officer can ask.
"""

from __future__ import annotations

from typing import NamedTuple

from sync import review
from sync.catalogue import Form
from sync.entry.blanks import missing_in
from sync.entry.books import book_of
from sync.entry.checking import Judged, Weight, judged
from sync.entry.desk import Desk
from sync.entry.stage import form_standing
from sync.entry.standing import cells_of, shown_value
from sync.ids import PlaceId
from sync.period import Period
from sync.placecontext import period_of
from sync.problems import Problem
from sync.review import SUBMITTED, WITHDRAWN, Return
from sync.value import Cell, Value

__all__ = ["Obstacles", "ask_back", "concerns", "obstacles", "submit", "submitted", "withdraw"]


class Obstacles(NamedTuple):
    """What keeps a form from being handed in: codes without a value or reason, findings, and codes
    of what came back and was neither mended nor confirmed.
    """

    missing: tuple[str, ...]
    blocking: tuple[Judged, ...]
    unexplained: tuple[Judged, ...]
    unanswered: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(self)


async def obstacles(desk: Desk, place: PlaceId, form: Form, period: Period) -> Obstacles:
    """All that stands in the way; a rule that only says 'missing' again is not told twice."""
    catalogue = await desk.catalogue()
    missing = missing_in(await book_of(desk.ledger, place), catalogue, form, period)
    standing = await form_standing(desk, place, form, period)
    found = [
        one
        for one in await judged(desk, place, period, form.items)
        if one.finding.bound not in missing and concerns(one, period)
    ]
    return Obstacles(
        missing,
        tuple(one for one in found if one.weight is Weight.BLOCKS),
        tuple(one for one in found if one.weight is Weight.UNEXPLAINED),
        standing.unanswered,
    )


async def submit(desk: Desk, place: PlaceId, form: Form, period: Period) -> Obstacles:
    """Records that the form is handed in, and seals, if nothing stands in its way.

    Raises `field-form-in-review` while it lies with its reviewer.
    """
    standing = await form_standing(desk, place, form, period)
    if standing.can_ask_back:
        raise Problem("field-form-in-review", form=form.code, period=period.text)
    found = await obstacles(desk, place, form, period)
    if not found:
        await _file(desk, place, review.submission_cell(period.text, form.code), SUBMITTED)
    return found


async def withdraw(desk: Desk, place: PlaceId, form: Form, period: Period) -> None:
    """Takes a form back, and seals: it can be changed again, and was not handed in.

    Raises `field-form-not-submitted`, `field-form-in-review`.
    """
    standing = await form_standing(desk, place, form, period)
    if standing.can_ask_back:
        raise Problem("field-form-in-review", form=form.code, period=period.text)
    if not standing.can_withdraw:
        raise Problem("field-form-not-submitted", form=form.code, period=period.text)
    await _file(desk, place, review.submission_cell(period.text, form.code), WITHDRAWN)


async def ask_back(desk: Desk, place: PlaceId, form: Form, period: Period, words: str) -> None:
    """Asks the reviewer to give a form back, and says why; empty words take that back.

    Raises `field-form-not-in-review`, `text-too-long`.
    """
    standing = await form_standing(desk, place, form, period)
    if not standing.can_ask_back:
        raise Problem("field-form-not-in-review", form=form.code, period=period.text)
    cell = review.correction_cell(period.text, form.code)
    saw = tuple(name.hex() for name in standing.decision_names)
    await _file(desk, place, cell, review.encode(Return(words.strip(), saw)))


async def submitted(desk: Desk, place: PlaceId, period: Period) -> list[str]:
    """The forms that are handed in for a period."""
    cells = await cells_of(desk, place, ("submission",), (period.text,))
    shown = {cell.field: shown_value(standing) for cell, standing in cells.items()}
    return sorted(form for form, value in shown.items() if value == SUBMITTED)


def concerns(one: Judged, period: Period) -> bool:
    """Whether a finding is of this period: later ones have submissions of their own."""
    at = period_of(one.finding.period)
    return at is not None and (period.contains(at) or at.contains(period))


async def _file(desk: Desk, place: PlaceId, cell: Cell, value: Value) -> None:
    await desk.record(place, [(cell, value)])
    await desk.seal()
