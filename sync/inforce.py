"""The catalogue in force, from the definition cells of the realm's place.

A definition that does not hold together with the others (two administrators may define at the same
time, or a later edition may bring what this software cannot read) is left out, and everything else
goes on: what was accepted must never stop other commits, nor a laptop from recording. The same
cells give the same catalogue at both ends.
"""

from __future__ import annotations

from collections.abc import Mapping

from sync.catalogue import Catalogue
from sync.definition import Definition, read
from sync.problems import Problem

__all__ = ["FIELD", "Texts", "in_force"]

FIELD = "definition"

Texts = Mapping[tuple[str, str], str]
"""Canonical texts by kind and code."""


def in_force(texts: Texts) -> Catalogue:
    """The catalogue of all definitions that can be read and hold together."""
    definitions: dict[str, Definition] = {}
    for (kind, code), text in sorted(texts.items()):
        try:
            one = read(kind, text)
        except Problem:
            continue
        if one.code == code:
            definitions[f"{kind} {code}"] = one
    while True:
        try:
            return Catalogue(definitions.values())
        except Problem as problem:
            faulty = str(problem.values.get("where", ""))
            if definitions.pop(faulty, None) is None:
                definitions.popitem()
