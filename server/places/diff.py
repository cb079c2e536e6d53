"""What a file of places changes, as dated settings by kind.

`propose` compares the tree as of the day before with a file; what it finds is what the tree lacks
to be the file exactly from that date on, so that the same file again changes nothing and a
corrected file of the same date mends what the first one set.

A place may change in several ways at once (renamed and recoded), and has one `Change` for each.
Merged and split are proposed only where `moves` finds them proved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from server.places.matching import Known, match
from server.places.moves import Moves
from server.places.names import type_of
from server.places.snapshot import Row, Snapshot
from sync.ids import PlaceId, RealmId, mint
from sync.places import Attribute, Setting, Tree, filed
from sync.problems import Problem
from sync.value import Cell, Value

__all__ = ["KINDS", "Change", "counts", "propose", "settings"]

KINDS = (
    "added",
    "abolished",
    "renamed",
    "recoded",
    "reparented",
    "merged",
    "split",
    "retyped",
)


class Change(NamedTuple):
    """One way in which one place changes; parents are shown by code, '' if there is none.

    `others` are the places that it is merged into or split from; `sets` is what to file.
    """

    kind: str
    level: str
    place: PlaceId
    old_code: str
    old_name: str
    old_parent: str
    new_code: str
    new_name: str
    new_parent: str
    others: tuple[PlaceId, ...]
    sets: tuple[tuple[str, Attribute], ...]


def propose(tree: Tree, snapshot: Snapshot, as_of: date, realm: RealmId) -> list[Change]:
    """The changes that make the tree the file's from that date on, parents before children.

    Raises `places-import-older` if anything in the tree is later, and `places-file-elsewhere` if
    the tree has places and the file has none of them.
    """
    latest = tree.latest()
    if latest is not None and as_of < latest:
        raise Problem("places-import-older", as_of=as_of.isoformat(), latest=latest.isoformat())
    before = as_of - timedelta(days=1) if as_of > date.min else as_of
    old = _known(tree, before)
    matched = match(old, snapshot)
    if old and not matched:
        raise Problem("places-file-elsewhere", count=len(old))
    proposal = _Proposal(tree, snapshot, as_of, old, _placed(snapshot, as_of, realm, matched))
    return [*proposal.kept_and_new(), *proposal.ended()]


def settings(changes: Iterable[Change], as_of: date) -> list[tuple[PlaceId, Cell, Value]]:
    """What to file for the changes: one cell and its value for each attribute that differs."""
    return [
        (change.place, *filed(Setting(as_of, field, value)))
        for change in changes
        for field, value in change.sets
    ]


def counts(changes: Iterable[Change], levels: Sequence[str]) -> dict[str, dict[str, int]]:
    """How many changes of each kind there are on each level, zeros included."""
    table = {level: dict.fromkeys(KINDS, 0) for level in levels}
    for change in changes:
        table.setdefault(change.level, dict.fromkeys(KINDS, 0))[change.kind] += 1
    return table


def _known(tree: Tree, on: date) -> dict[PlaceId, Known]:
    return {
        place: Known(
            tree.code(place, on),
            tree.name(place, on),
            tree.level(place, on),
            tree.parent(place, on),
        )
        for place in tree
        if tree.active(place, on)
    }


def _placed(
    snapshot: Snapshot, as_of: date, realm: RealmId, matched: dict[str, PlaceId]
) -> dict[str, PlaceId]:
    """The place of every row: the matched one, or one minted from its code, date and parent."""
    day = as_of.isoformat().encode()
    used = set(matched.values())
    placed: dict[str, PlaceId] = {}
    for code, row in snapshot.rows.items():
        place = matched.get(code)
        if place is None:
            parts = [realm, code.encode(), day, placed[row.parent] if row.parent else b""]
            place = PlaceId(mint("place", *parts))
            while place in used:
                place = PlaceId(mint("place", *parts, place))
            used.add(place)
        placed[code] = place
    return placed


class _Proposal:
    def __init__(
        self,
        tree: Tree,
        snapshot: Snapshot,
        as_of: date,
        old: dict[PlaceId, Known],
        placed: dict[str, PlaceId],
    ) -> None:
        self.tree = tree
        self.snapshot = snapshot
        self.as_of = as_of
        self.old = old
        self.placed = placed
        self.codes = {place: code for code, place in placed.items()}
        self.now = _known(tree, as_of)
        self.moves = Moves(snapshot, old, placed)

    def kept_and_new(self) -> list[Change]:
        """Changes of every place that the file has."""
        changes: list[Change] = []
        for code, row in self.snapshot.rows.items():
            place = self.placed[code]
            now = self.now.get(place)
            if now is None:
                changes.append(self._begun(place, row))
            else:
                changes.extend(self._altered(place, now, row))
        return changes

    def ended(self) -> list[Change]:
        """Changes of the places that the file no longer has."""
        changes: list[Change] = []
        for place, now in sorted(self.now.items(), key=lambda item: (item[1].code, item[0])):
            if place not in self.codes:
                into = self.moves.merged_into(place)
                kind = "merged" if into else "abolished"
                sets = (("end", self.as_of.isoformat()),)
                changes.append(self._change(kind, place, now, None, sets, into))
        return changes

    def _begun(self, place: PlaceId, row: Row) -> Change:
        wanted: dict[str, Attribute] = {
            "code": row.code,
            "name": row.name,
            "level": row.level,
            "type": type_of(row.code, row.name),
            "parent": self._parent(row),
            "end": "",
        }
        known = place in self.tree
        sets = tuple(
            (field, value)
            for field, value in wanted.items()
            if (
                value != self.tree.attribute(place, field, self.as_of)
                if known
                else value or field == "parent"
            )
        )
        origin = self.moves.split_from(row.code)
        return self._change("split" if origin else "added", place, None, row, sets, origin)

    def _altered(self, place: PlaceId, now: Known, row: Row) -> list[Change]:
        parent = self._parent(row)
        changes = []
        if now.code != row.code:
            changes.append(self._change("recoded", place, now, row, (("code", row.code),)))
        if now.name != row.name:
            changes.append(self._change("renamed", place, now, row, (("name", row.name),)))
        if now.parent != parent:
            changes.append(self._change("reparented", place, now, row, (("parent", parent),)))
        sets: list[tuple[str, Attribute]] = []
        if now.level != row.level:
            sets.append(("level", row.level))
        was, becomes = type_of(now.code, now.name), type_of(row.code, row.name)
        if was and becomes and was != becomes:
            sets.append(("type", becomes))
        if sets:
            changes.append(self._change("retyped", place, now, row, tuple(sets)))
        return changes

    def _parent(self, row: Row) -> PlaceId | None:
        return self.placed[row.parent] if row.parent else None

    def _change(
        self,
        kind: str,
        place: PlaceId,
        now: Known | None,
        row: Row | None,
        sets: tuple[tuple[str, Attribute], ...],
        others: tuple[PlaceId, ...] = (),
    ) -> Change:
        above = self.now.get(now.parent) if now and now.parent else None
        return Change(
            kind,
            row.level if row else now.level if now else "",
            place,
            now.code if now else "",
            now.name if now else "",
            above.code if above else "",
            row.code if row else "",
            row.name if row else "",
            row.parent if row else "",
            others,
            sets,
        )
