"""What would come of a file, cell by cell, before anything is written.

A cell that nobody touched since the file was made says nothing. What was filed meanwhile is shown,
and stays beside what the file brings, as for a page that was open all that time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from server.desk.viewer import Need, Viewer
from server.entering.desk import EntryDesk
from server.exchange.forms.key import token
from server.exchange.forms.meaning import value_of
from server.exchange.forms.reading import Found, Read
from sync.catalogue import Indicator
from sync.entry import checking, entry
from sync.entry.checking import Judged
from sync.entry.desk import Write
from sync.entry.stage import Lock, form_standing
from sync.entry.standing import shown_value
from sync.entry.submission import concerns
from sync.entry.typed import LOCKED, forms_with
from sync.ids import EditId, PlaceId
from sync.ledger.edits import Standing
from sync.period import Period, parse
from sync.problems import Problem
from sync.value import Cell, Value, text_value

__all__ = ["Line", "Plan", "State", "plan_of"]


class State(StrEnum):
    """What comes of one cell."""

    WRITTEN = "written"
    BESIDE = "beside"
    """Written, and what was filed since the file was made stays beside it."""
    NOTED = "noted"
    """Only its note is written."""
    UNCHANGED = "unchanged"
    NEWER = "newer"
    """Not touched in the file; what was filed since then stays."""
    EMPTIED = "emptied"
    """Emptied in the file, which takes nothing away."""
    REFUSED = "refused"


class Line(NamedTuple):
    """One cell: what stands there, what the file says, and what that would write."""

    found: Found
    state: State
    indicator: Indicator | None = None
    before: Value | None = None
    after: Value | None = None
    problem: Problem | None = None
    writes: tuple[Write, ...] = ()


class Plan(NamedTuple):
    """Of a whole file; `findings` are by place what the checks would say of what is written."""

    lines: list[Line]
    findings: list[tuple[PlaceId, Judged]]

    def of(self, *states: State) -> list[Line]:
        """The lines of which that comes."""
        return [line for line in self.lines if line.state in states]

    @property
    def writes(self) -> dict[PlaceId, list[Write]]:
        """What is written, by place."""
        found: dict[PlaceId, list[Write]] = {}
        for line in self.lines:
            if line.writes:
                found.setdefault(line.found.place, []).extend(line.writes)
        return found

    @property
    def seen(self) -> dict[tuple[PlaceId, str, str], Collection[EditId]]:
        """The versions that whoever looks at this plan has seen, where the file names none."""
        return {
            (line.found.place, write.cell.subject, write.cell.field): write.shown
            for line in self.lines
            for write in line.writes
            if write.cell.kind == "value" and write.shown is not None
        }


Seen = Mapping[tuple[PlaceId, str, str], Collection[EditId]]


async def plan_of(desk: EntryDesk, viewer: Viewer, read: Read, seen: Seen | None = None) -> Plan:
    """What would come of it now. `seen` is what an earlier plan of the same file showed; with it the
    checks were heard already.
    """
    plan = Plan([], [])
    groups: dict[tuple[PlaceId, str], list[Found]] = {}
    for one in read.found:
        groups.setdefault((one.place, one.period), []).append(one)
    for (place, text), found in groups.items():
        try:
            if not viewer.may(Need.ENTER, place):
                raise Problem("import-not-yours")
            here = await _Here.of(desk, place, parse(text), [one.code for one in found])
        except Problem as problem:
            plan.lines.extend(Line(one, State.REFUSED, problem=problem) for one in found)
            continue
        lines = [line for one in found if not _is_blank(line := here.line(one, seen or {}))]
        plan.lines.extend(lines)
        if seen is None:
            plan.findings.extend([(place, one) for one in await _findings(desk, here, lines)])
    return plan


class _Here(NamedTuple):
    """A place for one period: what stands there, and which of its cells take something."""

    desk: EntryDesk
    place: PlaceId
    period: Period
    level: str
    cells: Mapping[Cell, Standing]
    locks: Mapping[str, Lock]
    indicators: Mapping[str, Indicator | Problem]

    @classmethod
    async def of(
        cls, desk: EntryDesk, place: PlaceId, period: Period, codes: Sequence[str]
    ) -> _Here:
        """Raises `field-sync-first`, where the place has no level."""
        catalogue = await desk.catalogue()
        level = desk.level(place, period.end)
        kinds = [("value", period.text), ("note", period.text)]
        cells = await desk.ledger.standing(place, kinds)
        indicators: dict[str, Indicator | Problem] = {}
        for code in codes:
            try:
                one = entry.indicator_asked(catalogue, code, level)
                entry.period_of(one, period.text, desk.latest_day())
                indicators[code] = one
            except Problem as problem:
                indicators[code] = problem
        known = [one for one in indicators.values() if isinstance(one, Indicator)]
        forms = {
            form.code: form
            for one in known
            for form in forms_with(catalogue.forms.values(), one, level, period)
        }
        standings = [
            (form, await form_standing(desk, place, form, period)) for form in forms.values()
        ]
        locks: dict[str, Lock] = {}
        for one in known:
            held = [
                standing.lock(one.code) for form, standing in standings if one.code in form.items
            ]
            locks[one.code] = Lock.OPEN if Lock.OPEN in held or not held else held[0]
        return cls(desk, place, period, level, cells, locks, indicators)

    def line(self, found: Found, seen: Seen) -> Line:
        """What comes of one cell."""
        indicator = self.indicators[found.code]
        if isinstance(indicator, Problem):
            return Line(found, State.REFUSED, problem=indicator)
        cell = Cell("value", self.period.text, found.code)
        here = self.cells.get(cell, Standing((), None))
        before = shown_value(here)
        notes = self._note(found)
        line = Line(
            found, State.NOTED if notes else State.UNCHANGED, indicator, before, writes=notes
        )
        try:
            value = value_of(found, indicator)
            if value is None:
                return line._replace(state=State.EMPTIED) if _was_emptied(found, before) else line
            if value in {one.value for one in here.versions}:
                return line._replace(after=value)
            if _is_untouched(found, value, before):
                return line._replace(state=State.NEWER, after=value)
            if self.locks[found.code] is not Lock.OPEN:
                code, period = found.code, self.period.text
                raise Problem(LOCKED[self.locks[found.code]], code=code, period=period)
        except Problem as problem:
            return Line(found, State.REFUSED, indicator, before, problem=problem)
        names = self.desk.ledger.displayed(here, self.place, cell)
        shown = _shown(found, names, seen.get((self.place, cell.subject, cell.field)))
        state = State.WRITTEN if names <= set(shown) else State.BESIDE
        writes = (Write(cell, value, shown), *notes)
        return line._replace(state=state, after=value, writes=writes)

    def _note(self, found: Found) -> tuple[Write, ...]:
        """Its remark, where the file brings another one."""
        if found.note is None:
            return ()
        cell = Cell("note", self.period.text, found.code)
        stands = shown_value(self.cells.get(cell, Standing((), None)))
        before = stands.text if stands else ""
        at_first = found.note_key.token if found.note_key else ""
        is_same = found.note == before or (token(text_value(found.note)) == at_first)
        if is_same or (not found.note and found.note_key is None):
            return ()
        return (Write(cell, text_value(found.note)),)


def _is_blank(line: Line) -> bool:
    """Whether the file says nothing of the cell."""
    return line.state is State.UNCHANGED and line.after is None


def _was_emptied(found: Found, before: Value | None) -> bool:
    key = found.key
    return before is not None and (key is None or (bool(key.token) and not key.is_offered))


def _is_untouched(found: Found, value: Value, before: Value | None) -> bool:
    """Whether the cell is as the file was made, and that is no answer to what was offered."""
    key = found.key
    if key is None or token(value) != key.token:
        return False
    return before is not None or not key.is_offered


def _shown(
    found: Found, names: Collection[EditId], seen: Collection[EditId] | None
) -> frozenset[EditId]:
    """What whoever filled the file had before them; without the key, what the plan showed them."""
    if found.key is not None:
        return found.key.shown
    return frozenset(names if seen is None else seen)


async def _findings(desk: EntryDesk, here: _Here, lines: Iterable[Line]) -> list[Judged]:
    """What the checks would say of what is written."""
    as_if = {line.found.code: line.after for line in lines if line.writes and line.after}
    if not as_if:
        return []
    found = await checking.judged(desk, here.place, here.period, list(as_if), as_if)
    return [one for one in found if concerns(one, here.period)]
