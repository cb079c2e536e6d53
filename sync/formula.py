"""Formulas of indicators and checks: text in, nodes out, and never code that runs.

The text is first read token by token against an allow-list, then parsed as a Python expression
into a syntax tree, and what the allow-list of nodes knows is turned into the nodes of
`sync.formula_nodes`. Nothing is ever compiled or evaluated as Python. Columns in problems count
characters from 1.
"""

from __future__ import annotations

import ast
import keyword
import re
from dataclasses import dataclass
from fractions import Fraction

from sync import formula_nodes as nodes
from sync.formula_nodes import FUNCTIONS, Argument, Expression, Node, express
from sync.limits import FORMULA_CHARS_MAX, FORMULA_DEPTH_MAX
from sync.problems import Problem

__all__ = ["RESERVED", "Expression", "division", "name", "names", "parse", "uses_bound"]

BOUND = "VAL"
_TRUTHS = {"TRUE": True, "FALSE": False}
RESERVED: tuple[str, ...] = (BOUND, *_TRUTHS, *sorted(FUNCTIONS), *keyword.kwlist)
_WHOLE_MAX = 100
_PARAMETER = "P_"


def parse(text: str) -> Expression:
    """The expression that a formula's text says; whether its names exist is the catalogue's matter.

    Raises `formula-too-long`, `formula-unreadable`, `formula-syntax`, `formula-too-deep`,
    `formula-unknown-function`, `formula-arguments` and `formula-not-allowed`.
    """
    if len(text) > FORMULA_CHARS_MAX:
        raise Problem("formula-too-long", count=len(text), most=FORMULA_CHARS_MAX)
    _check_tokens(text)
    line = text.translate(_BLANKS)
    indent = len(line) - len(line.lstrip())
    try:
        tree = ast.parse(line.strip(), mode="eval")
    except SyntaxError as error:
        column = min(max(error.offset or 1, 1) + indent, len(text) + 1)
        raise Problem("formula-syntax", column=column, near=_near(text, column)) from error
    except (RecursionError, MemoryError) as error:
        raise _too_deep(1) from error
    return express(_Reader(line.strip(), indent).node(tree.body, 1))


def names(expression: Expression) -> frozenset[str]:
    """The codes of the indicators and parameters that it names."""
    return expression.names


def uses_bound(expression: Expression) -> bool:
    """Whether it looks at VAL."""
    return expression.uses_bound


def name(code: str) -> Expression:
    """The formula that is that code alone."""
    return express(_named(code))


def division(expression: Expression) -> tuple[Expression, Expression] | None:
    """What the formula divides by what, or None where the last thing it does is no division."""
    root = expression.root
    if not isinstance(root, nodes.Product) or not any(root.below):
        return None
    over, under = (
        tuple(one for one, below in zip(root.operands, root.below, strict=True) if below is wanted)
        for wanted in (False, True)
    )
    return _product(over), _product(under)


def _product(operands: tuple[Node, ...]) -> Expression:
    return express(nodes.Product(operands, (False,) * len(operands)))


def _named(code: str) -> Node:
    parameter = code.startswith(_PARAMETER)
    return nodes.Parameter(code) if parameter else nodes.Indicator(code)


_BLANKS = str.maketrans("\t\r\n", "   ")
_TOKEN = re.compile(
    r"""[ \t\r\n]+
    | (?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?![\w.])
    | (?P<name>[A-Za-z][A-Za-z0-9_]{0,31})(?![\w"'])
    | "[^"\\\x00-\x1f\x7f\ud800-\udfff]{0,200}"
    | '[^'\\\x00-\x1f\x7f\ud800-\udfff]{0,200}'
    | (?P<open>\() | (?P<close>\)) | ==|!=|<=|>= | [-+*/<>,]""",
    re.VERBOSE,
)


def _check_tokens(text: str) -> None:
    """Refuses what is not in the language before Python's parser sees it, and deep nesting."""
    at = depth = signs = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Problem("formula-unreadable", column=at + 1, near=_near(text, at + 1))
        word = match[0]
        depth += (match.lastgroup == "open") - (match.lastgroup == "close")
        if word in {"-", "+", "not"}:
            signs += 1
        elif not word.isspace():
            signs = 0
        if max(depth, signs) > FORMULA_DEPTH_MAX:
            raise _too_deep(at + 1)
        at = match.end()


def _near(text: str, column: int) -> str:
    """A few characters from there on, those that no screen shows replaced."""
    return "".join(one if one.isprintable() else "�" for one in text[column - 1 : column + 11])


def _too_deep(column: int) -> Problem:
    return Problem("formula-too-deep", column=column, most=FORMULA_DEPTH_MAX)


_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_SUM: tuple[type[ast.operator], type[ast.operator]] = (ast.Add, ast.Sub)
_PRODUCT: tuple[type[ast.operator], type[ast.operator]] = (ast.Mult, ast.Div)


