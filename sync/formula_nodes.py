"""What a parsed formula is made of: small immutable nodes, and the signatures of the functions.

Chains such as `a + b - c` are one node with many operands, so that the sum of a hundred
indicators is no deeper than the sum of two.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

__all__ = [
    "FUNCTIONS",
    "All",
    "Any",
    "Argument",
    "Bound",
    "Call",
    "Compare",
    "Constant",
    "CountIf",
    "Expression",
    "Indicator",
    "Negative",
    "Node",
    "Not",
    "Parameter",
    "Product",
    "Signature",
    "Sum",
    "express",
]


@dataclass(frozen=True, slots=True)
class Constant:
    """A number or a truth that stands in the text."""

    value: Fraction | bool


@dataclass(frozen=True, slots=True)
class Indicator:
    """The figure of an indicator."""

    code: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that an administrator sets."""

    code: str


@dataclass(frozen=True, slots=True)
class Bound:
    """The indicator that a check binds to VAL."""


@dataclass(frozen=True, slots=True)
class Negative:
    """Minus the operand."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Sum:
    """Operands added up, those marked in `minus` subtracted."""

    operands: tuple[Node, ...]
    minus: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """Operands multiplied, those marked in `below` divided by."""

    operands: tuple[Node, ...]
    below: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """A chain of comparisons: one more operand than signs."""

    operands: tuple[Node, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class All:
    """`and`."""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """`or`."""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`not`."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Call:
    """A function of figures; `text` is the literal argument: a level, a count or a key."""

    name: str
    operands: tuple[Node, ...]
    text: str


@dataclass(frozen=True, slots=True)
class CountIf:
    """How many places meet a condition; `ordinal` tells the conditions of one formula apart."""

    condition: Expression
    ordinal: int


Node = (
    Constant
    | Indicator
    | Parameter
    | Bound
    | Negative
    | Sum
    | Product
    | Compare
    | All
    | Any
    | Not
    | Call
    | CountIf
)


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed formula: its nodes, and what is known about them without evaluating.

    `names` are the indicators and parameters that it names, `depth` how deep its nodes are nested.
    """

    root: Node
    names: frozenset[str]
    uses_bound: bool
    conditions: tuple[CountIf, ...]
    depth: int


def express(root: Node) -> Expression:
    """The expression that those nodes are."""
    names, conditions, bound, deepest = set(), [], False, 0
    waiting = [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        if isinstance(node, Indicator | Parameter):
            names.add(node.code)
        elif isinstance(node, Bound):
            bound = True
        elif isinstance(node, CountIf):
            conditions.append(node)
        waiting += [(one, depth + 1) for one in _below(node)]
    conditions.sort(key=lambda one: one.ordinal)
    return Expression(root, frozenset(names), bound, tuple(conditions), deepest)


def _below(node: Node) -> tuple[Node, ...]:
    match node:
        case Negative() | Not():
            return (node.operand,)
        case Sum() | Product() | Compare() | All() | Any() | Call():
            return node.operands
        case CountIf():
            return (node.condition.root,)
    return ()


class Argument(Enum):
    """What may stand in one place of a function's brackets, as problems show it."""

    FIGURE = "x"
    CODE = "CODE"
    LEVEL = "LEVEL"
    WHOLE = "n"
    KEY = '"key"'


@dataclass(frozen=True, slots=True)
class Signature:
    """A function's arguments; the last `optional` may be left out, `many` repeats the last."""

    arguments: tuple[Argument, ...]
    optional: int = 0
    many: bool = False

    def shown(self, name: str) -> str:
        """How it is written, such as `PREV(x, n)`."""
        return f"{name}({', '.join(one.value for one in self.arguments)}{', …' * self.many})"


_X = Argument.FIGURE
_CODE = Argument.CODE
FUNCTIONS: dict[str, Signature] = {
    **dict.fromkeys(("PY", "AVG2", "YOY", "PREV_IN_YEAR"), Signature((_X,))),
    "PREV": Signature((_X, Argument.WHOLE), optional=1),
    "YTD": Signature((_CODE,)),
    "COUNT": Signature((Argument.LEVEL,)),
    "COUNTIF": Signature((_X,)),
    "ABS": Signature((_X,)),
    **dict.fromkeys(("MIN", "MAX"), Signature((_X,), many=True)),
    "ROUND": Signature((_X, Argument.WHOLE), optional=1),
    **dict.fromkeys(("IF", "IN", "NEAR"), Signature((_X, _X, _X))),
    **dict.fromkeys(("KNOWN", "MISSING", "YES", "NO", "WHOLE"), Signature((_X,))),
    **dict.fromkeys(("DECIMALS_OK", "HAS_REASON"), Signature((_CODE,))),
    **dict.fromkeys(("PEER_MEDIAN", "PEER_MAD", "SAME_AMONG_SIBLINGS"), Signature((_CODE,))),
    **dict.fromkeys(("PREFILL", "ADJUSTED", "SUM_BELOW"), Signature((_CODE,))),
    "EXTERNAL": Signature((Argument.KEY,)),
    **dict.fromkeys(("PLACE_ACTIVE", "CODE_VALID", "PARENT_EXISTS"), Signature(())),
}
