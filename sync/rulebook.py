"""The rules of a catalogue, parsed, and found by the indicators that they look at.

A check with `each` is one rule for each code bound to VAL. A rule looks at the codes that it names
and, where those are derived, at the codes of their formulas: so a change of one entered value leads
to every rule that it can break, and to no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from sync import formula
from sync import formula_nodes as nodes
from sync.definition import Check
from sync.formula import Expression
from sync.period import Kind

if TYPE_CHECKING:
    from sync.catalogue import Catalogue

__all__ = ["Rule", "RuleBook", "walked"]

_YEAR_BACK = {"PY", "YOY", "AVG2"}
_PERIODS_BACK = {"PREV", "PREV_IN_YEAR"}


class Rule(NamedTuple):
    """One check with one code bound to VAL (or '').

    `levels` are where it runs, any level if empty; `period` is what it runs for, any kind if None.
    `cells` are the entered codes that it looks at, the bound one first. It looks back at so many
    periods, and perhaps at last year: a figure's change can break it for as many periods ahead.
    """

    check: Check
    bound: str
    expression: Expression
    values: dict[str, Expression]
    levels: tuple[str, ...]
    period: Kind | None
    cells: tuple[str, ...]
    periods_back: int
    looks_at_last_year: bool


class RuleBook:
    """All rules in the order of their check and bound code, and which of them a code concerns."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.rules: tuple[Rule, ...] = tuple(
            _rule(catalogue, check, bound)
            for _, check in sorted(catalogue.checks.items())
            for bound in check.each or ("",)
        )
        self._general: list[int] = []
        self._concerned: dict[str, list[int]] = {}
        for at, rule in enumerate(self.rules):
            codes = _reached(catalogue, _named(rule.bound, rule.expression))
            if not codes:
                self._general.append(at)
            for code in codes:
                self._concerned.setdefault(code, []).append(at)

    def concerned(self, codes: Iterable[str]) -> list[Rule]:
        """The rules that a change of these codes can break, and those that look at no code."""
        places = set(self._general)
        for code in codes:
            places.update(self._concerned.get(code, ()))
        return [self.rules[at] for at in sorted(places)]


def _rule(catalogue: Catalogue, check: Check, bound: str) -> Rule:
    value = catalogue.indicators[bound] if bound else None
    levels = check.levels or ((value.level,) if value else ())
    period = check.period or (value.period if value else None)
    expression = catalogue.rules[check.code]
    reached = _reached(catalogue, _named(bound, expression))
    entered = [code for code in reached if catalogue.indicators[code].entered]
    formulas = [catalogue.formulas[code] for code in reached if code in catalogue.formulas]
    calls = [
        node
        for one in (expression, *formulas)
        for node in walked(one.root)
        if isinstance(node, nodes.Call)
    ]
    back = max((int(one.text or "1") for one in calls if one.name in _PERIODS_BACK), default=0)
    return Rule(
        check=check,
        bound=bound,
        expression=expression,
        values=catalogue.values[check.code],
        levels=levels,
        period=period,
        cells=tuple(entered or reached),
        periods_back=back,
        looks_at_last_year=any(one.name in _YEAR_BACK for one in calls),
    )


def walked(node: nodes.Node) -> Iterator[nodes.Node]:
    """The node and all under it, from left to right."""
    yield node
    match node:
        case nodes.CountIf(condition):
            yield from walked(condition.root)
        case nodes.Negative(operand) | nodes.Not(operand):
            yield from walked(operand)
        case nodes.Sum() | nodes.Product() | nodes.Compare() | nodes.All() | nodes.Any():
            yield from _all_walked(node.operands)
        case nodes.Call(operands=operands):
            yield from _all_walked(operands)


def _all_walked(operands: Iterable[nodes.Node]) -> Iterator[nodes.Node]:
    for operand in operands:
        yield from walked(operand)


def _named(bound: str, expression: Expression) -> list[str]:
    """The bound code, then those that the rule itself names."""
    return [*([bound] if bound else []), *sorted(formula.names(expression))]


def _reached(catalogue: Catalogue, codes: Iterable[str]) -> list[str]:
    """The indicators among the codes and below them, through formulas, each once."""
    reached: dict[str, None] = {}
    waiting = [code for code in codes if code in catalogue.indicators]
    while waiting:
        code = waiting.pop(0)
        if code not in reached:
            reached[code] = None
            expression = catalogue.formulas.get(code)
            below = sorted(formula.names(expression)) if expression else []
            waiting += [name for name in below if name in catalogue.indicators]
    return list(reached)
