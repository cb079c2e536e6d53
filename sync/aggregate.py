"""What one place adds to the rollups of the places above it, in exact whole numbers.

A rollup row is the sum of contributions over the places at or below a place. Because addition is
exact, the row can be kept by adding what a place contributes after a commit and taking away what it
contributed before; `sync.rollup` reads the rows. Series of an indicator CODE:

- `CODE`: its values in 1/10 000, a yes counted as 10 000. What is filed on change is carried
  forward: its contributions are the changes from one filing to the next, so that the sum over all
  periods that start by a day is the state on that day.
- `CODE*` and `CODE/w`, where CODE is a weighted mean: value times weight in 1/10^8, and weight in
  1/10 000, over places that have both.
- `CODE?` (then `CODE?2`, …): for each COUNTIF of CODE's formula, 1 in `total` where the condition
  holds and 1 in `reported` where it can be evaluated, for periods within which anything of what it
  looks at is filed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sync import quantity
from sync.catalogue import Catalogue
from sync.evaluate import condition, indicator
from sync.figure import Missing, Result
from sync.formula_nodes import CountIf
from sync.period import Kind, Period
from sync.placecontext import PlaceContext, period_of
from sync.value import Type, Value

__all__ = [
    "Contribution",
    "Contributions",
    "condition_series",
    "contributions",
    "difference",
    "product_series",
    "weight_series",
]

Touched = Collection[tuple[str, str]]
"""Cells of values: period text and indicator code."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What is added to a row of each ancestor; a difference may hold negative numbers."""

    series: str
    period: str
    reported: int
    no_value: int
    total: int
    disputed: int


Contributions = dict[tuple[str, str], Contribution]
"""By series and period text."""


def product_series(code: str) -> str:
    """The sums of value times weight."""
    return f"{code}*"


def weight_series(code: str) -> str:
    """The sums of weights."""
    return f"{code}/w"


def condition_series(code: str, ordinal: int) -> str:
    """The places that meet a condition of a derived indicator."""
    return f"{code}?" if ordinal == 1 else f"{code}?{ordinal}"


def contributions(
    place: PlaceContext, disputed: Touched = (), touched: Touched | None = None
) -> Contributions:
    """What a place contributes with the cells that it has; rows of zeros are left out.

    With `touched`, only the rows that a change of those cells can affect: before and after a commit
    they are taken for the same cells, and everything else cancels out.
    """
    if touched is None:
        touched = [(period, code) for period, codes in place.cells.items() for code in codes]
    rows = [*_plain(place, frozenset(disputed), touched), *_compound_rows(place, touched)]
    return {
        (one.series, one.period): one
        for one in rows
        if one.reported or one.no_value or one.total or one.disputed
    }


def difference(before: Contributions, after: Contributions) -> list[Contribution]:
    """What to add to the rows above when the one gives way to the other."""
    changes = []
    for key, new in after.items():
        old = before.get(key)
        if old is None:
            changes.append(new)
        elif old != new:
            changes.append(_row(*key, _minus(_state(new), _state(old))))
    for key, old in before.items():
        if key not in after:
            changes.append(_row(*key, _minus(_NOTHING, _state(old))))
    return changes


_State = tuple[int, int, int, int]
_NOTHING: _State = (0, 0, 0, 0)


def _row(series: str, period: str, state: _State) -> Contribution:
    return Contribution(series, period, *state)


def _state(row: Contribution) -> _State:
    return row.reported, row.no_value, row.total, row.disputed


def _minus(new: _State, old: _State) -> _State:
    return new[0] - old[0], new[1] - old[1], new[2] - old[2], new[3] - old[3]


def _changes(series: str, states: Iterable[tuple[Period, _State]]) -> Iterator[Contribution]:
    """From one filing to the next, in the order of the periods."""
    before = _NOTHING
    for period, state in states:
        yield _row(series, period.text, _minus(state, before))
        before = state


def _plain(
    place: PlaceContext, disputed: frozenset[tuple[str, str]], touched: Touched
) -> Iterator[Contribution]:
    """The series that carry the indicators' own codes."""
    carried: dict[str, None] = {}
    for period, code in dict.fromkeys(touched):
        found = place.catalogue.indicators.get(code)
        if found is None or found.formula:
            continue
        if found.period is Kind.STATIC:
            carried[code] = None
            continue
        value = place.cells.get(period, {}).get(code)
        if value is not None:
            yield _row(code, period, _filed(value, disputed=(period, code) in disputed))
    for code in carried:
        yield from _changes(
            code,
            (
                (period, _filed(value, disputed=(period.text, code) in disputed))
                for period, value in place.filings(code)
            ),
        )


def _filed(value: Value, *, disputed: bool) -> _State:
    if value.type is Type.REASON:
        return 0, 1, 0, int(disputed)
    if value.type is Type.QUANTITY:
        return 1, 0, value.number, int(disputed)
    yes = value.number * quantity.SCALE if value.type is Type.FLAG else 0
    return 1, 0, yes, int(disputed)


