"""A formula as a person reads it: once with the names of its operands, once with their figures."""

from __future__ import annotations

from typing import NamedTuple

from sync import formula_nodes as nodes
from sync import quantity
from sync.catalogue import Catalogue, Indicator
from sync.evaluate import Run
from sync.figure import Missing, Result
from sync.formula import Expression
from sync.formula_nodes import Node
from sync.period import Period
from sync.rollup import RollupContext
from sync.screens.figures import figure_units
from sync.screens.formats import quantity_words
from sync.texts import Language, known, say

__all__ = ["Piece", "pieces", "result_words"]

_LEAVES = frozenset({"PY", "PREV", "PREV_IN_YEAR", "AVG2", "YOY", "YTD", "COUNT"})
_SIGNS = {"==": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}


class Piece(NamedTuple):
    """A sign of a formula, or one operand: its name, and the figure that it came to.

    `code` names the indicator that an operand is about, to be explained in its turn, '' for none.
    """

    name: str
    figure: str
    code: str = ""
    period: str = ""


def pieces(
    expression: Expression, code: str, context: RollupContext, period: Period, language: Language
) -> list[Piece]:
    """The formula of a derived indicator, operand by operand, over the sums of one place."""
    run = Run(context, code)
    run.code = code
    found = _Reader(run, period, language).of(expression.root, 0)
    return [
        piece._replace(figure=f"({piece.figure})") if at and piece.figure.startswith("-") else piece
        for at, piece in enumerate(found)
    ]


def result_words(value: Result, language: Language, indicator: Indicator | None = None) -> str:
    """A figure for a person, '?' where there is none."""
    if isinstance(value, Missing):
        return "?"
    if isinstance(value, bool):
        return say("field-flag-yes" if value else "field-flag-no", language)
    units = figure_units(value, indicator) if indicator else quantity.rounded(value)
    return quantity_words(units, language=language)


class _Reader:
    """Reads nodes from the outside in; `outer` says how tightly what stands around them binds."""

    def __init__(self, run: Run, period: Period, language: Language) -> None:
        self._run = run
        self._period = period
        self._language = language
        self._catalogue: Catalogue = run.context.catalogue

    def of(self, node: Node, outer: int) -> list[Piece]:
        match node:
            case nodes.Sum():
                signs = [" − " if minus else " + " for minus in node.minus]
                return self._chain(node.operands, signs, 2, outer)
            case nodes.Product():
                signs = [" ÷ " if below else " × " for below in node.below]
                return self._chain(node.operands, signs, 3, outer)
            case nodes.Compare():
                signs = ["", *(f" {_SIGNS[sign]} " for sign in node.signs)]
                return self._chain(node.operands, signs, 1, outer)
            case nodes.All() | nodes.Any():
                word = "explain-and" if isinstance(node, nodes.All) else "explain-or"
                sign = f" {say(word, self._language)} "
                return self._chain(node.operands, [sign] * len(node.operands), 0, outer + 1)
            case nodes.Negative():
                return [_sign("−"), *self.of(node.operand, 4)]
            case nodes.Not():
                return [_sign(say("explain-not", self._language)), *self.of(node.operand, 4)]
            case nodes.Call() if node.name not in _LEAVES:
                return self._call(node)
        return [self._leaf(node)]

    def _chain(
        self, operands: tuple[Node, ...], signs: list[str], inner: int, outer: int
    ) -> list[Piece]:
        found: list[Piece] = []
        for at, (operand, sign) in enumerate(zip(operands, signs, strict=True)):
            if at:
                found.append(_sign(sign))
            elif sign.strip() in ("−", "÷"):
                found.append(_sign(sign.lstrip() if sign.strip() == "−" else "1 ÷ "))
            found += self.of(operand, inner + (at > 0 and sign.strip() in ("−", "÷")))
        return [_sign("("), *found, _sign(")")] if inner < outer else found

    def _call(self, node: nodes.Call) -> list[Piece]:
        found = [_sign(f"{node.name}(")]
        for at, operand in enumerate(node.operands):
            found += [_sign(", ")] * (at > 0) + self.of(operand, 0)
        if node.text:
            found.append(_sign(f", {node.text}"))
        return [*found, _sign(")")]

    def _leaf(self, node: Node) -> Piece:
        value = self._run.result(node, self._period)
        figure = result_words(value, self._language)
        match node:
            case nodes.Constant():
                return Piece(figure, figure)
            case nodes.Indicator():
                found = self._run.brought(node.code, self._period)
                indicator = self._catalogue.indicators.get(node.code)
                figure = result_words(value, self._language, indicator)
                return Piece(self._name(node.code), figure, node.code, found.period.text)
            case nodes.Parameter():
                return Piece(self._parameter(node.code), figure)
            case nodes.CountIf():
                condition = "".join(piece.name for piece in self.of(node.condition.root, 0))
                name = say("explain-count-if", self._language, condition=condition)
                return Piece(name, figure)
            case nodes.Call():
                return self._timed(node, figure)
        return Piece("VAL", figure)

    def _timed(self, node: nodes.Call, figure: str) -> Piece:
        if node.name == "COUNT":
            key = f"explain-level-{node.text.lower()}"
            return Piece(
                say("explain-count", self._language, level=self._level(key, node.text)), figure
            )
        inside = "".join(piece.name for piece in self.of(node.operands[0], 0))
        key = f"explain-time-{node.name.lower().replace('_', '-')}"
        name = say(key, self._language, x=inside, n=node.text or "1")
        operand = node.operands[0]
        is_plain = isinstance(operand, nodes.Indicator)
        code = operand.code if isinstance(operand, nodes.Indicator) else ""
        before = self._period.year_before() if node.name == "PY" and is_plain else self._period
        return Piece(name, figure, code, before.text if code else "")

    def _name(self, code: str) -> str:
        found = self._catalogue.indicators.get(code)
        return found.name.say(self._language) if found else code

    def _parameter(self, code: str) -> str:
        found = self._catalogue.parameters.get(code)
        return found.name.say(self._language) if found else code

    def _level(self, key: str, text: str) -> str:
        return say(key, self._language) if known(key) else text


def _sign(text: str) -> Piece:
    return Piece(text, text)
