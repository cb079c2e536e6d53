"""Rollups kept in the transaction that accepts a commit."""

from __future__ import annotations

from collections.abc import Sequence

from sync.ledger.apply import CellChange
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger


class Rollups:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def keep(self, database: Database, changes: Sequence[CellChange]) -> None:
        pass