@dataclass(slots=True)
class _Reader:
    """Turns one syntax tree into nodes; `conditions` counts those read so far."""

    text: str
    indent: int
    conditions: int = 0

    def node(self, tree: ast.expr, depth: int) -> Node:
        if depth > FORMULA_DEPTH_MAX:
            raise _too_deep(self._column(tree))
        match tree:
            case ast.Constant():
                return self._constant(tree)
            case ast.Name():
                return self._name(tree)
            case ast.Call(func=ast.Name(id=name), keywords=[]):
                return self._call(tree, name, depth + 1)
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                return nodes.Sum(*self._chain(tree, _SUM, depth + 1))
            case ast.BinOp(op=ast.Mult() | ast.Div()):
                return nodes.Product(*self._chain(tree, _PRODUCT, depth + 1))
            case ast.UnaryOp(op=ast.USub()):
                return nodes.Negative(self.node(tree.operand, depth + 1))
            case ast.UnaryOp(op=ast.UAdd()):
                return self.node(tree.operand, depth + 1)
            case ast.UnaryOp(op=ast.Not()):
                return nodes.Not(self.node(tree.operand, depth + 1))
            case ast.BoolOp(op=operator):
                operands = tuple(self.node(one, depth + 1) for one in tree.values)
                return nodes.All(operands) if isinstance(operator, ast.And) else nodes.Any(operands)
            case ast.Compare() if all(type(sign) in _COMPARISONS for sign in tree.ops):
                both = (tree.left, *tree.comparators)
                operands = tuple(self.node(one, depth + 1) for one in both)
                return nodes.Compare(operands, tuple(_COMPARISONS[type(one)] for one in tree.ops))
        raise self._refused("formula-not-allowed", tree)

    def _chain(
        self, tree: ast.expr, kinds: tuple[type[ast.operator], type[ast.operator]], depth: int
    ) -> tuple[tuple[Node, ...], tuple[bool, ...]]:
        """The operands of `a + b - c` from left to right, and which of them are taken away."""
        found: list[tuple[ast.expr, bool]] = []
        while isinstance(tree, ast.BinOp) and isinstance(tree.op, kinds):
            found.append((tree.right, isinstance(tree.op, kinds[1])))
            tree = tree.left
        found.append((tree, False))
        found.reverse()
        operands = tuple(self.node(one, depth) for one, _ in found)
        return operands, tuple(inverse for _, inverse in found)

    def _constant(self, tree: ast.Constant) -> Node:
        """The number as its digits say it; Python's own value may be a rounded one."""
        if type(tree.value) not in {int, float}:
            raise self._refused("formula-not-allowed", tree)
        assert tree.end_col_offset is not None
        digits = self.text.encode()[tree.col_offset : tree.end_col_offset].decode()
        return nodes.Constant(Fraction(digits))

    def _name(self, tree: ast.Name) -> Node:
        if tree.id in _TRUTHS:
            return nodes.Constant(_TRUTHS[tree.id])
        if tree.id == BOUND:
            return nodes.Bound()
        if tree.id in FUNCTIONS:
            raise self._arguments(tree, tree.id)
        return _named(tree.id)

    def _call(self, tree: ast.Call, name: str, depth: int) -> Node:
        signature = FUNCTIONS.get(name)
        if signature is None:
            column = self._column(tree)
            known = " ".join(sorted(FUNCTIONS))
            raise Problem("formula-unknown-function", name=name, column=column, known=known)
        kinds = signature.arguments
        if signature.many:
            kinds += kinds[-1:] * (len(tree.args) - len(kinds))
        if not len(kinds) - signature.optional <= len(tree.args) <= len(kinds):
            raise self._arguments(tree, name)
        if name == "COUNTIF":
            return self._count_if(tree.args[0], depth)
        operands, text = [], ""
        for kind, argument in zip(kinds, tree.args, strict=False):
            if kind in {Argument.FIGURE, Argument.CODE}:
                operands.append(self.node(argument, depth))
                if kind is Argument.CODE and not isinstance(
                    operands[-1], nodes.Indicator | nodes.Bound
                ):
                    raise self._arguments(tree, name)
            else:
                text = self._literal(kind, argument) or ""
                if not text:
                    raise self._arguments(tree, name)
        return nodes.Call(name, tuple(operands), text)

    def _count_if(self, tree: ast.expr, depth: int) -> Node:
        """Its condition is an expression of its own: it is evaluated for each place below."""
        before = self.conditions
        condition = express(self.node(tree, depth))
        if self.conditions > before:
            raise self._refused("formula-not-allowed", tree)
        self.conditions += 1
        return nodes.CountIf(condition, self.conditions)

    @staticmethod
    def _literal(kind: Argument, tree: ast.expr) -> str | None:
        """The text of a level, count or key, or None where something else stands."""
        match kind, tree:
            case Argument.LEVEL, ast.Name(id=name):
                return name.lower()
            case Argument.KEY, ast.Constant(value=str(text)):
                return text
            case Argument.WHOLE, ast.Constant(value=int(number)) if 0 <= number <= _WHOLE_MAX:
                return str(number)
        return None

    def _arguments(self, tree: ast.expr, name: str) -> Problem:
        expected = FUNCTIONS[name].shown(name)
        return Problem("formula-arguments", column=self._column(tree), expected=expected)

    def _refused(self, code: str, tree: ast.expr) -> Problem:
        assert tree.end_col_offset is not None
        part = self.text.encode()[tree.col_offset : tree.end_col_offset].decode()
        return Problem(code, column=self._column(tree), near=part[:40])

    def _column(self, tree: ast.expr) -> int:
        return len(self.text.encode()[: tree.col_offset].decode()) + self.indent + 1
