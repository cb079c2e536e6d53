"""The forms that wait for a reviewer, what needs eyes first, in pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from server.desk.viewer import Need, Viewer
from server.review.reasons import WEIGHTS, Reason, Why, read
from server.review.standings import COLUMNS, Standing
from sync.ids import PlaceId
from sync.ledger.database import Row
from sync.ledger.ledger import Ledger
from sync.placecontext import period_of
from sync.problems import Problem
from sync.review import Stage

__all__ = [
    "COUNTED_MAX",
    "LATE",
    "MINE",
    "PAGE",
    "VIEWS",
    "Filters",
    "Page",
    "Queued",
    "counted",
    "queued",
]

PAGE = 30
COUNTED_MAX = 1000
_SOUGHT_MAX = 1500
"""Within so many places each is sought; beyond, the whole queue is read in its order."""

MINE = "mine"
LATE = "after_lock"
VIEWS = (
    MINE,
    *(Stage.SUBMITTED, Stage.BEGUN, Stage.RESUBMITTED, Stage.APPROVED_TOWN),
    "asked",
    "changed",
    LATE,
    Stage.RETURNED,
    Stage.APPROVED,
    Stage.LOCKED,
)
"""What can be looked at: what waits for the viewer, one stage, or one thing to decide on."""

_TOWNS_TURN = (
    "(s.direct = 0 AND s.stage IN ('submitted', 'resubmitted', 'begun')) OR (s.stage = 'begun' AND"
    " s.asked = 1) OR (s.stage = 'approved_town' AND (s.asked = 1 OR s.changed > 0))"
)
_COUNTYS_TURN = (
    "s.stage = 'approved_town' OR (s.direct = 1 AND s.stage IN ('submitted', 'resubmitted',"
    " 'begun')) OR (s.stage IN ('approved', 'locked') AND (s.asked = 1 OR s.changed > 0"
    " OR s.locked_late = 1))"
)
_SETTLED = frozenset({Stage.RETURNED, Stage.APPROVED, Stage.LOCKED})
_DECIDED = "s.stage IN ('returned', 'approved', 'locked')"
_INDEXES: Mapping[str, str] = {
    "changed": "form_standing_changed",
    "asked": "form_standing_asked",
    LATE: "form_standing_late",
    **dict.fromkeys(_SETTLED, "form_standing_settled"),
}
"""What is read in the order of places; all else by how much it needs eyes, of whoever's turn it is."""

_WAITING = "form_standing_waiting"
_TURNS = {
    Need.REVIEW_COUNTY: (_COUNTYS_TURN, "form_standing_county"),
    Need.REVIEW_TOWN: (_TOWNS_TURN, "form_standing_town"),
}
_VIEWED = {"asked": "s.asked = 1", "changed": "s.changed > 0", LATE: "s.locked_late = 1"}


class Filters(NamedTuple):
    """What of the queue is asked for; '' for all. `after` is the last row of the page before."""

    place: PlaceId | None = None
    form: str = ""
    period: str = ""
    view: str = MINE
    why: str = ""
    after: str = ""


class Queued(NamedTuple):
    """One form in the queue, with why it needs eyes; None before that was looked for."""

    place: PlaceId
    period: str
    form: str
    standing: Standing
    reasons: tuple[Reason, ...] | None
    cursor: str


class Page(NamedTuple):
    """Some forms, and where to go on ('' at the end)."""

    rows: list[Queued]
    next: str


class _Question:
    """Where rows are read from, and the conditions on them, with the values that both name."""

    def __init__(self) -> None:
        self.source = ""
        self.where: list[str] = []
        self.values: list[object] = []

    def value(self, value: object) -> str:
        """How the query names a value."""
        self.values.append(value)
        return f"?{len(self.values)}"


async def queued(books: Ledger, viewer: Viewer, asked: Filters, most: int = PAGE) -> Page:
    """The forms from there on. Raises `review-filter-unknown`, `period-malformed`."""
    question = await _question(books, viewer, asked)
    rows = await books.database.rows(
        f"SELECT p.id, s.period, s.form, {_STANDING}, s.score, s.place,"
        f" {_LOOKED} FROM {question.source} JOIN place_no p ON p.no = s.place"
        f" LEFT {_REASONS} WHERE {' AND '.join(question.where)}"
        f" ORDER BY {_order(asked)} LIMIT {most + 1}",
        question.values,
    )
    found = [_queued(row) for row in rows[:most]]
    return Page(found, found[-1].cursor if len(rows) > most else "")


