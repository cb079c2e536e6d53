"""What a commit did, in words: a phrase for each kind of cell in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sync.catalogue import Catalogue
from sync.commit import Change, Commit
from sync.definition import KINDS as DEFINITIONS
from sync.period import parse
from sync.problems import Problem
from sync.review import decision, form_of, returned
from sync.screens.formats import period_words
from sync.texts import Language, say
from sync.value import Type, Value

__all__ = ["KINDS", "did"]

KINDS = (
    "value",
    "submission",
    "review",
    "correction",
    "note",
    "explain",
    "already",
    "handover",
    "adjustment",
    "release",
    "target",
    "prefill",
    "place",
    *DEFINITIONS,
    "device",
    "signin",
    "person",
    "grant",
)
"""The kinds of cell that the audit knows by name, in the order in which people look for them."""
_PLAIN = frozenset(KINDS) - {"submission", "review", "device", "signin", "person", "grant"}


def did(commit: Commit, catalogue: Catalogue, language: Language) -> list[str]:
    """Phrases for what the commit did, each with how many cells it did it to."""
    phrases: Counter[tuple[str, str]] = Counter()
    for change in commit.changes:
        phrases[_phrase(change, catalogue, language)] += 1
    return [
        say(f"admin-did-{key}", language, count=count, about=about)
        for (key, about), count in phrases.items()
    ]


def _phrase(change: Change, catalogue: Catalogue, language: Language) -> tuple[str, str]:
    """The key of the phrase, and what it is about."""
    kind, subject, field = change.cell
    value = change.value
    if kind == "submission":
        gone = value.text == "withdrawn"
        return ("withdrawn" if gone else "submitted"), _form(catalogue, subject, field, language)
    if kind == "review":
        return _reviewed(catalogue, subject, field, value, language)
    if kind == "device":
        return _device(field, value)
    if kind == "person":
        return _person(field, value)
    if kind == "grant":
        return ("grant-ended" if field == "ended" and value.number else "grant"), ""
    if kind == "signin":
        return "signin", ""
    if kind in DEFINITIONS:
        return ("retired" if value.type is Type.REASON else "defined"), ""
    if kind in _PLAIN:
        return kind, _period(subject, language)
    return "other", kind


def _reviewed(
    catalogue: Catalogue, subject: str, field: str, value: Value, language: Language
) -> tuple[str, str]:
    period, form = form_of(subject) or (subject, "")
    about = _form(catalogue, period, form, language)
    if field == "form":
        said = decision(value)
        return (f"decided-{said.state}" if said else "review"), about
    return ("returned" if returned(value) else "return-undone"), about


def _device(field: str, value: Value) -> tuple[str, str]:
    if field == "revoked":
        return ("device-revoked" if value.number else "device-reinstated"), ""
    return ("device-reason" if field == "reason" else "device"), ""


def _person(field: str, value: Value) -> tuple[str, str]:
    if field == "name":
        return "person-named", value.text
    if field == "disabled":
        return ("person-disabled" if value.number else "person-enabled"), ""
    return ("pin-reset" if field == "pin_reset" else "person"), ""


def _form(catalogue: Catalogue, period: str, code: str, language: Language) -> str:
    form = catalogue.forms.get(code)
    name = form.name.say(language) if form else code
    return f"{period_words(period, language=language)} {name}"


def _period(subject: str, language: Language) -> str:
    """The period that a cell is of, '' where its subject is none."""
    try:
        return period_words(parse(subject).text, language=language)
    except Problem:
        return ""


def counted(commit: Commit) -> Sequence[tuple[str, int]]:
    """How many cells of each kind a commit has."""
    return Counter(change.cell.kind for change in commit.changes).most_common()
