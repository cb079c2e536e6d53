"""How far forms of places have come, read from the cells that say so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from sync import review
from sync.catalogue import Catalogue, Form
from sync.due import due_day
from sync.ledger.database import Database
from sync.ledger.ledger import CHINA
from sync.placecontext import period_of
from sync.review import SUBMITTED, Decision, Return, Stage, Version
from sync.value import Type, Value

__all__ = [
    "COLUMNS",
    "Around",
    "Counts",
    "FormCells",
    "Key",
    "Standing",
    "cells_of",
    "changed_codes",
    "commits_of",
    "counts_of",
    "end_of",
    "key_of",
    "standings",
]

Key = tuple[int, str, str]
"""A place's number, a period's text and a form's code."""

COLUMNS = "stage, submitted_at, late, returned, changed, asked, locked_late, direct, waiting"

_APPROVED = frozenset({Stage.APPROVED_TOWN, Stage.APPROVED, Stage.LOCKED})
_WITH_THE_REVIEWER = frozenset({Stage.BEGUN, *_APPROVED})
_TO_DECIDE = frozenset({Stage.SUBMITTED, Stage.RESUBMITTED, Stage.BEGUN, Stage.APPROVED_TOWN})


class Standing(NamedTuple):
    """The columns of `form_standing` that the cells decide."""

    stage: Stage
    submitted_at: int | None
    late: int
    returned: int
    changed: int
    asked: int
    locked_late: int
    direct: int
    waiting: int


class Counts(NamedTuple):
    """The columns of `completeness`."""

    submitted: int
    on_time: int
    late: int
    returned: int
    approved_town: int
    approved: int
    locked: int


class Around(NamedTuple):
    """What a form's place tells of it: whether no town reviews it, and the due day that was released
    for the place, None where the form's own holds.
    """

    is_direct: bool
    due: date | None


class Filed(NamedTuple):
    """One version of a cell."""

    value: Value
    commit: str
    accepted_at: int | None


@dataclass
class FormCells:
    """What stands about one form; of each cell's versions the shown one first."""

    submission: list[Filed] = field(default_factory=list)
    review: dict[str, list[Filed]] = field(default_factory=dict)
    correction: list[Filed] = field(default_factory=list)

    def decisions(self) -> list[Decision]:
        """Those that can be read."""
        filed = self.review.get("form", ())
        return [said for one in filed if (said := review.decision(one.value)) is not None]

    def returns(self) -> dict[str, Return]:
        """By indicator those that nobody took back."""
        return {
            code: said
            for code, filed in self.review.items()
            if code != "form" and (said := review.returned(filed[0].value)) is not None
        }

    def asked(self) -> str:
        """Why the officer asks for the decision to be taken back, '' if nobody asks."""
        said = review.returned(self.correction[0].value) if self.correction else None
        names = [one.commit for one in self.review.get("form", ())]
        return said.words.strip() if said is not None and review.is_open(said, names) else ""


def key_of(place: int, kind: str, subject: str, field: str) -> Key | None:
    """The form that a cell is about, None if it is about none."""
    named = (subject, field) if kind == "submission" else review.form_of(subject)
    return (place, *named) if named and period_of(named[0]) is not None else None


def counts_of(one: Standing) -> Counts:
    """What a form counts for at its place and all above it; one that came back is to do again."""
    handed_in = one.submitted_at is not None and one.stage is not Stage.RETURNED
    return Counts(
        submitted=int(handed_in),
        on_time=int(handed_in and not one.late),
        late=int(handed_in and bool(one.late)),
        returned=int(one.stage is Stage.RETURNED),
        approved_town=int(handed_in and one.stage in _APPROVED),
        approved=int(handed_in and one.stage in _APPROVED - {Stage.APPROVED_TOWN}),
        locked=int(one.stage is Stage.LOCKED),
    )


async def standings(
    database: Database, catalogue: Catalogue, keys: Collection[Key], around: Mapping[Key, Around]
) -> dict[Key, Standing]:
    """How far these forms are; one about which nothing stands is left out."""
    cells = await cells_of(database, keys)
    said = {key: there.decisions() for key, there in cells.items()}
    values = await commits_of(
        database,
        {
            key[:2]
            for key, there in cells.items()
            if there.returns() or any(one.values is not None for one in said[key])
        },
    )
    accepted = await _accepted(database, (one for there in said.values() for one in there))
    return {
        key: _standing(
            there,
            said[key],
            values.get(key[:2], {}),
            catalogue.forms.get(key[2]),
            _handed_in_at(there, said[key], accepted),
            key[1],
            around[key],
        )
        for key, there in cells.items()
    }


