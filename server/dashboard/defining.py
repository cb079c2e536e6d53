"""An indicator's definition in words: its formula by names, how it adds up, what became of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from server.dashboard.board_view import level_words
from server.dashboard.editions import Edition, is_break
from sync.catalogue import Catalogue, Form, Indicator
from sync.places import LEVELS
from sync.texts import Language, known, say

__all__ = ["Step", "asked_by", "formula_words", "history", "rule_words", "used_by"]

_TOKEN = re.compile(r"[A-Za-z_]\w*|[<>=!]=|[\d.]+|\S")
_SIGNS = {"*": "×", "/": "÷", "-": "−", ">=": "≥", "<=": "≤", "==": "=", "!=": "≠"}
_BARE = frozenset("(),")


class Step(NamedTuple):
    """One edition, whether it breaks with the one before, and the fields in which it differs."""

    edition: Edition
    broken: bool
    fields: tuple[str, ...]


def formula_words(catalogue: Catalogue, formula: str, language: Language) -> str:
    """The formula with names for codes and signs as they are written by hand."""
    found = ""
    for token in _TOKEN.findall(formula):
        word = _word(catalogue, token, language)
        found += word if token in _BARE or token.isalnum() or "_" in token else f" {word} "
    return " ".join(found.split())


def rule_words(indicator: Indicator, language: Language) -> str:
    """How figures become one over places, and over time."""
    space = say(f"rule-space-{indicator.space}", language)
    return f"{space} {say(f'rule-time-{indicator.time}', language)}".strip()


def asked_by(catalogue: Catalogue, code: str) -> list[Form]:
    """The forms that ask for it."""
    return [form for _, form in sorted(catalogue.forms.items()) if code in form.items]


def used_by(catalogue: Catalogue, code: str) -> list[Indicator]:
    """The indicators that are calculated from it."""
    return [
        catalogue.indicators[other]
        for other, expression in sorted(catalogue.formulas.items())
        if code in expression.names and other in catalogue.indicators
    ]


def history(editions: Sequence[Edition]) -> list[Step]:
    """The editions, the latest first."""
    steps = [Step(editions[0], broken=False, fields=())] if editions else []
    for before, after in pairwise(editions):
        fields = tuple(
            field
            for field in Indicator.__struct_fields__
            if getattr(before.definition, field) != getattr(after.definition, field)
        )
        broken = is_break(before.definition, after.definition)
        steps.append(Step(after, broken, fields))
    return steps[::-1]


def _word(catalogue: Catalogue, token: str, language: Language) -> str:
    if token in catalogue.indicators:
        return catalogue.indicators[token].name.say(language)
    if token in catalogue.parameters:
        one = catalogue.parameters[token]
        return say("formula-parameter", language, name=one.name.say(language), value=one.value)
    if known(f"formula-{token}"):
        return say(f"formula-{token}", language)
    if token.lower() in LEVELS:
        return level_words(token.lower(), language)
    return _SIGNS.get(token, token)
