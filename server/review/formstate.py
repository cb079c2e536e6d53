"""One form of a place as its review sees it at one moment: what stands, and what a page showed of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from server.review.standings import changed_codes
from sync import review
from sync.catalogue import Form
from sync.history import Version
from sync.ids import PlaceId
from sync.ledger.apply import versions_of
from sync.ledger.ledger import Ledger
from sync.period import Period
from sync.places import LEVELS, Tree
from sync.review import SUBMITTED, Decision, Return, Stage
from sync.value import Cell

__all__ = ["At", "FormState", "form_states", "is_direct", "seen_differences"]

_SUBMISSION, _REVIEW, _CORRECTION = "submission", "review", "correction"
_WITH_THE_REVIEWER = {Stage.BEGUN, Stage.APPROVED_TOWN, Stage.APPROVED, Stage.LOCKED}

Versions = tuple[Version, ...]


@dataclass(frozen=True)
class At:
    """A place's form for a period."""

    place: PlaceId
    form: Form
    period: Period

    @property
    def subject(self) -> str:
        """What reviews and corrections of it are filed under."""
        return f"{self.period.text} {self.form.code}"


@dataclass(frozen=True)
class FormState:
    """What stands of it; of each cell's versions the shown one first."""

    at: At
    cells: Mapping[Cell, Versions]

    @property
    def submission(self) -> Versions:
        """The versions of its handing in."""
        return self._of(review.submission_cell(self.at.period.text, self.at.form.code))

    @property
    def decided(self) -> Versions:
        """The versions of the reviewer's decision."""
        return self._of(review.decision_cell(self.at.period.text, self.at.form.code))

    @cached_property
    def decisions(self) -> list[Decision]:
        """Those decisions that can be read."""
        said = (review.decision(one.value) for one in self.decided)
        return [one for one in said if one is not None]

    @cached_property
    def returns(self) -> dict[str, Return]:
        """By indicator what came back and nobody took back."""
        return {
            cell.field: said
            for cell, versions in self.cells.items()
            if cell.kind == "review"
            and cell.field in self.at.form.items
            and (said := review.returned(versions[0].value)) is not None
        }

    @cached_property
    def commits(self) -> dict[str, list[str]]:
        """By indicator the commits of the values that stand."""
        return {
            cell.field: [one.commit.hex() for one in versions]
            for cell, versions in self.cells.items()
            if cell.kind == "value"
        }

    @cached_property
    def open_returns(self) -> dict[str, Return]:
        """Those that are unanswered."""
        return review.open_returns(self.returns, self.commits)

    @cached_property
    def stage(self) -> Stage:
        """How far it has come."""
        filed = [review.Version(one.value, one.commit.hex()) for one in self.submission]
        return review.stage(filed, self.decisions)

    @cached_property
    def changed(self) -> list[str]:
        """The indicators whose values are others than those that the decision saw."""
        if not self.decisions or self.stage not in _WITH_THE_REVIEWER:
            return []
        return changed_codes(self.decisions[0], self.commits, self.at.form)

    @property
    def asked(self) -> str:
        """Why the officer asks for the decision to be taken back, '' if nobody does."""
        filed = self._of(review.correction_cell(self.at.period.text, self.at.form.code))
        said = review.returned(filed[0].value) if filed else None
        names = [one.commit.hex() for one in self.decided]
        is_open = said is not None and review.is_open(said, names)
        return said.words if is_open and said and self.stage in _WITH_THE_REVIEWER else ""

    @property
    def unseen(self) -> bool:
        """Whether it was handed in and no decision has seen that."""
        seen = {name for one in self.decisions for name in one.saw}
        return any(v.value == SUBMITTED and v.commit.hex() not in seen for v in self.submission)

    @property
    def after_lock(self) -> bool:
        """Whether anything came after the lock."""
        return self.stage is Stage.LOCKED and bool(self.changed or self.unseen)

    @property
    def marks(self) -> dict[str, str]:
        """By indicator of the form what tells its versions from others."""
        return {
            code: review.versions_mark(self.commits[code])
            for code in self.at.form.items
            if code in self.commits
        }

    @property
    def seen(self) -> str:
        """What a page that shows this names, so that what came meanwhile can be told."""
        named = {
            _SUBMISSION: _mark(self.submission),
            _REVIEW: _mark(v for c, vs in self.cells.items() if c.kind == "review" for v in vs),
            _CORRECTION: _mark(
                v for c, vs in self.cells.items() if c.kind == "correction" for v in vs
            ),
        }
        return " ".join(f"{key}={mark}" for key, mark in sorted((named | self.marks).items()))

    def _of(self, cell: Cell) -> Versions:
        return self.cells.get(cell, ())


async def form_states(books: Ledger, wanted: Collection[At]) -> dict[At, FormState]:
    """What stands of these forms now."""
    numbers = {
        PlaceId(place): number
        for place, number in await books.database.rows_in(
            "SELECT id, no FROM place_no WHERE id IN ({keys})",
            [(place,) for place in sorted({at.place for at in wanted})],
        )
    }
    subjects = set()
    for at in wanted:
        subjects |= {(at.place, kind, at.period.text) for kind in ("value", _SUBMISSION)}
        subjects |= {(at.place, kind, at.subject) for kind in (_REVIEW, _CORRECTION)}
    found, _ = await versions_of(books.database, numbers, subjects)
    by_place: dict[PlaceId, dict[Cell, Versions]] = {}
    for (place, cell), versions in found.items():
        by_place.setdefault(place, {})[cell] = versions
    return {
        at: FormState(
            at,
            {
                cell: versions
                for cell, versions in by_place.get(at.place, {}).items()
                if _is_of(at, cell)
            },
        )
        for at in wanted
    }


def seen_differences(seen: str, state: FormState) -> list[str]:
    """What is another now than the page named: indicators, or `submission`, `review`, `correction`."""
    before = dict(part.partition("=")[::2] for part in seen.split())
    now = dict(part.partition("=")[::2] for part in state.seen.split())
    return sorted(key for key in before.keys() | now if before.get(key) != now.get(key))


def is_direct(tree: Tree, at: At) -> bool:
    """Whether no town stands between the place and the county, which then decides at once."""
    end = at.period.end
    return not any(tree.level(one, end) == LEVELS[-2] for one in tree.ancestors(at.place, end))


def _is_of(at: At, cell: Cell) -> bool:
    if cell.kind in {_REVIEW, _CORRECTION}:
        return cell.subject == at.subject
    code = {at.form.code} if cell.kind == _SUBMISSION else set(at.form.items)
    return cell.subject == at.period.text and cell.field in code


def _mark(versions: Iterable[Version]) -> str:
    return review.versions_mark(one.commit.hex() for one in versions)
