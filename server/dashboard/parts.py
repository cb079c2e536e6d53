"""What a sum is made of, where the catalogue names its parts: total income of its five kinds.

A derived indicator that adds up others names them in its formula; of one that is entered, a check
says which parts it should be the sum of.
"""

from __future__ import annotations

from sync.catalogue import Catalogue
from sync.formula_nodes import Call, Indicator, Node, Sum

__all__ = ["parts_of"]


def parts_of(catalogue: Catalogue, code: str) -> tuple[str, ...]:
    """The codes of the parts, in the order in which they are named; none where none are."""
    if code in catalogue.formulas:
        return _added(catalogue.formulas[code].root)
    for rule in catalogue.rules.values():
        node = rule.root
        if isinstance(node, Call) and node.name == "NEAR" and node.operands[0] == Indicator(code):
            return _added(node.operands[1])
    return ()


def _added(node: Node) -> tuple[str, ...]:
    if not isinstance(node, Sum) or any(node.minus):
        return ()
    codes = tuple(one.code for one in node.operands if isinstance(one, Indicator))
    return codes if len(codes) == len(node.operands) else ()
