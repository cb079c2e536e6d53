"""The files of the checkout and what can be read off them."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("sync", "server", "field_client", "deploy")
# Packages with guarantees of their own; each has a DESIGN.md.
DESIGNED = (*PACKAGES, "sync/ledger", "sync/roads", "sync/screens")
NOT_OURS = {"build", "dist", "node_modules", "__pycache__", "uv.lock"}
KEPT_HIDDEN = {".ci", ".gitignore"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Module(NamedTuple):
    """One Python file, parsed."""

    name: str
    path: Path
    text: str
    tree: ast.Module


@functools.cache
def files() -> tuple[Path, ...]:
    """Every file of the repository; git need not be there to ask."""
    return tuple(_below(ROOT))


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        hidden = path.name.startswith(".") and path.name not in KEPT_HIDDEN
        if hidden or path.name in NOT_OURS or path.name.endswith(".egg-info"):
            continue
        if path.is_dir():
            yield from _below(path)
        else:
            yield path


def name_of(path: Path) -> str:
    """The path as prose writes it."""
    return path.relative_to(ROOT).as_posix()


@functools.cache
def modules(*tops: str) -> tuple[Module, ...]:
    """The Python files under these folders of the checkout; all of them if none is given."""
    found = []
    for path in files():
        name = name_of(path)
        if path.suffix == ".py" and (not tops or name.split("/")[0] in tops):
            text = path.read_text("utf-8")
            found.append(Module(name, path, text, ast.parse(text)))
    return tuple(found)


@functools.cache
def texts() -> dict[str, str]:
    """Every file that holds text, by its name."""
    found = {}
    for path in files():
        content = path.read_bytes()
        if b"\0" not in content[:4096]:
            found[name_of(path)] = content.decode("utf-8", "replace")
    return found


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function and method, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def imported(tree: ast.AST) -> Iterator[str]:
    """The dotted name of everything that is imported, anywhere in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def dotted(node: ast.expr) -> str:
    """`a.b.c` as it is written, or '' for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr}" if base else ""
    return ""


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call of something that has a name, with that name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if name:
                yield name, node
