"""Who may settle what: whoever may file a cell may choose among its rivals, and nobody else.

An officer or entry staff choose among values. A reviewer, at whatever level, writes no value: they
send it back to whoever filed it, with words. So nobody above overwrites a village's figure.
"""

from __future__ import annotations

from typing import NamedTuple

from server.desk.acting import Act, Write
from server.desk.viewer import Need, Viewer
from server.disputes.cases import Case
from sync.catalogue import Catalogue
from sync.grants import ROLES
from sync.ids import EditId, PlaceId
from sync.placecontext import period_of
from sync.problems import Problem
from sync.review import Return, encode, return_cell
from sync.value import Cell, text_value

__all__ = ["Ways", "asked", "settled", "ways"]

_NEEDS = (Need.ENTER, Need.REVIEW_TOWN, Need.REVIEW_COUNTY, Need.DEFINE)
"""Each is met by the one role of its name: so what that role may write decides."""


class Ways(NamedTuple):
    """What a person may do about a case: choose, under which need; ask the village, by a return of
    one of these forms or else by a note.
    """

    choose: Need | None
    ask: Need | None
    forms: tuple[str, ...]


def ways(viewer: Viewer, catalogue: Catalogue, case: Case, level: str) -> Ways:
    """For this viewer."""
    choose = _need(viewer, case.cell.kind, case.place)
    if case.cell.kind != "value":
        return Ways(choose, None, ())
    period = period_of(case.cell.subject)
    forms = tuple(
        form.code
        for form in catalogue.forms.values()
        if case.cell.field in form.items
        and form.level == level
        and period is not None
        and form.period is period.kind
    )
    if viewer.may(Need.REVIEW, case.place) and forms:
        return Ways(choose, Need.REVIEW, forms)
    return Ways(choose, _need(viewer, "note", case.place), ())


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


def asked(case: Case, ways: Ways, words: str) -> Act:
    """What is filed when the village is asked: the value comes back with words, or a note stands
    beside it. Raises `dispute-words-missing`, `not-allowed`.
    """
    if ways.ask is None:
        raise Problem("not-allowed")
    if not words.strip():
        raise Problem("dispute-words-missing")
    period, code = case.cell.subject, case.cell.field
    if not ways.forms:
        note = Cell("note", period, code)
        return Act(case.place, ways.ask, [Write(note, text_value(words.strip()))])
    saw = tuple(sorted(side.version.commit.hex() for side in case.sides))
    said = encode(Return(words.strip(), saw))
    cells = [Write(return_cell(period, form, code), said) for form in ways.forms]
    return Act(case.place, ways.ask, cells)


def _need(viewer: Viewer, kind: str, place: PlaceId) -> Need | None:
    for need in _NEEDS:
        kinds = ROLES[str(need)] or frozenset()
        if kind in kinds and viewer.may(need, place):
            return need
    return None
