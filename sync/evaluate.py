"""Evaluates formulas over a context: exact fractions in, an exact figure or what is missing out.

Nothing here raises: an unknown operand, a division by zero, a loop, a formula that would take too
long or a number that grows too large each give a `Missing` that says so. Periods are handled here:
an operand filed for another kind of period than the one asked for is brought to it by its time
rule (`Run.brought`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import Any, NamedTuple

from sync import formula_nodes as nodes
from sync import quantity
from sync.figure import (
    CYCLE,
    DIVISION,
    OTHER_PERIOD,
    TOO_DEEP,
    TOO_LARGE,
    UNKNOWN,
    WRONG_KIND,
    Context,
    Missing,
    Result,
    bounded,
    merged,
)
from sync.formula import Expression
from sync.formula_nodes import Node
from sync.functions import FUNCTIONS
from sync.limits import FORMULA_STEPS_MAX, FORMULA_TOWER_MAX
from sync.period import Kind, Period

__all__ = ["Brought", "Context", "Missing", "Result", "evaluate", "indicator"]


class Brought(NamedTuple):
    """An indicator's figure for a period, which period it is from, and the parts that lack one."""

    value: Result
    period: Period
    gaps: tuple[str, ...] = ()


def evaluate(
    expression: Expression, context: Context, period: Period, *, bound: str = ""
) -> Result:
    """The formula's figure for that period; `bound` is the code that VAL stands for."""
    run = Run(context, bound)
    run.nesting = expression.depth
    try:
        return run.result(expression.root, period)
    except _TooMuchError:
        return Missing(TOO_LARGE)


def condition(derived: str, one: nodes.CountIf, context: Context, period: Period) -> Result:
    """Whether the condition of a derived indicator holds in a context of one place."""
    run = Run(context, derived)
    run.code = derived
    run.nesting = one.condition.depth
    try:
        return run.result(one.condition.root, period)
    except _TooMuchError:
        return Missing(TOO_LARGE)


def indicator(code: str, context: Context, period: Period) -> Brought:
    """An indicator's figure, entered or derived, for that period."""
    run = Run(context, code)
    try:
        return run.brought(code, period)
    except _TooMuchError:
        return Brought(Missing(TOO_LARGE, (code,)), period)


