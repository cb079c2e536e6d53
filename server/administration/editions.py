"""How the catalogue came to be what it is, and what a pack would make of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from server.catalogue.keeping import FIELD, Texts
from sync import commit_bytes
from sync.catalogue import Catalogue
from sync.definition import KINDS, Check, Definition, canonical, kind_of, read
from sync.ids import CommitId, PersonId
from sync.ledger.ledger import Ledger
from sync.problems import Problem
from sync.texts import Language
from sync.value import Type

__all__ = ["Difference", "Edition", "differences", "editions", "fault_of"]

Name = tuple[str, str]
"""A definition's kind and code."""


class Edition(NamedTuple):
    """One commit that changed definitions, in the order of acceptance."""

    commit: CommitId
    at: int
    author: PersonId
    added: list[Name]
    changed: list[Name]
    retired: list[Name]


class Difference(NamedTuple):
    """What a pack does to one definition: `kind` is added, changed or missing; `fields` names what
    differs, with the texts before and after.
    """

    kind: str
    name: Name
    title: str
    fields: list[tuple[str, str, str]]


class _Read(NamedTuple):
    position: int
    texts: dict[Name, str]
    editions: list[Edition]


_read: WeakKeyDictionary[Ledger, _Read] = WeakKeyDictionary()


async def editions(ledger: Ledger) -> list[Edition]:
    """All that changed definitions so far, the latest first; each commit is read once."""
    known = _read.get(ledger.origin, _Read(0, {}, []))
    rows = await ledger.database.rows(
        "SELECT c.position, c.accepted_at, c.author, c.body FROM commits c"
        " JOIN place_no p ON p.no = c.place WHERE p.id = ? AND c.position > ? ORDER BY c.position",
        (ledger.root, known.position),
    )
    texts, found, position = dict(known.texts), list(known.editions), known.position
    for last, at, author, body in rows:
        position = last
        commit = commit_bytes.decode(body)
        one = Edition(commit.id, at, PersonId(author), [], [], [])
        for change in commit.changes:
            kind, code, field = change.cell
            if kind not in KINDS or field != FIELD:
                continue
            name = (kind, code)
            if change.value.type is not Type.TEXT:
                if texts.pop(name, None) is not None:
                    one.retired.append(name)
            elif texts.get(name) != change.value.text:
                (one.changed if name in texts else one.added).append(name)
                texts[name] = change.value.text
        if one.added or one.changed or one.retired:
            found.append(one)
    _read[ledger.origin] = _Read(position, texts, found)
    return found[::-1]


def differences(texts: Texts, wanted: Iterable[Definition], language: Language) -> list[Difference]:
    """What a pack of those definitions adds, changes, and lacks."""
    offered = {(kind_of(one), one.code): one for one in wanted}
    found = []
    for name, one in offered.items():
        before = texts.get(name)
        if before is None:
            found.append(Difference("added", name, _title(one, language), []))
        elif before != canonical(one):
            found.append(Difference("changed", name, _title(one, language), _fields(before, one)))
    for (kind, code), text in sorted(texts.items()):
        if (kind, code) not in offered:
            title = _title_of(kind, text, language)
            found.append(Difference("missing", (kind, code), title, []))
    return found


def fault_of(texts: Texts, wanted: Sequence[Definition], without: Iterable[Name]) -> Problem | None:
    """Why the catalogue would not hold together with a pack taken in and some retired."""
    merged = {**texts, **{(kind_of(one), one.code): canonical(one) for one in wanted}}
    for name in without:
        merged.pop(name, None)
    try:
        Catalogue(read(kind, text) for (kind, _), text in sorted(merged.items()))
    except Problem as problem:
        return problem
    return None


def _fields(before: str, after: Definition) -> list[tuple[str, str, str]]:
    old: dict[str, Any] = json.loads(before)
    new: dict[str, Any] = json.loads(canonical(after))
    return [
        (field, _short(old.get(field)), _short(new.get(field)))
        for field in sorted(old.keys() | new.keys())
        if old.get(field) != new.get(field)
    ]


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:199] + "…"


def _title_of(kind: str, text: str, language: Language) -> str:
    try:
        return _title(read(kind, text), language)
    except Problem:
        return ""


def _title(definition: Definition, language: Language) -> str:
    words = definition.message if isinstance(definition, Check) else definition.name
    return words.say(language)
