"""The functions of the formula language, by name; their signatures are in `sync.formula_nodes`."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from sync import formula_nodes as nodes
from sync.figure import (
    DIVISION,
    NOT_A_NUMBER,
    NOT_HERE,
    UNKNOWN,
    WRONG_KIND,
    Missing,
    Result,
    bounded,
)
from sync.formula_nodes import Call, Node
from sync.period import YEAR_FIRST, Period
from sync.value import REASONS

if TYPE_CHECKING:
    from sync.evaluate import Run

__all__ = ["FUNCTIONS"]


def _year_before(run: Run, call: Call, period: Period) -> Result:
    if period.start.year <= YEAR_FIRST:
        return Missing(UNKNOWN, run.named(call.operands[0]))
    return run.result(call.operands[0], period.year_before())


def _previous(run: Run, call: Call, period: Period) -> Result:
    before = _own_period(run, call.operands[0], period).earlier(int(call.text or "1"))
    if before.start.year < YEAR_FIRST:
        return Missing(UNKNOWN, run.named(call.operands[0]))
    return run.result(call.operands[0], before)


def _previous_in_year(run: Run, call: Call, period: Period) -> Result:
    before = _own_period(run, call.operands[0], period).previous()
    if before.year() != period.year():
        return Missing(UNKNOWN, run.named(call.operands[0]))
    return run.result(call.operands[0], before)


def _own_period(run: Run, node: Node, period: Period) -> Period:
    """Where an indicator is filed for longer periods, the previous one of those is meant."""
    for code in run.named(node):
        kind = run.kind(code)
        if kind is not None and kind.months > period.kind.months:
            return period.around(kind)
    return period


def _average_of_two(run: Run, call: Call, period: Period) -> Result:
    both = _both_years(run, call.operands[0], period)
    return both if isinstance(both, Missing) else bounded((both[0] + both[1]) / 2)


def _year_on_year(run: Run, call: Call, period: Period) -> Result:
    both = _both_years(run, call.operands[0], period)
    if isinstance(both, Missing):
        return both
    if not both[1]:
        return Missing(DIVISION, run.named(call.operands[0]))
    return bounded((both[0] - both[1]) / both[1])


def _both_years(run: Run, node: Node, period: Period) -> list[Fraction] | Missing:
    return run.numbers((node, Call("PY", (node,), "")), period)


def _year_to_date(run: Run, call: Call, period: Period) -> Result:
    """What is cumulative says it itself; flows are added up since January."""
    for code in run.named(call.operands[0]):
        indicator = run.context.catalogue.indicators.get(code)
        if indicator is not None and indicator.time == "add":
            parts = [
                part for part in period.year().parts(indicator.period) if part.end <= period.end
            ]
            if parts:
                return run.added(code, period, parts).value
    return run.result(call.operands[0], period)


def _count(run: Run, call: Call, period: Period) -> Result:
    if call.text != "unit":
        return run.context.count(call.text, period)
    indicator = run.context.catalogue.indicators.get(run.code or run.bound)
    return run.context.count(indicator.level, period) if indicator else Missing(NOT_HERE)


def _of_numbers(
    apply: Callable[[list[Fraction]], Fraction | bool],
) -> Callable[[Run, Call, Period], Result]:
    """A function of numbers alone."""

    def applied(run: Run, call: Call, period: Period) -> Result:
        found = run.numbers(call.operands, period)
        return found if isinstance(found, Missing) else apply(found)

    return applied


def _rounded(run: Run, call: Call, period: Period) -> Result:
    """Halves go away from zero, as officials round."""
    found = run.numbers(call.operands, period)
    if isinstance(found, Missing):
        return found
    scale = 10 ** int(call.text or "0")
    doubled = 2 * abs(found[0]) * scale
    units = (doubled.numerator + doubled.denominator) // (2 * doubled.denominator)
    return bounded(Fraction(units if found[0] >= 0 else -units, scale))


def _if(run: Run, call: Call, period: Period) -> Result:
    condition, then, otherwise = call.operands
    held = run.result(condition, period)
    if isinstance(held, bool):
        return run.result(then if held else otherwise, period)
    return held if isinstance(held, Missing) else Missing(WRONG_KIND, run.named(condition))


def _known(run: Run, call: Call, period: Period) -> bool:
    value = run.result(call.operands[0], period)
    return not isinstance(value, Missing) or value.reason == NOT_A_NUMBER


def _missing(run: Run, call: Call, period: Period) -> bool:
    return not _known(run, call, period)


def _yes(run: Run, call: Call, period: Period) -> Result:
    value = run.result(call.operands[0], period)
    if isinstance(value, Fraction):
        return Missing(WRONG_KIND, run.named(call.operands[0]))
    return value


def _no(run: Run, call: Call, period: Period) -> Result:
    value = _yes(run, call, period)
    return not value if isinstance(value, bool) else value


def _decimals_ok(run: Run, call: Call, period: Period) -> Result:
    value = run.result(call.operands[0], period)
    if not isinstance(value, Fraction):
        return value if isinstance(value, Missing) else True
    (code,) = run.named(call.operands[0])
    scale: int = 10 ** run.context.catalogue.indicators[code].decimals
    return (value * scale).denominator == 1


def _has_reason(run: Run, call: Call, period: Period) -> bool:
    value = run.result(call.operands[0], period)
    return isinstance(value, Missing) and value.reason in REASONS


def _asked(run: Run, call: Call, period: Period) -> Result:
    """What only the context can know: peers, other systems, the hierarchy."""
    if call.operands:
        named = run.named(call.operands[0])
        return run.context.ask(call.name, named[0], period) if named else Missing(NOT_HERE)
    return run.context.ask(call.name, call.text, period)


FUNCTIONS: dict[str, Callable[[Run, Call, Period], Result]] = {
    "PY": _year_before,
    "PREV": _previous,
    "PREV_IN_YEAR": _previous_in_year,
    "AVG2": _average_of_two,
    "YOY": _year_on_year,
    "YTD": _year_to_date,
    "COUNT": _count,
    "ABS": _of_numbers(lambda found: abs(found[0])),
    "MIN": _of_numbers(min),
    "MAX": _of_numbers(max),
    "ROUND": _rounded,
    "IF": _if,
    "IN": _of_numbers(lambda found: found[1] <= found[0] <= found[2]),
    "NEAR": _of_numbers(lambda found: abs(found[0] - found[1]) <= found[2]),
    "KNOWN": _known,
    "MISSING": _missing,
    "YES": _yes,
    "NO": _no,
    "WHOLE": _of_numbers(lambda found: found[0].denominator == 1),
    "DECIMALS_OK": _decimals_ok,
    "HAS_REASON": _has_reason,
    **dict.fromkeys(("PEER_MEDIAN", "PEER_MAD", "SAME_AMONG_SIBLINGS", "PREFILL"), _asked),
    **dict.fromkeys(("ADJUSTED", "SUM_BELOW", "EXTERNAL"), _asked),
    **dict.fromkeys(("PLACE_ACTIVE", "CODE_VALID", "PARENT_EXISTS"), _asked),
}
assert FUNCTIONS.keys() | {"COUNTIF"} == nodes.FUNCTIONS.keys()
