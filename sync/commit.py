"""A commit: an immutable, signed set of changes at one place, by one author on one device.

Its id is the hash of its canonical bytes, which hold no sealing time, no random part and no
signature: two clones of a laptop that seal the same edits on the same parents make the same
commit. There is one encoding; any other bytes are refused (`sync/commit_bytes.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

import msgspec

from sync.ids import (
    CommitId,
    DeviceId,
    EditId,
    GrantId,
    PersonId,
    PlaceId,
    RealmId,
    mint,
    tagged_hash,
)
from sync.value import Cell, Value


class Change(NamedTuple):
    """One cell's new value.

    `unseen` names versions that the author's database held and the page did not show: they stay.
    `replaced` names the device's own edits that this one overtypes and no parent can name.
    """

    cell: Cell
    value: Value
    stamp: int
    unseen: tuple[EditId, ...] = ()
    replaced: tuple[EditId, ...] = ()


class Commit(msgspec.Struct, frozen=True, dict=True):
    """What one author changed at one place under one grant; `changes` are sorted by cell."""

    realm: RealmId
    place: PlaceId
    parents: tuple[CommitId, ...]
    device: DeviceId
    author: PersonId
    grant: GrantId
    catalogue: str
    act: bytes
    changes: tuple[Change, ...]

    @cached_property
    def body(self) -> bytes:
        """The canonical bytes."""
        from sync.commit_bytes import encode

        return encode(self)

    @cached_property
    def id(self) -> CommitId:
        """The hash of the canonical bytes."""
        return commit_id(self.body)


class Sealed(msgspec.Struct, frozen=True, array_like=True):
    """A commit as it is stored and sent: canonical bytes, and the device's signature on its id."""

    body: bytes
    signature: bytes


def commit_id(body: bytes) -> CommitId:
    """The name of a commit with these canonical bytes."""
    return CommitId(tagged_hash("commit", body))


def commit_of(
    *,
    realm: RealmId,
    place: PlaceId,
    parents: Iterable[CommitId],
    device: DeviceId,
    author: PersonId,
    grant: GrantId,
    changes: Iterable[Change],
    catalogue: str = "",
    act: bytes = b"",
) -> Commit:
    """A commit in its canonical order: parents, changes and the names in them sorted."""
    ordered = sorted(changes, key=lambda change: change.cell)
    return Commit(
        realm=realm,
        place=place,
        parents=tuple(sorted(set(parents))),
        device=device,
        author=author,
        grant=grant,
        catalogue=catalogue,
        act=act,
        changes=tuple(
            change._replace(
                unseen=tuple(sorted(set(change.unseen))),
                replaced=tuple(sorted(set(change.replaced))),
            )
            for change in ordered
        ),
    )


def edit_id(device: DeviceId, place: PlaceId, cell: Cell, stamp: int, value: Value) -> EditId:
    """The name of one edit, the same in whatever commit it is sealed.

    It covers the device, so nobody can name another device's edit by reusing its stamp, and the
    value, so two clones that happen on one stamp still made two edits.
    """
    parts = (*cell, str(stamp), str(int(value.type)), str(value.number), value.text)
    return EditId(mint("edit", device, place, *(part.encode() for part in parts)))