class Run:
    """One evaluation: what is bound, which derived indicator it is in, and what is left to spend."""

    __slots__ = ("_figures", "_steps", "bound", "code", "context", "nesting")

    def __init__(self, context: Context, bound: str) -> None:
        self.context = context
        self.bound = bound
        self.code = ""
        self.nesting = 0
        self._steps = FORMULA_STEPS_MAX
        self._figures: dict[tuple[str, Period], Result] = {}

    def result(self, node: Node, period: Period) -> Result:
        """What a node comes to."""
        self._steps -= 1
        if self._steps < 0:
            raise _TooMuchError
        if isinstance(node, nodes.Call):
            return FUNCTIONS[node.name](self, node, period)
        return _NODES[type(node)](self, node, period)

    def numbers(self, operands: Sequence[Node], period: Period) -> list[Fraction] | Missing:
        """All operands as numbers, or all that keeps them from being so."""
        found: list[Fraction] = []
        lacking: list[Missing] = []
        for node in operands:
            value = self.result(node, period)
            if isinstance(value, Missing):
                lacking.append(value)
            elif isinstance(value, bool):
                lacking.append(Missing(WRONG_KIND, self.named(node)))
            else:
                found.append(value)
        return merged(lacking) if lacking else found

    def named(self, node: Node) -> tuple[str, ...]:
        """The code that a node is, if it is one."""
        if isinstance(node, nodes.Indicator):
            return (node.code,)
        return (self.bound,) if isinstance(node, nodes.Bound) and self.bound else ()

    def kind(self, code: str) -> Kind | None:
        """For which kind of period an indicator is filed."""
        found = self.context.catalogue.indicators.get(code)
        return found.period if found else None

    def brought(self, code: str, period: Period) -> Brought:
        """An indicator's figure for a period of any kind, by its time rule.

        A longer kind gives the latest that started by then: this one if known, else the one before.
        Of a shorter kind `end` and `cum` take the last part known, `open` the first part, `add` the
        sum of the parts known; `none` cannot be brought. A derived one without a time rule goes by
        `end`, so that its operands are of one period; but over flows it is calculated for all of
        the period that is asked for: the year's rate is not December's.
        """
        indicator = self.context.catalogue.indicators.get(code)
        if indicator is None:
            return Brought(Missing(UNKNOWN, (code,)), period)
        kind, rule = indicator.period, indicator.time
        if kind in {Kind.STATIC, period.kind}:
            return Brought(self._exact(code, period), period)
        expression = self.context.formula(code)
        if rule == "none" and expression is not None:
            shorter = kind.months < period.kind.months
            if shorter and not expression.conditions and self._adds_up(expression):
                return Brought(self._exact(code, period), period)
            rule = "end"
        if kind.months > period.kind.months:
            around = period.around(kind)
            return self._first_known(code, (around, around.previous()))
        parts = period.parts(kind)
        match rule:
            case "end" | "cum":
                return self._first_known(code, parts[::-1])
            case "open":
                return Brought(self._exact(code, parts[0]), parts[0])
            case "add":
                return self.added(code, period, parts)
        return Brought(Missing(OTHER_PERIOD, (code,)), period)

    def added(self, code: str, period: Period, parts: Sequence[Period]) -> Brought:
        """The sum over those parts of the period that are known."""
        known: list[Fraction] = []
        lacking: dict[str, Missing] = {}
        for part in parts:
            value = self._exact(code, part)
            if isinstance(value, Missing):
                lacking[part.text] = value
            elif not isinstance(value, bool):
                known.append(value)
        if known:
            return Brought(bounded(sum(known, Fraction(0))), period, tuple(lacking))
        why = merged(lacking.values()) if lacking else Missing(WRONG_KIND, (code,))
        return Brought(why, period, tuple(lacking))

    def _adds_up(self, expression: Expression) -> bool:
        """Whether a formula looks at flows, through other formulas too."""
        waiting, seen = list(expression.names), set(expression.names)
        while waiting:
            code = waiting.pop()
            found = self.context.catalogue.indicators.get(code)
            below = self.context.formula(code) if found else None
            if found and below is None and found.time == "add":
                return True
            names = below.names - seen if below else frozenset()
            waiting += names
            seen |= names
        return False

    def _first_known(self, code: str, periods: Sequence[Period]) -> Brought:
        """The first of them with a figure; else what is missing from the first."""
        first: Brought | None = None
        for period in periods:
            value = self._exact(code, period)
            if not isinstance(value, Missing):
                return Brought(value, period)
            first = first or Brought(value, period)
        assert first is not None
        return first

    def _exact(self, code: str, period: Period) -> Result:
        """The figure for exactly that period: filed, or by the formula."""
        expression = self.context.formula(code)
        if expression is None:
            return self.context.value(code, period)
        key = (code, period)
        if key not in self._figures:
            if self.nesting + expression.depth > FORMULA_TOWER_MAX:
                return Missing(TOO_DEEP, (code,))
            self._figures[key] = Missing(CYCLE, (code,))
            outside = self.code, self.bound
            self.code = self.bound = code
            self.nesting += expression.depth
            self._figures[key] = self.result(expression.root, period)
            self.nesting -= expression.depth
            self.code, self.bound = outside
        return self._figures[key]


class _TooMuchError(Exception):
    """The evaluation has taken all the steps that it may."""


def _constant(_run: Run, node: nodes.Constant, _period: Period) -> Result:
    return node.value


def _indicator(run: Run, node: nodes.Indicator, period: Period) -> Result:
    return run.brought(node.code, period).value


def _bound(run: Run, _node: nodes.Bound, period: Period) -> Result:
    return run.brought(run.bound, period).value


