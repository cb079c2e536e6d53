"""All that was ever filed in a cell, from the signed commits that this laptop holds."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from field_client.desk import Desk
from sync import clock, commit_bytes
from sync.commit import Commit, edit_id
from sync.conversation import problem_of
from sync.ids import CommitId, EditId, PlaceId
from sync.ledger import aside
from sync.ledger.database import Row
from sync.problems import Problem
from sync.trust import is_signed
from sync.value import Cell, Value
from sync.wire import ProblemReply

__all__ = ["Past", "Signed", "Where", "past_of"]


class Signed(StrEnum):
    """What a version's signature says."""

    OWN = "own"
    VERIFIED = "verified"
    UNKNOWN_KEY = "unknown_key"
    WRONG = "wrong"
    UNSEALED = "unsealed"


class Where(StrEnum):
    """Where a version lies: in the books, typed and not sealed, or set aside."""

    BOOKS = "books"
    PENDING = "pending"
    HELD = "held"
    PARKED = "parked"
    WITHDRAWN = "withdrawn"


class Past(NamedTuple):
    """One version of a cell, by its name for life.

    `stands` tells that nothing has covered it. `accepted_at` is None while no server has it, `why`
    says for what reason one refused it. `unseen` names versions that its page did not show.
    """

    name: EditId
    value: Value
    author: bytes
    device: bytes
    stamp: int
    accepted_at: int | None
    commit: CommitId | None
    signed: Signed
    where: Where
    why: Problem | None
    stands: bool
    unseen: tuple[EditId, ...]

    @property
    def typed_at(self) -> int:
        """When it was typed, in seconds."""
        return clock.seconds(self.stamp)


async def past_of(desk: Desk, place: PlaceId, cell: Cell) -> list[Past]:
    """The cell's versions, the latest typed first; one that was sealed again is told once."""
    ledger = desk.ledger
    standing = (await ledger.standing(place, [cell[:2]])).get(cell)
    stand = ledger.displayed(standing, place, cell) if standing else set()
    found: list[Past] = []
    if standing is not None and standing.pending is not None:
        one = standing.pending
        name = one.name(ledger.device)
        author, device = one.edit.author, ledger.device
        unsealed = (None, None, Signed.UNSEALED, Where.PENDING, None)
        found.append(
            Past(
                name,
                one.edit.value,
                author,
                device,
                one.stamp,
                *unsealed,
                name in stand,
                one.unseen,
            )
        )
    for commit, signature, accepted_at in await _commits(desk, place, cell):
        facts = _Facts(_signed(desk, commit, signature), Where.BOOKS, None, accepted_at)
        found += _versions(commit, cell, facts, stand)
    for row in await _asides(desk, place, cell):
        body, signature, state, reason = row
        commit = commit_bytes.decode(body)
        why = problem_of(ProblemReply(reason, {})) if state == aside.State.PARKED else None
        facts = _Facts(_signed(desk, commit, signature), Where(state), why, None)
        found += _versions(commit, cell, facts, set())
    once = {one.name: one for one in reversed(found)}  # what lies in the books goes before the rest
    return sorted(once.values(), key=lambda one: (one.stamp, one.name), reverse=True)


class _Facts(NamedTuple):
    """What holds for all of a commit."""

    signed: Signed
    where: Where
    why: Problem | None
    accepted_at: int | None


def _versions(commit: Commit, cell: Cell, facts: _Facts, stand: set[EditId]) -> list[Past]:
    found = []
    for change in commit.changes:
        if change.cell == cell:
            name = edit_id(commit.device, commit.place, cell, change.stamp, change.value)
            found.append(
                Past(
                    name=name,
                    value=change.value,
                    author=commit.author,
                    device=commit.device,
                    stamp=change.stamp,
                    accepted_at=facts.accepted_at,
                    commit=commit.id,
                    signed=facts.signed,
                    where=facts.where,
                    why=facts.why,
                    stands=name in stand,
                    unseen=change.unseen,
                )
            )
    return found


def _signed(desk: Desk, commit: Commit, signature: bytes) -> Signed:
    key = desk.ledger.register.key(commit.device)
    if key is None and commit.device == desk.ledger.device:
        key = desk.ledger.sealer.signer.public
    if key is None:
        return Signed.UNKNOWN_KEY
    if not is_signed(key, "commit", commit.realm, commit.id, signature):
        return Signed.WRONG
    return Signed.OWN if commit.device == desk.ledger.device else Signed.VERIFIED


# A commit's bytes hold its subjects and fields as they are written: the others are not even read.
_HOLDS = "instr(body, CAST(? AS BLOB)) AND instr(body, CAST(? AS BLOB))"


async def _commits(
    desk: Desk, place: PlaceId, cell: Cell
) -> list[tuple[Commit, bytes, int | None]]:
    """The applied commits that may have written the cell."""
    rows = await desk.ledger.database.rows(
        "SELECT body, signature, accepted_at FROM commits WHERE place ="
        f" (SELECT no FROM place_no WHERE id = ?) AND {_HOLDS}",
        (place, cell.subject, cell.field),
    )
    return [(commit_bytes.decode(row[0]), row[1], row[2]) for row in rows]


async def _asides(desk: Desk, place: PlaceId, cell: Cell) -> list[Row]:
    return await desk.ledger.database.rows(
        f"SELECT body, signature, state, reason FROM aside WHERE place = ? AND {_HOLDS}",
        (place, cell.subject, cell.field),
    )