async def counted(books: Ledger, viewer: Viewer, asked: Filters) -> int:
    """How many there are in all, counted to `COUNTED_MAX` and no further."""
    question = await _question(books, viewer, asked._replace(after=""))
    join = _REASONS if asked.why else ""
    ((count,),) = await books.database.rows(
        f"SELECT count(*) FROM (SELECT 1 FROM {question.source} {join}"
        f" WHERE {' AND '.join(question.where)} LIMIT {COUNTED_MAX})",
        question.values,
    )
    return int(count)


_STANDING = ", ".join(f"s.{name.strip()}" for name in COLUMNS.split(","))
_LOOKED = (
    "coalesce(a.reasons, CASE WHEN EXISTS (SELECT 1 FROM attention_due d WHERE d.place = s.place"
    " AND d.period = s.period AND d.form = s.form) THEN '' ELSE '[]' END)"
)
_REASONS = "JOIN attention a ON a.place = s.place AND a.period = s.period AND a.form = s.form"


async def _question(books: Ledger, viewer: Viewer, asked: Filters) -> _Question:
    if asked.view not in VIEWS or asked.why not in {"", *Why}:
        raise Problem("review-filter-unknown", text=(asked.why or asked.view)[:40])
    if asked.period and period_of(asked.period) is None:
        raise Problem("period-malformed", text=asked.period[:40])
    question = _Question()
    await _narrow(question, books, viewer, asked)
    where, value = question.where, question.value
    where.append(_DECIDED if asked.view in _SETTLED else "s.waiting = 1")
    if asked.view == MINE:
        where.append(f"({' OR '.join(turn for turn, _ in _turns(viewer)) or '0'})")
    else:
        where.append(_VIEWED.get(asked.view, f"s.stage = '{asked.view}'"))
    if asked.period:
        where.append(f"s.period = {value(asked.period)}")
    if asked.form:
        where.append(f"s.form = {value(asked.form)}")
    if asked.why:
        said = value(f'"why":"{asked.why}"')
        where.append(f"s.score >= {WEIGHTS[Why(asked.why)]} AND instr(a.reasons, {said}) > 0")
    if asked.after:
        where.append(_after(question, asked.after, by_score=asked.view not in _SETTLED))
    return question


def _turns(viewer: Viewer) -> list[tuple[str, str]]:
    """What waits for this viewer, and the index in which it lies."""
    return [turn for need, turn in _TURNS.items() if viewer.roots(need)]


def _index(viewer: Viewer, asked: Filters) -> str:
    """The index that holds what is asked for in its order."""
    turns = _turns(viewer) if asked.view == MINE else []
    return turns[0][1] if len(turns) == 1 else _INDEXES.get(asked.view, _WAITING)


async def _narrow(question: _Question, books: Ledger, viewer: Viewer, asked: Filters) -> None:
    """Reads only the places that the viewer reviews, of those asked for."""
    roots = [asked.place] if asked.place else viewer.roots(Need.REVIEW)
    question.source = f"form_standing s INDEXED BY {_index(viewer, asked)}"
    if books.root in roots:
        return
    places = {one for root in roots for one in (root, *books.below(root))}
    rows = await books.database.rows_in(
        "SELECT no FROM place_no WHERE id IN ({keys})", [(one,) for one in sorted(places)]
    )
    numbers = question.value(json.dumps([number for (number,) in rows]))
    if len(rows) > _SOUGHT_MAX:
        question.where.append(f"s.place IN (SELECT value FROM json_each({numbers}))")
        return
    index = "" if asked.view in _SETTLED else " INDEXED BY form_standing_open"
    question.source = (
        f"json_each({numbers}) k CROSS JOIN form_standing s{index} ON s.place = k.value"
    )


def _order(asked: Filters) -> str:
    """What is decided lies in the order of its places, all else by how much it needs eyes."""
    by_place = "s.place, s.period DESC, s.form"
    return by_place if asked.view in _SETTLED else f"s.score DESC, {by_place}"


def _after(question: _Question, after: str, *, by_score: bool) -> str:
    """The rows after that one. Raises `review-filter-unknown`."""
    score, place, period, form = ([*after.split(" ", 3), "", "", ""])[:4]
    if not (score.isdecimal() and place.isdecimal() and len(score + place) < 32):
        raise Problem("review-filter-unknown", text=after[:40])
    s, p, t, f = (question.value(one) for one in (int(score), int(place), period, form))
    later = (
        f"(s.place > {p} OR (s.place = {p}"
        f" AND (s.period < {t} OR (s.period = {t} AND s.form > {f}))))"
    )
    return f"(s.score < {s} OR (s.score = {s} AND {later}))" if by_score else later


def _queued(row: Row) -> Queued:
    place, period, form, stage, *rest, score, number, said = row
    standing = Standing(Stage(stage), *rest)
    return Queued(
        PlaceId(place),
        period,
        form,
        standing,
        read(said) if said else None,
        f"{score} {number} {period} {form}",
    )
