"""The reports on prefilled values, kept for whoever sent them and whoever looks after them.

A body that its sender named (an idempotency key) is answered once: sent again, the same report
comes back and nothing is filed; another body under the same name is refused.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from server.prefill.report import Report, kept, of_kept
from sync.ledger.database import Database, Row
from sync.ledger.ledger import Ledger
from sync.limits import PREFILL_REPORTS_MAX
from sync.problems import Problem

__all__ = ["Kept", "answered", "digest_of", "find", "keep", "latest"]


class Kept(NamedTuple):
    """A report with its number, who sent the body (a key's id, or a person), and when."""

    no: int
    who: str
    owner: str
    at: int
    report: Report


async def answered(database: Database, who: str, name: str, digest: bytes) -> Kept | None:
    """The report of a body that was sent before under that name. Raises `prefill-repeated`."""
    rows = await database.rows(
        f"SELECT {_COLUMNS}, sha256 FROM prefill_report WHERE who = ? AND key = ?", (who, name)
    )
    if not rows:
        return None
    if rows[0][-1] != digest:
        raise Problem("prefill-repeated", name=name[:40])
    return _kept(rows[0][:-1])


async def keep(ledger: Ledger, who: str, name: str, digest: bytes, report: Report) -> int:
    """Keeps a report, and says its number; of very many, the oldest goes."""
    async with ledger.transaction() as database:
        await database.run(
            "INSERT INTO prefill_report (who, owner, at, key, sha256, report)"
            " VALUES (?,?,?,?,?,?) ON CONFLICT DO NOTHING",
            (who, report.owner, ledger.now(), name or None, digest, kept(report)),
        )
        ((number,),) = await database.rows("SELECT max(no) FROM prefill_report")
        await database.run(
            "DELETE FROM prefill_report WHERE no <= ?", (number - PREFILL_REPORTS_MAX,)
        )
    return int(number)


async def find(database: Database, number: int) -> Kept | None:
    """The report of that number."""
    rows = await database.rows(f"SELECT {_COLUMNS} FROM prefill_report WHERE no = ?", (number,))
    return _kept(rows[0]) if rows else None


async def latest(database: Database, most: int = 20) -> list[Kept]:
    """The last reports, the newest first."""
    rows = await database.rows(
        f"SELECT {_COLUMNS} FROM prefill_report ORDER BY no DESC LIMIT ?", (most,)
    )
    return [_kept(row) for row in rows]


def digest_of(data: bytes, *, dry_run: bool) -> bytes:
    """What tells one body from another."""
    return hashlib.sha256((b"dry" if dry_run else b"") + data).digest()


_COLUMNS = "no, who, owner, at, report"


def _kept(row: Row) -> Kept:
    number, who, owner, at, report = row
    return Kept(number, who, owner, at, of_kept(report))
