"""One commit, taken apart for whoever must know: its bytes decoded, its signature proved just now."""

from __future__ import annotations

from typing import NamedTuple

from server.administration import audit
from sync import clock
from sync.commit import Change, Commit, commit_id
from sync.ids import CommitId, DeviceId
from sync.ledger.ledger import Ledger
from sync.receipt import Receipt
from sync.trust import is_signed

__all__ = ["CHANGES_SHOWN_MAX", "Given", "Said", "Whole", "whole"]

CHANGES_SHOWN_MAX = 500


class Given(NamedTuple):
    """A server's receipt: whose, when, and whether its signature is good (None: an unknown server)."""

    server: DeviceId
    at: int
    leaves: int
    good: bool | None


class Said(NamedTuple):
    """One change, when it was typed by its device's clock, and what became of it here: `shown`,
    `rival` where it stands beside another that is shown, `replaced`.
    """

    change: Change
    typed_at: int
    state: str


class Whole(NamedTuple):
    """All that is known of a commit; `signed` is None where its device's key is not known here."""

    commit: Commit
    position: int | None
    accepted_at: int | None
    bytes: int
    named_rightly: bool
    signed: bool | None
    receipts: list[Given]
    children: list[CommitId]
    said: list[Said]


async def whole(ledger: Ledger, name: CommitId) -> Whole | None:
    """A commit that was accepted here, read and proved anew; None where there is none."""
    found = await audit.one(ledger, name)
    if found is None:
        return None
    (number, position, accepted_at, signature), commit = found
    key = ledger.register.key(commit.device)
    signed = key and is_signed(key, "commit", commit.realm, commit.id, signature)
    children = await ledger.database.rows(
        "SELECT c.id FROM parent e JOIN commits c ON c.no = e.child WHERE e.parent = ?"
        " ORDER BY c.position LIMIT 50",
        (number,),
    )
    return Whole(
        commit,
        position,
        accepted_at,
        len(commit.body),
        commit_id(commit.body) == name,
        bool(signed) if key else None,
        await _receipts(ledger, number, name),
        [CommitId(child) for (child,) in children],
        await _said(ledger, number, commit),
    )


async def _receipts(ledger: Ledger, number: int, name: CommitId) -> list[Given]:
    rows = await ledger.database.rows(
        "SELECT server, at, leaf, leaves, path, signature FROM receipt WHERE commit_no = ?"
        " ORDER BY at",
        (number,),
    )
    given = []
    for receipt in (Receipt(*row) for row in rows):
        known = receipt.server in ledger.certificates
        good = ledger.is_receipted(receipt, name) if known else None
        given.append(Given(receipt.server, receipt.at, receipt.leaves, good))
    return given


async def _said(ledger: Ledger, number: int, commit: Commit) -> list[Said]:
    changes = commit.changes[:CHANGES_SHOWN_MAX]
    ((place,),) = await ledger.database.rows("SELECT place FROM commits WHERE no = ?", (number,))
    rows = await ledger.database.rows_in(
        "SELECT v.kind, v.subject, v.field, v.shown FROM {seek} version v"
        f" ON v.place = {place:d} AND v.kind = k.column1 AND v.subject = k.column2"
        f" AND v.field = k.column3 AND v.commit_no = {number:d}",
        [tuple(change.cell) for change in changes],
    )
    standing: dict[tuple[str, ...], int] = {
        (kind, subject, field): shown for kind, subject, field, shown in rows
    }
    return [
        Said(
            change,
            clock.seconds(change.stamp),
            "replaced"
            if tuple(change.cell) not in standing
            else ("shown" if standing[tuple(change.cell)] else "rival"),
        )
        for change in changes
    ]
