"""How a cell is called on a page, and where its sheet and its history are."""

from __future__ import annotations

from typing import NamedTuple

from field_client.desk import Desk
from sync.catalogue import Catalogue, Form, Indicator
from sync.entry.typed import forms_with
from sync.ids import PlaceId
from sync.placecontext import period_of
from sync.problems import Problem
from sync.value import Cell

__all__ = ["CellTitle", "own_place", "title_of"]

KINDS = frozenset(
    {"note", "explain", "already", "submission", "correction", "handover", "review", "target"}
    | {"prefill", "place", "person", "grant", "device"}
)


class CellTitle(NamedTuple):
    """What a page says of a cell; `sheet` is '' where no form of the place asks for it.

    `indicator` is None for a code that the definitions here don't know, and for what is filed
    beside values without naming one.
    """

    place: PlaceId
    place_code: str
    cell: Cell
    indicator: Indicator | None
    form: Form | None
    period: str
    sheet: str
    history: str

    @property
    def kind_key(self) -> str:
        """Which text says what is filed there, beside values."""
        known = self.cell.kind in KINDS
        return f"cell-kind-{self.cell.kind if known else 'other'}"

    @property
    def anchor(self) -> str:
        """A name for the place on the page where it stands."""
        return "-".join((self.place_code, *self.cell)).replace(" ", "_")


def title_of(desk: Desk, catalogue: Catalogue, place: PlaceId, cell: Cell) -> CellTitle:
    """The cell as a page names it."""
    code = desk.code(place)
    indicator = catalogue.indicators.get(cell.field.partition("/")[0])
    if indicator is None:
        indicator = catalogue.indicators.get(cell.field.rpartition(":")[2])
    subject = cell.subject.partition(" ")[0]
    history = f"/history/{code}/{cell.subject}/{cell.field}" if cell.kind == "value" else ""
    form = catalogue.forms.get(cell.field) or catalogue.forms.get(cell.subject.partition(" ")[2])
    sheet = _sheet(desk, catalogue, place, subject, indicator, form)
    return CellTitle(place, code, cell, indicator, form, subject, sheet, history)


def own_place(desk: Desk, text: str) -> PlaceId:
    """The place of that id in hexadecimal, as a page's own form names it.

    Raises `field-place-elsewhere`.
    """
    try:
        place = PlaceId(bytes.fromhex(text))
    except ValueError as error:
        raise Problem("field-place-elsewhere", code=text[:40]) from error
    if desk.place not in desk.ledger.above(place):
        raise Problem("field-place-elsewhere", code=desk.code(place) or text[:40])
    return place


def _sheet(
    desk: Desk,
    catalogue: Catalogue,
    place: PlaceId,
    subject: str,
    indicator: Indicator | None,
    form: Form | None,
) -> str:
    period = period_of(subject)
    if period is None:
        return ""
    if indicator is not None:
        level = desk.ledger.tree.level(place, min(period.end, desk.today()))
        form = next(iter(forms_with(catalogue.forms.values(), indicator, level)), None)
    if form is None:
        return ""
    mark = f"#{indicator.code}" if indicator else ""
    return f"/sheet/{desk.code(place)}/{form.code}/{period.text}{mark}"
