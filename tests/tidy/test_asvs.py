"""The table of server/DESIGN.md against OWASP ASVS 4.0.3: whole, and true of the tests that it names."""

from __future__ import annotations

import ast
import re

import pytest

from tests.tidy.source import ROOT, functions, texts

HEADING = "## Against OWASP ASVS 4.0.3, level 2"
NAMED = re.compile(r"`(tests/[\w./]+\.py)::(\w+)`")
REASON_CHARS_MIN = 10

# The last number of each section, and what of it is level 3 alone or was deleted.
SECTIONS = {
    "2.1": 12,
    "2.2": 3,
    "2.3": 3,
    "2.4": 6,
    "2.5": 7,
    "2.6": 3,
    "2.7": 6,
    "2.8": 7,
    "2.9": 3,
    "2.10": 4,
    "3.1": 1,
    "3.2": 4,
    "3.3": 4,
    "3.4": 5,
    "3.5": 3,
    "3.7": 1,
    "4.1": 5,
    "4.2": 2,
    "4.3": 3,
    "5.1": 5,
    "5.2": 8,
    "5.3": 10,
    "5.4": 3,
    "5.5": 4,
    "6.1": 3,
    "6.2": 6,
    "6.3": 2,
    "6.4": 2,
    "7.1": 4,
    "7.2": 2,
    "7.3": 4,
    "7.4": 3,
    "8.1": 4,
    "8.2": 3,
    "8.3": 8,
    "9.1": 3,
    "9.2": 4,
    "10.2": 2,
    "10.3": 3,
    "11.1": 8,
    "12.1": 3,
    "12.2": 1,
    "12.3": 6,
    "12.4": 2,
    "12.5": 2,
    "12.6": 1,
    "13.1": 5,
    "13.2": 6,
    "13.3": 2,
    "13.4": 2,
    "14.1": 4,
    "14.2": 6,
    "14.3": 3,
    "14.4": 7,
    "14.5": 4,
}
NOT_ASKED = {"4.1.4", "7.3.2", "13.1.2", "13.2.4", "14.3.1"}


def rows() -> list[tuple[str, str]]:
    """The items of each row, and what is said of them."""
    _, _, table = texts()["server/DESIGN.md"].partition(HEADING)
    found = [line.split("|")[1:-1] for line in table.splitlines() if re.match(r"\| \d", line)]
    return [(items.strip(), "|".join(rest[1:]).strip()) for items, *rest in found]


def test_every_item_is_in_the_table_once() -> None:
    """All of levels 1 and 2 in the chapters that apply (S69)."""
    listed = [item for items, _ in rows() for item in items.split(", ")]
    asked = {f"{section}.{n + 1}" for section, last in SECTIONS.items() for n in range(last)}

    assert sorted(listed) == sorted(asked - NOT_ASKED)


@pytest.mark.parametrize("items,said", rows(), ids=[items for items, _ in rows()])
def test_what_the_table_names_exists(items: str, said: str) -> None:
    """Each row names tests that are there, or says why there is none (S69)."""
    named = NAMED.findall(said)
    if not named:
        assert said.startswith("— "), items
        assert len(said) > REASON_CHARS_MIN, items
    for file, name in named:
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        assert name in {one.name for one in functions(tree)}, f"{items}: {file}::{name}"
