"""The mark of a realm whose figures are made up: a cell of the realm's own place."""

from __future__ import annotations

from sync.ledger.ledger import Ledger
from sync.value import Cell

__all__ = ["SIMULATED", "is_simulated"]

SIMULATED = Cell("realm", "", "simulated")
"""It travels to every laptop, so that wherever figures are shown they are marked."""


async def is_simulated(ledger: Ledger) -> bool:
    """Whether the figures of this realm are made up, as those of a demo are."""
    standing = await ledger.standing(ledger.root, [(SIMULATED.kind, SIMULATED.subject)])
    return SIMULATED in standing