@dataclass(frozen=True, slots=True, eq=False)
class _Compound:
    """A series that a place's figure is calculated for; `dated` are the codes whose filings date it.

    With a condition, its count; with a weight, the weighted sums; else the mean of a derived one.
    """

    code: str
    dated: frozenset[str]
    condition: CountIf | None = None
    weight: str = ""


def _compound_rows(place: PlaceContext, touched: Touched) -> Iterator[Contribution]:
    earliest: dict[_Compound, date] = {}
    compounds = _compounds(place.catalogue)
    for text, code in touched:
        period = period_of(text) if code in compounds else None
        for one in compounds[code] if period else ():
            assert period is not None
            earliest[one] = min(period.start, earliest.get(one, period.start))
    for one, start in earliest.items():
        carried = place.catalogue.indicators[one.code].period is Kind.STATIC
        states: dict[str, list[tuple[Period, _State]]] = {}
        for period in _periods(place, one, date.min if carried else start):
            for series, state in _calculated(place, one, period):
                states.setdefault(series, []).append((period, state))
        for series, rows in states.items():
            if carried:
                yield from _changes(series, rows)
            else:
                yield from (_row(series, period.text, state) for period, state in rows)


@lru_cache(maxsize=4)
def _compounds(catalogue: Catalogue) -> dict[str, list[_Compound]]:
    """The compound series by each code that they look at, through formulas."""
    found: dict[str, list[_Compound]] = {}
    for code, one in catalogue.indicators.items():
        entered = not one.formula
        if one.space == "weighted_mean" or (one.space == "mean" and not entered):
            reached = _reached(catalogue, (code, one.weight) if one.weight else (code,))
            dated = {code} if entered else _dated(catalogue, _reached(catalogue, (code,)))
            compound = _Compound(code, frozenset(dated), weight=one.weight)
            for name in reached:
                found.setdefault(name, []).append(compound)
        for each in catalogue.formulas[code].conditions if one.formula else ():
            reached = _reached(catalogue, each.condition.names)
            compound = _Compound(code, frozenset(_dated(catalogue, reached)), condition=each)
            for name in reached:
                found.setdefault(name, []).append(compound)
    return found


def _reached(catalogue: Catalogue, codes: Iterable[str]) -> set[str]:
    """The indicators among the codes and below them."""
    reached: set[str] = set()
    waiting = [code for code in codes if code in catalogue.indicators]
    while waiting:
        code = waiting.pop()
        if code not in reached:
            reached.add(code)
            below = catalogue.formulas[code].names if code in catalogue.formulas else ()
            waiting += [name for name in below if name in catalogue.indicators]
    return reached


def _dated(catalogue: Catalogue, codes: set[str]) -> set[str]:
    """What is carried forward for ever dates nothing, unless there is nothing else."""
    entered = {code for code in codes if not catalogue.indicators[code].formula}
    kinds = {code: catalogue.indicators[code].period for code in entered}
    return {code for code, kind in kinds.items() if kind is not Kind.STATIC} or entered


def _periods(place: PlaceContext, one: _Compound, start: date) -> list[Period]:
    """The periods that it is calculated for and that figures from that day on can reach."""
    found = place.catalogue.indicators[one.code]
    periods: set[Period] = set()
    for period in place.periods:
        if one.dated.isdisjoint(place.cells[period.text]):
            continue
        if not found.formula or found.period is Kind.STATIC:
            periods.add(period)
        elif found.period.months >= period.kind.months:
            periods.add(period.around(found.period))
        else:
            periods.update(period.parts(found.period))
    return sorted(period for period in periods if period.end >= start)


def _calculated(
    place: PlaceContext, one: _Compound, period: Period
) -> Iterator[tuple[str, _State]]:
    """Its series and their states, also where there is nothing: a carried one may fall back to it."""
    if one.condition is not None:
        held = condition(one.code, one.condition, place, period)
        state = (1, 0, int(held), 0) if isinstance(held, bool) else _NOTHING
        yield condition_series(one.code, one.condition.ordinal), state
        return
    if place.catalogue.indicators[one.code].formula:
        units = _units(indicator(one.code, place, period).value)
    else:
        units = _units(place.value(one.code, period))
    if not one.weight:
        yield one.code, _NOTHING if units is None else (1, 0, units, 0)
        return
    weight = _units(indicator(one.weight, place, period).value)
    if units is None or weight is None:
        yield product_series(one.code), _NOTHING
        yield weight_series(one.code), _NOTHING
    else:
        yield product_series(one.code), (1, 0, units * weight, 0)
        yield weight_series(one.code), (1, 0, weight, 0)


def _units(value: Result) -> int | None:
    """In 1/10 000; what was entered is exact, what was derived is rounded to that."""
    return None if isinstance(value, Missing | bool) else quantity.rounded(value)
