"""What a laptop's health is, in words: for its page, its command and the report that is sent on."""

from __future__ import annotations

import platform

from field_client.health import Facts, Finding, Weight, findings
from sync.problems import Problem
from sync.screens.formats import bytes_words
from sync.texts import Language, say

__all__ = ["finding_words", "report"]

_MARKS = {Weight.GOOD: "+", Weight.LOOK: "?", Weight.WRONG: "!"}


def finding_words(one: Finding, spoken: Language) -> str:
    """What was found, in a sentence."""
    values = {name: _said(name, value, spoken) for name, value in one.values.items()}
    return say(one.key, spoken, **values)


def report(facts: Facts, spoken: Language) -> str:
    """The findings, line by line, with the versions of what runs here; no secret and no figure."""
    lines = [f"{_MARKS[one.weight]} {finding_words(one, spoken)}" for one in findings(facts)]
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    lines.append(f"Tianji {facts.version}, SQLite {facts.sqlite}, {system}")
    return "\n".join(lines) + "\n"


def _said(name: str, value: object, spoken: Language) -> object:
    if isinstance(value, Problem):
        return value.say(spoken)
    if name == "bytes":
        assert isinstance(value, int), value
        return bytes_words(value, language=spoken)
    return value
