"""Every way in which one module is changed: one operator, constant, condition or statement at a time."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import NamedTuple

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
_CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Mutant(NamedTuple):
    """One change. `function` is the outermost function that it is in, '' where it is in none."""

    file: str
    line: int
    text: str
    change: str
    function: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """How lists name it: the line as it stands, and the change."""
        return f"{self.file}: {self.text}: {self.change}"


def mutants(file: str, source: str) -> list[Mutant]:
    """All changes of a module, in the order of its lines."""
    tree = ast.parse(source)
    lines = source.splitlines()
    found = []
    for path, function in _places(tree, (), ""):
        for change, changed in _changes(_at(tree, path)):
            whole = copy.deepcopy(tree)
            _put(whole, path, changed)
            node = _at(tree, path)
            line = (node.target if isinstance(node, ast.comprehension) else node).lineno  # type: ignore[attr-defined]  # whatever is changed has one
            found.append(Mutant(file, line, lines[line - 1].strip(), change, function, whole))
    return sorted(found, key=lambda one: one.line)


_PASSED_OVER = {"annotation", "returns", "type_comment", "decorator_list", "bases", "keywords"}
_Path = tuple[tuple[str, int | None], ...]


def _places(node: ast.AST, path: _Path, function: str) -> Iterator[tuple[_Path, str]]:
    """Where each node that may be changed is, and in which function: never in an annotation."""
    for name, value in ast.iter_fields(node):
        if name in _PASSED_OVER and not isinstance(node, ast.Call):
            continue
        for index, one in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(one, ast.AST) or _is_passed_over(node, one, name, index):
                continue
            here = (*path, (name, index))
            inside = _inside(node, one, name, function)
            yield here, inside
            yield from _places(one, here, inside)


def _inside(parent: ast.AST, node: ast.AST, field: str, function: str) -> str:
    """The outermost function's name once the node lies in its body."""
    if "()" in function:
        return function
    if isinstance(parent, Function) and field == "body":
        return f"{function}()"
    if isinstance(node, Function | ast.ClassDef):
        return f"{function}.{node.name}".lstrip(".")
    return function


def _is_passed_over(parent: ast.AST, node: ast.AST, field: str, index: int | None) -> bool:
    docstring = (
        field == "body" and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )
    names = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    alias = isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(
        parent, ast.ClassDef | ast.Module
    )
    aliased = (
        alias and _is_type(node.value) if isinstance(node, ast.Assign | ast.AnnAssign) else False
    )
    return (
        docstring or names or aliased or isinstance(node, ast.Assert | ast.Import | ast.ImportFrom)
    )


def _is_type(value: ast.expr | None) -> bool:
    """Whether an assignment only names a type: it is for checkers, and nothing runs differently."""
    text = ast.unparse(value) if value is not None else ""
    return text.startswith(("NewType(", "TypeVar(", "Callable[", "Mapping[", "Annotated[", "dict["))


def _at(tree: ast.AST, path: _Path) -> ast.AST:
    node = tree
    for name, index in path:
        value = getattr(node, name)
        node = value if index is None else value[index]
    return node


def _put(tree: ast.AST, path: _Path, changed: ast.AST) -> None:
    *above, (name, index) = path
    holder = _at(tree, tuple(above))
    ast.copy_location(changed, _at(tree, path))
    if index is None:
        setattr(holder, name, changed)
    else:
        getattr(holder, name)[index] = changed
    ast.fix_missing_locations(tree)


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Compare():
            yield from _compared(node)
        case ast.BoolOp():
            yield from _joined(node)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield f"without {type(node.op).__name__}", node.operand
        case ast.BinOp():
            other = _OPERATORS.get(type(node.op))
            if other is not None:
                named = f"{type(node.op).__name__} to {other.__name__}"
                yield named, ast.BinOp(node.left, other(), node.right)
        case ast.Constant():
            for value in _others(node.value):
                yield f"{node.value!r} to {value!r}", ast.Constant(value)
        case ast.Call(func=ast.Name(id=name)) if name in _CALLED:
            other_name = ast.Name(_CALLED[name], ast.Load())
            yield f"{name} to {_CALLED[name]}", ast.Call(other_name, node.args, node.keywords)
        case ast.If() | ast.IfExp() | ast.While():
            if not isinstance(node.test, ast.Compare | ast.BoolOp | ast.UnaryOp):
                changed = copy.copy(node)
                changed.test = ast.UnaryOp(ast.Not(), node.test)
                yield "condition negated", changed
        case ast.comprehension() if node.ifs:
            yield (
                "without its condition",
                ast.comprehension(node.target, node.iter, [], node.is_async),
            )
        case _:
            yield from _statements(node)


def _statements(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Return(value=value) if value and ast.unparse(value) not in {"None", "False"}:
            yield "returns None", ast.Return(ast.Constant(None))
        case ast.AugAssign():
            other = _OPERATORS.get(type(node.op))
            if other is not None:
                yield (
                    f"{type(node.op).__name__} to {other.__name__}",
                    ast.AugAssign(node.target, other(), node.value),
                )
            yield "left out", ast.Pass()
        case ast.Expr(value=ast.Call() | ast.Await() | ast.Yield() | ast.YieldFrom()):
            yield "left out", ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]) | ast.Raise() | ast.Delete():
            yield "left out", ast.Pass()
        case ast.Break():
            yield "break to continue", ast.Continue()
        case ast.Continue():
            yield "continue to break", ast.Break()


def _compared(node: ast.Compare) -> Iterator[tuple[str, ast.AST]]:
    for at, sign in enumerate(node.ops):
        for other in _COMPARISONS[type(sign)]:
            signs = [*node.ops[:at], other(), *node.ops[at + 1 :]]
            named = f"{type(sign).__name__} {at} to {other.__name__}"
            yield named, ast.Compare(node.left, signs, node.comparators)


def _joined(node: ast.BoolOp) -> Iterator[tuple[str, ast.AST]]:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield f"{type(node.op).__name__} to {type(other).__name__}", ast.BoolOp(other, node.values)
    for at in range(len(node.values)):
        rest = [*node.values[:at], *node.values[at + 1 :]]
        left = rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
        yield f"without operand {at}", left


def _others(value: object) -> tuple[int | str | bytes, ...]:
    match value:
        case bool():
            return (not value,)
        case int():
            return (value + 1, value - 1) if value > 1 else (value + 1,)
        case str():
            return (f"{value}XX",)
        case bytes():
            return (value + b"XX",)
    return ()
