"""All definitions of a realm as one whole that holds together.

A `Catalogue` refuses a set of definitions with unknown names, loops, doubles or formulas that do
not parse, so that whoever has one can evaluate each formula and rule of it without surprise. It
parses every formula once; the definitions themselves are in `sync.definition`, and `sync.pack`
reads and writes the files of a pack.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from sync import soundness
from sync.definition import (
    Check,
    Definition,
    Form,
    Indicator,
    Pack,
    Parameter,
    Words,
    canonical,
    kind_of,
    read,
)
from sync.formula import Expression
from sync.ids import tagged_hash
from sync.limits import INDICATORS_MAX
from sync.period import Kind
from sync.problems import Problem
from sync.rulebook import RuleBook

__all__ = [
    "Catalogue",
    "Check",
    "Definition",
    "Form",
    "Indicator",
    "Kind",
    "Pack",
    "Parameter",
    "Words",
    "canonical",
    "kind_of",
    "read",
]

VERSION_BYTES = 8


class Catalogue:
    """Indicators, forms, checks, parameters and packs by code; never changed once built."""

    def __init__(
        self,
        definitions: Iterable[Definition] = (),
        files: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        """Raises the problems `definition-…` and `catalogue-too-large`.

        `files` names, by kind and code, the file that a definition was read from.
        """
        self._files = files or {}
        self.indicators: dict[str, Indicator] = {}
        self.forms: dict[str, Form] = {}
        self.checks: dict[str, Check] = {}
        self.parameters: dict[str, Parameter] = {}
        self.packs: dict[str, Pack] = {}
        for definition in definitions:
            self._add(definition)
        self.formulas: dict[str, Expression] = {
            code: soundness.parsed(self.where(one), "formula", one.formula)
            for code, one in self.indicators.items()
            if one.formula
        }
        self.rules: dict[str, Expression] = {
            code: soundness.parsed(self.where(one), "rule", one.rule)
            for code, one in self.checks.items()
        }
        self.values: dict[str, dict[str, Expression]] = {
            code: {
                name: soundness.parsed(self.where(one), name, text)
                for name, text in one.values.items()
            }
            for code, one in self.checks.items()
        }
        soundness.check(self)

    @cached_property
    def rulebook(self) -> RuleBook:
        """The checks' rules, found by the codes that they look at."""
        return RuleBook(self)

    @cached_property
    def version(self) -> str:
        """16 hexadecimal digits that are the same wherever the same definitions are in force."""
        texts = [f"{kind_of(one)} {one.code} {canonical(one)}" for one in self.definitions()]
        return tagged_hash("catalogue", *(text.encode() for text in texts))[:VERSION_BYTES].hex()

    def definitions(self) -> list[Definition]:
        """All of them, in an order that does not depend on how they came in."""
        return [
            held[code]
            for held in (self.packs, self.parameters, self.indicators, self.forms, self.checks)
            for code in sorted(held)
        ]

    def cells(self) -> list[tuple[str, str, str]]:
        """Kind, code and canonical text of each definition, as the realm's place holds them."""
        return [(kind_of(one), one.code, canonical(one)) for one in self.definitions()]

    @classmethod
    def from_cells(cls, cells: Iterable[tuple[str, str, str]]) -> Catalogue:
        """The inverse of `cells`. Raises what the constructor raises, and `definition-unreadable`."""
        return cls(read(kind, text) for kind, _, text in cells)

    def where(self, definition: Definition) -> str:
        """How problems name it: its file, or its kind, and its code."""
        kind = kind_of(definition)
        return f"{self._files.get((kind, definition.code), kind)} {definition.code}"

    def _add(self, definition: Definition) -> None:
        kind = kind_of(definition)
        held: dict[str, Definition] = getattr(self, f"{kind}s")
        if definition.code in held:
            raise Problem("definition-twice", where=self.where(definition), other=kind)
        held[definition.code] = definition
        if len(held) > INDICATORS_MAX:
            raise Problem("catalogue-too-large", count=len(held), most=INDICATORS_MAX)
