"""Every place of the shipped hierarchies can be written on a machine with ordinary fonts."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files

from deploy.build_font import beyond_gbk

STATIC = files("sync.screens") / "static"
RULES = (STATIC / "rare.css").read_text("utf-8")


def test_each_character_of_the_hierarchies_is_in_gbk_or_in_a_shipped_font() -> None:
    """Windows' fonts hold what GBK does; `rare.css` says what the shipped ones hold (W6)."""
    shipped = {chr(int(code, 16)) for code in re.findall(r"U\+([0-9A-F]+)", RULES)}

    assert beyond_gbk()
    assert beyond_gbk() - shipped == set()


def test_the_fonts_are_those_that_the_rules_were_written_for() -> None:
    """A font that is built anew brings its rules with it."""
    said = re.findall(r'sha256 ([0-9a-f]{64}).*?url\("([\w.-]+)"\)', RULES, re.DOTALL)
    here = [(hashlib.sha256((STATIC / name).read_bytes()).hexdigest(), name) for _, name in said]

    assert said == here
    assert len(said) == 2


def test_the_fonts_come_with_their_licence() -> None:
    """Whoever gets the fonts gets the words that they are free under, and whose they are."""
    licence = (STATIC / "rare.OFL.txt").read_text("utf-8")

    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "Adobe" in licence
    assert "GlyphWiki Project" in licence
