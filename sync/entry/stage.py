"""How far a form of a place has come, what came back of it, and what may be typed into it now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from sync import commit_bytes, review
from sync.catalogue import Catalogue, Form
from sync.entry.desk import Desk
from sync.entry.standing import Held, State, held_in, shown_value
from sync.ids import CommitId, PlaceId
from sync.ledger.edits import Standing
from sync.period import Period
from sync.review import Decision, Return, Stage, Version
from sync.value import Cell, Value

__all__ = ["FormStanding", "Lock", "Returned", "form_standing", "versions_in"]


class Lock(StrEnum):
    """Whether a cell of a form can be typed into, and if not, why."""

    OPEN = "open"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    NOT_RETURNED = "not_returned"
    APPROVED = "approved"
    LOCKED = "locked"


class Returned(NamedTuple):
    """One value that came back: the reviewer's words, who said them, and what was sent then.

    `answered` once there is a version that the reviewer had not seen.
    """

    words: str
    by: bytes
    said_at: int
    old: Value | None
    answered: bool


_WITH_THE_REVIEWER = {Stage.BEGUN, Stage.APPROVED_TOWN, Stage.APPROVED, Stage.LOCKED}


class FormStanding(NamedTuple):
    """A form's stage for one period. `sent` says that a server has what the stage rests on.

    `words` are the reviewer's on the form as a whole; `submitted` is the submission that stands,
    `decided` the reviewer's last word; `asked` why the officer wants that taken back ('' if not, or
    if the reviewer has decided anew). `left_out` are values that came back although the rest was
    approved: these alone are open still, and need no new handing in. `tied` are cells that a hard
    check looks at together with one that came back: a part can't be mended without its total.
    """

    stage: Stage
    sent: bool
    words: str
    submitted: Held | None
    decided: Held | None
    returned: dict[str, Returned]
    asked: str
    decision_names: tuple[CommitId, ...]
    left_out: frozenset[str] = frozenset()
    tied: frozenset[str] = frozenset()

    @property
    def can_withdraw(self) -> bool:
        """Whether the officer may still take the form back unasked."""
        return self.stage in {Stage.SUBMITTED, Stage.RESUBMITTED}

    @property
    def can_ask_back(self) -> bool:
        """Whether only the reviewer can give the form back."""
        return self.stage in _WITH_THE_REVIEWER

    @property
    def unanswered(self) -> tuple[str, ...]:
        """The codes of what came back and was not mended or confirmed since."""
        waiting = (code for code, one in self.returned.items() if not one.answered)
        if self.stage is Stage.RETURNED:
            return tuple(waiting)
        return tuple(code for code in waiting if code in self.left_out)

    def lock(self, code: str) -> Lock:
        """Whether that cell of the form may be typed into."""
        match self.stage:
            case Stage.DRAFT:
                return Lock.OPEN
            case Stage.SUBMITTED | Stage.RESUBMITTED:
                return Lock.SUBMITTED
            case Stage.RETURNED:
                is_open = code in self.returned or code in self.tied
                return Lock.OPEN if is_open else Lock.NOT_RETURNED
            case Stage.BEGUN:
                return Lock.IN_REVIEW
            case Stage.APPROVED_TOWN | Stage.APPROVED:
                return Lock.OPEN if code in self.left_out else Lock.APPROVED
            case Stage.LOCKED:
                return Lock.LOCKED


async def form_standing(desk: Desk, place: PlaceId, form: Form, period: Period) -> FormStanding:
    """The form's stage from what is on this laptop."""
    subject = review.decision_cell(period.text, form.code).subject
    kinds = [("submission", period.text), ("review", subject), ("correction", subject)]
    cells = await desk.ledger.standing(place, kinds)
    returns = {
        cell.field: said
        for cell, one in cells.items()
        if cell.kind == "review"
        and cell.field in form.items
        and (said := review.returned(shown_value(one))) is not None
    }
    values: dict[Cell, Standing] = {}
    if returns:
        values = await desk.ledger.standing(place, [("value", period.text)])
    own = review.submission_cell(period.text, form.code)
    held = await held_in(desk, {cell: one for cell, one in cells.items() if _counts(cell, own)})
    submission = versions_in(held.get(own, _NOTHING)[1])
    decided = held.get(review.decision_cell(period.text, form.code), _NOTHING)[1]
    decisions = [d for one in decided if (d := review.decision(one.value)) is not None]
    stage = review.stage(submission, decisions)
    handed_in = held[own][1][0] if stage is not Stage.DRAFT and own in held else None
    asked = held.get(review.correction_cell(period.text, form.code), _NOTHING)[1]
    request = review.returned(asked[0].value) if asked else None
    names = [version.commit for version in versions_in(decided)]
    return FormStanding(
        stage=stage,
        sent=handed_in is not None and handed_in.accepted_at is not None,
        words=decisions[0].words if decisions else "",
        submitted=handed_in,
        decided=decided[0] if decisions else None,
        returned=await _came_back(desk, period, form, returns, held, values),
        asked=request.words if request and review.is_open(request, names) else "",
        decision_names=tuple(one.commit for one in decided if one.commit is not None),
        left_out=_left_out(stage, decisions, returns),
        tied=_tied(await desk.catalogue(), returns) if returns else frozenset(),
    )


def _left_out(
    stage: Stage, decisions: Sequence[Decision], returns: Mapping[str, Return]
) -> frozenset[str]:
    """What an approval leaves out, as far as words say why."""
    if stage not in {Stage.APPROVED_TOWN, Stage.APPROVED}:
        return frozenset()
    return frozenset(decisions[0].but) & returns.keys()


def _tied(catalogue: Catalogue, returns: Mapping[str, Return]) -> frozenset[str]:
    """What hard checks look at together with what came back."""
    rules = catalogue.rulebook.concerned(returns)
    return frozenset(code for rule in rules if rule.check.severity == "hard" for code in rule.cells)


def versions_in(held: tuple[Held, ...]) -> list[Version]:
    """What stands, as stages are derived from it."""
    return [Version(one.value, one.commit.hex() if one.commit else "") for one in held]


Shown = Mapping[Cell, tuple[State, tuple[Held, ...]]]
_NOTHING: tuple[State, tuple[Held, ...]] = (State.NONE, ())


def _counts(cell: Cell, submission: Cell) -> bool:
    return cell.kind != "submission" or cell == submission


async def _came_back(
    desk: Desk,
    period: Period,
    form: Form,
    returns: Mapping[str, Return],
    reviewed: Shown,
    values: Mapping[Cell, Standing],
) -> dict[str, Returned]:
    """What came back, with the value that stood when it was returned."""
    found = {}
    for code, said in returns.items():
        cell = Cell("value", period.text, code)
        standing = values.get(cell, Standing((), None))
        commits = [version.commit.hex() for version in standing.versions]
        if standing.pending is not None:
            commits.append("")
        by = reviewed[review.return_cell(period.text, form.code, code)][1][0]
        old = next(
            (one.value for one in standing.versions if one.commit.hex() in said.saw), None
        ) or await _value_then(desk, cell, said)
        answered = not review.is_open(said, commits)
        found[code] = Returned(said.words, by.author, by.typed_at, old, answered)
    return found


async def _value_then(desk: Desk, cell: Cell, said: Return) -> Value | None:
    """What the commits that a return is about had filed in its cell."""
    rows = await desk.ledger.database.rows_in(
        "SELECT body FROM commits WHERE id IN ({keys})",
        [(bytes.fromhex(name),) for name in said.saw],
    )
    for (body,) in rows:
        for change in commit_bytes.decode(body).changes:
            if change.cell == cell:
                return change.value
    return None
