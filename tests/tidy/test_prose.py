"""The prose is true of this repository and speaks of no other place."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from tests.tidy.source import PACKAGES, ROOT, texts

# Put together here, so that this file doesn't hold what it looks for.
REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("yarnpkg", "com"),
            ("crates", "io"),
            ("deb", "debian", "org"),
            ("rubygems", "org"),
            ("golang", "org"),
            ("npmmirror", "com"),
        )
    )
)
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+|tmp/\w+)/|[A-Z]:\\Users")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
FILE = re.compile(r"`((?:sync|server|field_client|deploy|tests)/[\w./-]+)`")


def test_no_file_names_the_host_of_a_package_registry() -> None:
    """Where packages come from is the machine's setting, not the repository's."""
    assert [name for name, text in texts().items() if REGISTRIES.search(text)] == []


def test_no_file_names_a_path_of_one_machine() -> None:
    """Nothing points into somebody's home or a folder of the machine it was written on."""
    found = {name: MACHINE_PATHS.findall(text) for name, text in texts().items()}
    del found["tests/tidy/test_prose.py"]

    assert {name: paths for name, paths in found.items() if paths} == {}


def test_every_link_and_every_file_named_in_a_document_exists() -> None:
    """A document leads to files that are there."""
    gone = []
    for name, text in texts().items():
        if name.endswith(".md"):
            here = (ROOT / name).parent
            gone += [f"{name}: {link}" for link in LINK.findall(text) if not (here / link).exists()]
            gone += [f"{name}: {file}" for file in FILE.findall(text) if not (ROOT / file).exists()]

    assert gone == []


@pytest.mark.parametrize("package", PACKAGES)
def test_the_code_under_test_is_this_checkout(package: str) -> None:
    """Package names as short as these exist elsewhere; what is tested is what lies here."""
    file = import_module(package).__file__

    assert file is not None
    assert Path(file).parent == ROOT / package