def _parameter(run: Run, node: nodes.Parameter, _period: Period) -> Result:
    found = run.context.catalogue.parameters.get(node.code)
    return _fraction(found.value) if found else Missing(UNKNOWN, (node.code,))


@lru_cache(maxsize=1024)
def _fraction(text: str) -> Fraction:
    return Fraction(quantity.parse(text), quantity.SCALE)


def _negative(run: Run, node: nodes.Negative, period: Period) -> Result:
    found = run.numbers((node.operand,), period)
    return found if isinstance(found, Missing) else -found[0]


def _sum(run: Run, node: nodes.Sum, period: Period) -> Result:
    found = run.numbers(node.operands, period)
    if isinstance(found, Missing):
        return found
    total: Fraction | Missing = found[0]
    for number, minus in zip(found[1:], node.minus[1:], strict=True):
        if isinstance(total, Missing):
            return total
        total = bounded(total - number if minus else total + number)
    return total


def _product(run: Run, node: nodes.Product, period: Period) -> Result:
    found = run.numbers(node.operands, period)
    if isinstance(found, Missing):
        return found
    total: Fraction | Missing = found[0]
    for operand, number, below in zip(node.operands[1:], found[1:], node.below[1:], strict=True):
        if isinstance(total, Missing):
            return total
        if below and not number:
            return Missing(DIVISION, run.named(operand))
        total = bounded(total / number if below else total * number)
    return total


_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "==": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}


def _compare(run: Run, node: nodes.Compare, period: Period) -> Result:
    """Numbers with numbers; truths only with truths and only for being equal."""
    values = [run.result(one, period) for one in node.operands]
    lacking = [one for one in values if isinstance(one, Missing)]
    if lacking:
        return merged(lacking)
    if len({type(one) for one in values}) > 1:
        return Missing(WRONG_KIND, tuple(name for one in node.operands for name in run.named(one)))
    if isinstance(values[0], bool) and not {"==", "!="}.issuperset(node.signs):
        return Missing(WRONG_KIND, tuple(name for one in node.operands for name in run.named(one)))
    pairs = zip(node.signs, values, values[1:], strict=False)
    return all(_SIGNS[sign](left, right) for sign, left, right in pairs)


def _all(run: Run, node: nodes.All, period: Period) -> Result:
    return _decided(run, node.operands, period, by=False)


def _any(run: Run, node: nodes.Any, period: Period) -> Result:
    return _decided(run, node.operands, period, by=True)


def _decided(run: Run, operands: Sequence[Node], period: Period, *, by: bool) -> Result:
    """One operand that decides is enough, whatever the unknown ones would have been."""
    lacking: list[Missing] = []
    for node in operands:
        value = run.result(node, period)
        if value is by:
            return by
        if isinstance(value, Missing):
            lacking.append(value)
        elif not isinstance(value, bool):
            lacking.append(Missing(WRONG_KIND, run.named(node)))
    return merged(lacking) if lacking else not by


def _not(run: Run, node: nodes.Not, period: Period) -> Result:
    value = run.result(node.operand, period)
    if isinstance(value, Missing):
        return value
    return not value if isinstance(value, bool) else Missing(WRONG_KIND, run.named(node.operand))


def _count_if(run: Run, node: nodes.CountIf, period: Period) -> Result:
    held = run.context.count_if(run.code, node.ordinal, period)
    if held is not None:
        return held
    value = run.result(node.condition.root, period)
    return Fraction(value) if isinstance(value, bool) else value


_NODES: dict[type[Node], Callable[[Run, Any, Period], Result]] = {
    nodes.Constant: _constant,
    nodes.Indicator: _indicator,
    nodes.Bound: _bound,
    nodes.Parameter: _parameter,
    nodes.Negative: _negative,
    nodes.Sum: _sum,
    nodes.Product: _product,
    nodes.Compare: _compare,
    nodes.All: _all,
    nodes.Any: _any,
    nodes.Not: _not,
    nodes.CountIf: _count_if,
}
