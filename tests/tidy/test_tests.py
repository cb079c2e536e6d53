"""The tests state claims, wait for nothing, and prove each guarantee by name."""

from __future__ import annotations

import ast
import re
from collections import Counter

from tests.tidy.source import DESIGNED, ROOT, calls, functions, modules, texts

# A guarantee opens a list item of a DESIGN.md: `- **L3** …`; a test's docstring cites it: `(L3)`.
GUARANTEE = re.compile(r"^[-*] \*\*([A-Z]\d{1,3})\b", re.MULTILINE)
CITED = re.compile(r"\(([A-Z]\d{1,3}(?:, [A-Z]\d{1,3})*)\)")
HEADINGS = ("## Guarantees", "## Key decisions and trade-offs")


def claims() -> dict[str, str]:
    """The docstring of each test, by file and name."""
    return {
        f"{module.name} {function.name}": ast.get_docstring(function) or ""
        for module in modules("tests")
        for function in functions(module.tree)
        if function.name.startswith("test_")
    }


def guarantees() -> Counter[str]:
    """Every guarantee that a DESIGN.md numbers, with how often."""
    designs = (text for name, text in texts().items() if name.endswith("DESIGN.md"))
    return Counter(number for text in designs for number in GUARANTEE.findall(text))


def test_every_test_says_what_it_claims() -> None:
    """Each test function has a docstring."""
    assert [name for name, claim in claims().items() if not claim] == []


def test_no_test_sleeps() -> None:
    """A test waits for what it waits for, not for a while; `sleep(0)` only gives way."""
    sleeping = [
        f"{module.name}: {ast.unparse(call)}"
        for module in modules("tests")
        for name, call in calls(module.tree)
        if name.split(".")[-1] == "sleep" and ast.unparse(call).split("(")[1] != "0)"
    ]

    assert sleeping == []


def test_every_package_tells_its_design() -> None:
    """Each package has a DESIGN.md with its guarantees and its decisions."""
    wanting = [
        f"{package}/DESIGN.md: {heading}"
        for package in DESIGNED
        if (ROOT / package).is_dir()
        for heading in HEADINGS
        if heading not in texts().get(f"{package}/DESIGN.md", "")
    ]

    assert wanting == []


def test_no_two_guarantees_share_a_number() -> None:
    """A number stands for one guarantee in the whole repository."""
    assert [number for number, times in guarantees().items() if times > 1] == []


def test_every_guarantee_has_a_test_and_every_cited_one_exists() -> None:
    """What a DESIGN.md guarantees some test proves, and names."""
    cited = {
        number
        for claim in claims().values()
        for numbers in CITED.findall(claim)
        for number in numbers.split(", ")
    }

    assert sorted(guarantees().keys() ^ cited) == []
