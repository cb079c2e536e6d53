"""Who may settle what: whoever may file a cell may choose among its rivals, and nobody else.

An officer or entry staff choose among values. A reviewer, at whatever level, writes no value: they
send it back to whoever filed it, with words. So nobody above overwrites a village's figure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from server.desk.acting import Act, Write
from server.desk.viewer import Need, Viewer
from server.disputes.cases import Case
from server.review.formstate import At, form_states
from sync.catalogue import Catalogue
from sync.grants import ROLES
from sync.history import Version
from sync.ids import EditId, PlaceId
from sync.ledger.ledger import Ledger
from sync.placecontext import period_of
from sync.problems import Problem
from sync.review import Return, Stage, encode, return_cell
from sync.value import Cell, text_value

__all__ = ["Ways", "asked", "settled", "ways"]

_NEEDS = (Need.ENTER, Need.REVIEW_TOWN, Need.REVIEW_COUNTY, Need.DEFINE)
"""Each is met by the one role of its name: so what that role may write decides."""


_COUNTYS = frozenset({Stage.APPROVED, Stage.LOCKED})


class Ways(NamedTuple):
    """What a person may do about a case: choose, under which need; ask the village, by a return of
    one of these forms or else by a note.

    `said` is what stands already where the words would go, by cell.
    """

    choose: Need | None
    ask: Need | None
    forms: tuple[str, ...]
    said: Mapping[Cell, tuple[Version, ...]]

    def names(self, place: PlaceId) -> set[EditId]:
        """The names of what stands there, as a page hands them back."""
        return {one.edit(place, cell) for cell, there in self.said.items() for one in there}


async def ways(books: Ledger, viewer: Viewer, catalogue: Catalogue, case: Case) -> Ways:
    """For this viewer. What the county approved or locked goes back by the county's word alone."""
    choose = _need(viewer, case.cell.kind, case.place)
    if case.cell.kind != "value":
        return Ways(choose, None, (), {})
    period = period_of(case.cell.subject)
    level = books.tree.level(case.place, books.today())
    forms = [
        At(case.place, form, period)
        for form in catalogue.forms.values()
        if case.cell.field in form.items
        and form.level == level
        and period is not None
        and form.period is period.kind
    ]
    if viewer.may(Need.REVIEW, case.place) and forms:
        states = await form_states(books, forms)
        is_county = viewer.may(Need.REVIEW_COUNTY, case.place)
        codes = [at.form.code for at in forms if is_county or states[at].stage not in _COUNTYS]
        need = Need.REVIEW if codes else None
        cells = [return_cell(case.cell.subject, code, case.cell.field) for code in codes]
        return Ways(choose, need, tuple(codes), await _said(books, case.place, cells))
    note = [case.cell._replace(kind="note")]
    need = _need(viewer, "note", case.place)
    return Ways(choose, need, (), await _said(books, case.place, note))


def settled(case: Case, ways: Ways, chosen: EditId, shown: list[EditId]) -> Act:
    """What is filed when a version is chosen: its value again, by whoever chose, on top of what the
    page showed. Raises `dispute-gone`, `not-allowed`.
    """
    if ways.choose is None:
        raise Problem("not-allowed")
    values = {side.name: side.version.value for side in case.sides}
    if chosen not in values or chosen not in shown:
        raise Problem("dispute-gone")
    return Act(case.place, ways.choose, [Write(case.cell, values[chosen], shown)])


def asked(case: Case, ways: Ways, words: str, seen: Collection[EditId]) -> Act:
    """What is filed when the village is asked: the value comes back with words, or they are added to
    the note beside it. `seen` names what stood there when the page was made: nobody writes over
    words that they have not read. Raises `dispute-words-missing`, `dispute-asked`, `not-allowed`.
    """
    if ways.ask is None:
        raise Problem("not-allowed")
    if not words.strip():
        raise Problem("dispute-words-missing")
    if ways.names(case.place) != set(seen):
        raise Problem("dispute-asked")
    period, code = case.cell.subject, case.cell.field
    if not ways.forms:
        note = Cell("note", period, code)
        texts = [one.value.text for one in ways.said.get(note, ())]
        text = text_value("\n".join([*filter(str.strip, texts), words.strip()]))
        return Act(case.place, ways.ask, [Write(note, text, seen)])
    saw = tuple(sorted(side.version.commit.hex() for side in case.sides))
    said = encode(Return(words.strip(), saw))
    cells = [Write(return_cell(period, form, code), said, seen) for form in ways.forms]
    return Act(case.place, ways.ask, cells)


async def _said(
    books: Ledger, place: PlaceId, cells: Collection[Cell]
) -> dict[Cell, tuple[Version, ...]]:
    standing = await books.standing(place, {cell[:2] for cell in cells})
    return {cell: standing[cell].versions for cell in cells if cell in standing}


def _need(viewer: Viewer, kind: str, place: PlaceId) -> Need | None:
    for need in _NEEDS:
        kinds = ROLES[str(need)] or frozenset()
        if kind in kinds and viewer.may(need, place):
            return need
    return None
