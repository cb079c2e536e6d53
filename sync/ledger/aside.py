"""Commits that are here and not applied: held, parked, withdrawn. Nothing of them is ever dropped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from sync import commit_bytes
from sync.commit import Commit, Sealed
from sync.ids import CommitId, DeviceId, PlaceId
from sync.ledger.database import Database, Row
from sync.limits import ASIDE_BYTES_PER_DEVICE_MAX, ASIDE_COMMITS_PER_DEVICE_MAX
from sync.receipt import Receipt, Refusal


class State(StrEnum):
    """Why a commit is aside."""

    HELD = "held"
    PARKED = "parked"
    WITHDRAWN = "withdrawn"


class Aside(NamedTuple):
    """One commit that is not applied, with the reason's problem code and a refusal if signed."""

    commit: Commit
    signature: bytes
    state: State
    reason: str
    receipts: tuple[Receipt, ...]
    refusal: Refusal | None
    since: int

    @property
    def sealed(self) -> Sealed:
        """As it is sent."""
        return Sealed(self.commit.body, self.signature)


_NOBODY = DeviceId(b"")
_COLUMNS = "body, signature, state, reason, receipts, refusal, since"
_RECEIPTS = msgspec.msgpack.Decoder(list[Receipt])
_REFUSAL = msgspec.msgpack.Decoder(Refusal)


async def put(database: Database, asides: Sequence[Aside], carrier: DeviceId = _NOBODY) -> None:
    """Keeps commits aside; one that is there already gets the new state, and stays on the account
    of whoever carried it first.
    """
    rows: list[Row] = []
    for aside in asides:
        commit = aside.commit
        refusal = b"" if aside.refusal is None else msgspec.msgpack.encode(aside.refusal)
        owner = (commit.id, aside.state, aside.reason, commit.place, commit.device, commit.body)
        receipts = msgspec.msgpack.encode(aside.receipts)
        rows.append((*owner, aside.signature, receipts, refusal, aside.since, carrier))
    await database.run_many(
        "INSERT INTO aside (id, state, reason, place, device, body, signature, receipts, refusal,"
        " since, carrier) VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET"
        " state = excluded.state, reason = excluded.reason, signature = excluded.signature,"
        " receipts = excluded.receipts,"
        " refusal = CASE WHEN length(excluded.refusal) THEN excluded.refusal ELSE refusal END",
        rows,
    )


async def take_out(database: Database, commits: Iterable[CommitId]) -> None:
    """Forgets commits that are applied now."""
    await database.run_many("DELETE FROM aside WHERE id = ?", [(commit,) for commit in commits])


async def by_id(database: Database, commits: Collection[CommitId]) -> dict[CommitId, Aside]:
    """Those of the commits that are aside."""
    rows = await database.rows_in(
        f"SELECT {_COLUMNS} FROM aside WHERE id IN ({{keys}})", [(c,) for c in commits]
    )
    return {aside.commit.id: aside for aside in map(_aside, rows)}


async def in_state(
    database: Database, state: State, places: Collection[PlaceId] | None = None
) -> list[Aside]:
    """All commits in a state, at all places or at these, the oldest first."""
    if places is None:
        rows = await database.rows(
            f"SELECT {_COLUMNS} FROM aside WHERE state = ? ORDER BY since, id", (state,)
        )
    else:
        rows = await database.rows_in(
            f"SELECT {_COLUMNS} FROM aside WHERE state = '{state}' AND place IN ({{keys}})"
            " ORDER BY since, id",
            [(place,) for place in places],
        )
    return [_aside(row) for row in rows]


async def room(database: Database, carrier: DeviceId) -> tuple[int, int]:
    """How many commits and bytes more a device may put aside."""
    ((held, held_bytes),) = await database.rows(
        "SELECT count(*), coalesce(sum(length(body)), 0) FROM aside WHERE carrier = ?", (carrier,)
    )
    return ASIDE_COMMITS_PER_DEVICE_MAX - held, ASIDE_BYTES_PER_DEVICE_MAX - held_bytes


def _aside(row: Row) -> Aside:
    body, signature, state, reason, receipts, refusal, since = row
    return Aside(
        commit_bytes.decode(body),
        signature,
        State(state),
        reason,
        tuple(_RECEIPTS.decode(receipts)),
        _REFUSAL.decode(refusal) if refusal else None,
        since,
    )
