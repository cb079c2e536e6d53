"""Files and functions are short, and each package says where to begin."""

from __future__ import annotations

import ast
import re

from tests.tidy.source import Function, functions, modules, name_of

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 40
NAMED_FILE = re.compile(r"`([\w./-]+\.(?:py|sql|toml|md)|[\w./-]+/)`")


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    """A Python file has at most 400 lines."""
    long = {m.name: m.text.count("\n") for m in modules() if m.text.count("\n") > FILE_LINES_MAX}

    assert long == {}


def test_no_function_is_longer_than_a_screen() -> None:
    """A function has at most 40 lines, its docstring not counted."""
    long = [
        f"{module.name} {function.name}: {_lines(function)}"
        for module in modules()
        for function in functions(module.tree)
        if _lines(function) > FUNCTION_LINES_MAX
    ]

    assert long == []


def test_every_module_says_what_it_is() -> None:
    """Each module opens with a docstring of at least a sentence."""
    silent = [m.name for m in modules() if len(ast.get_docstring(m.tree) or "") < len("A word.")]

    assert silent == []


def test_every_file_that_a_package_names_exists() -> None:
    """The way in that a package's docstring tells leads to files that are there."""
    gone = []
    for module in modules():
        if module.path.name == "__init__.py":
            for name in NAMED_FILE.findall(ast.get_docstring(module.tree) or ""):
                tops = (module.path.parent, *module.path.parents)
                if not any((top / name).exists() for top in tops):
                    gone.append(f"{module.name}: {name}")

    assert gone == []


def test_no_test_folder_has_the_name_of_a_package() -> None:
    """A folder `sync` among the tests would be imported in the package's place."""
    taken = {"sync", "server", "field_client", "deploy"}
    folders = {name_of(m.path.parent) for m in modules("tests")}

    assert set() == {folder for folder in folders if taken & set(folder.split("/"))}


def _lines(function: Function) -> int:
    first = function.body[0]
    has_docstring = ast.get_docstring(function, clean=False) is not None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if has_docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring
