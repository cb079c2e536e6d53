"""What a replica of a simulated world holds, read from its tables."""

from __future__ import annotations

from functools import lru_cache

from sync import commit_bytes
from sync.commit import Commit
from tests.sim.replica import UNIT, Replica

decoded = lru_cache(100_000)(commit_bytes.decode)


def edits_in(commit: Commit) -> set[int]:
    """The numbers of the typed edits in a commit."""
    return {ch.value.number // UNIT for ch in commit.changes if ch.cell.kind in ("value", "later")}


async def applied_edits(replica: Replica) -> set[int]:
    """The edits in applied commits."""
    return await _in(replica, "SELECT body FROM commits")


async def live_edits(replica: Replica) -> set[int]:
    """The edits that a replica would still offer: applied, pending or held."""
    rows = await replica.ledger.database.rows(
        "SELECT number FROM pending WHERE kind IN ('value', 'later')"
    )
    held = await aside_edits(replica, "held")
    return await applied_edits(replica) | held | {number // UNIT for (number,) in rows}


async def all_edits(replica: Replica) -> set[int]:
    """All edits of which a replica has any trace."""
    return await live_edits(replica) | await _in(replica, "SELECT body FROM aside")


async def aside_edits(replica: Replica, state: str) -> set[int]:
    """The edits in commits that are aside in that state."""
    return await _in(replica, f"SELECT body FROM aside WHERE state = '{state}'")


async def _in(replica: Replica, sql: str) -> set[int]:
    rows = await replica.ledger.database.rows(sql)
    return {number for (body,) in rows for number in edits_in(decoded(body))}