def _standing(
    cells: FormCells,
    decisions: list[Decision],
    values: Mapping[str, list[str]],
    form: Form | None,
    first_at: int | None,
    period: str,
    around: Around,
) -> Standing:
    filed = cells.submission
    stage = review.stage([Version(one.value, one.commit) for one in filed], decisions)
    changed = len(changed_codes(decisions[0], values, form)) if stage in _APPROVED else 0
    after_lock = stage is Stage.LOCKED and (changed > 0 or _is_unseen(filed, decisions))
    asked = stage in _WITH_THE_REVIEWER and bool(cells.asked())
    end = end_of(form, period, around.due)
    return Standing(
        stage=stage,
        submitted_at=filed[0].accepted_at if filed and filed[0].value == SUBMITTED else None,
        late=int(first_at is not None and end is not None and first_at >= end),
        returned=len(review.open_returns(cells.returns(), values)),
        changed=changed,
        asked=int(asked),
        locked_late=int(after_lock),
        direct=int(around.is_direct),
        waiting=int(stage in _TO_DECIDE or asked or after_lock or changed > 0),
    )


def end_of(form: Form | None, period: str, released: date | None = None) -> int | None:
    """The second from which on the form is late for the period, None if it never is."""
    at = period_of(period)
    day = due_day(form, at, released) if form is not None and at is not None else None
    if day is None:
        return None
    return int(datetime.combine(day + timedelta(days=1), time.min, CHINA).timestamp())


def changed_codes(
    decision: Decision, values: Mapping[str, Collection[str]], form: Form | None
) -> list[str]:
    """The indicators whose values are others than those that the decision saw; `values` holds by
    code the commits of what stands. None where the decision does not say what it saw.
    """
    seen = decision.values
    if seen is None:
        return []
    codes = {*seen, *(form.items if form is not None else ())}
    marks = {code: review.versions_mark(values.get(code, ())) for code in codes}
    return sorted(code for code, mark in marks.items() if mark != seen.get(code, ""))


def _is_unseen(submission: Iterable[Filed], decisions: Iterable[Decision]) -> bool:
    """Whether the form was handed in and no decision has seen that."""
    seen = {name for one in decisions for name in one.saw}
    return any(one.value == SUBMITTED and one.commit not in seen for one in submission)


def _handed_in_at(
    cells: FormCells, decisions: Iterable[Decision], accepted: Mapping[str, int]
) -> int | None:
    """When the form was first handed in, as far as it and its review tell; None if it isn't now."""
    if not cells.submission or cells.submission[0].value != SUBMITTED:
        return None
    names = {name for one in decisions for name in (*one.saw, one.first) if name is not None}
    times = [accepted[name] for name in names if name in accepted]
    times += [one.accepted_at for one in cells.submission if one.accepted_at is not None]
    return min(times, default=None)


async def cells_of(database: Database, keys: Collection[Key]) -> dict[Key, FormCells]:
    """What stands about these forms; one about which nothing does is left out."""
    subjects = {(place, "submission", period) for place, period, _ in keys}
    for place, period, form in keys:
        subjects |= {(place, kind, f"{period} {form}") for kind in ("review", "correction")}
    found: dict[Key, FormCells] = defaultdict(FormCells)
    wanted = set(keys)
    for place, kind, subject, name, type_, number, text, commit, at in await database.rows_in(
        "SELECT v.place, v.kind, v.subject, v.field, v.type, v.number, v.text, c.id, c.accepted_at"
        " FROM {seek} version v"
        " ON v.place = k.column1 AND v.kind = k.column2 AND v.subject = k.column3"
        " JOIN commits c ON c.no = v.commit_no ORDER BY v.shown DESC",
        sorted(subjects),
    ):
        key = key_of(place, kind, subject, name)
        if key not in wanted or key is None:
            continue
        filed = Filed(Value(Type(type_), number, text), commit.hex(), at)
        there = found[key]
        if kind == "submission":
            there.submission.append(filed)
        elif kind == "review":
            there.review.setdefault(name, []).append(filed)
        elif name == "form":
            there.correction.append(filed)
    return found


async def commits_of(
    database: Database, wanted: Collection[tuple[int, str]]
) -> dict[tuple[int, str], dict[str, list[str]]]:
    """By place and period, and by code, the commits of the values that stand."""
    found: dict[tuple[int, str], dict[str, list[str]]] = {}
    for place, period, code, commit in await database.rows_in(
        "SELECT v.place, v.subject, v.field, c.id FROM {seek} version v"
        " ON v.place = k.column1 AND v.kind = k.column2 AND v.subject = k.column3"
        " JOIN commits c ON c.no = v.commit_no",
        sorted((place, "value", period) for place, period in wanted),
    ):
        found.setdefault((place, period), {}).setdefault(code, []).append(commit.hex())
    return found


async def _accepted(database: Database, decisions: Iterable[Decision]) -> dict[str, int]:
    """When the submissions were accepted that decisions name."""
    names = {name for one in decisions for name in (*one.saw, one.first) if name is not None}
    rows = await database.rows_in(
        "SELECT id, accepted_at FROM commits WHERE id IN ({keys}) AND accepted_at IS NOT NULL",
        [(bytes.fromhex(name),) for name in sorted(names)],
    )
    return {commit.hex(): at for commit, at in rows}
