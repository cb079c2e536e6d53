"""A server's ledger: the shared one, with the server's own tables beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from server.checking.due import Due
from server.rollup.keeping import Rollups
from sync.ledger.ledger import SCHEMAS as SHARED
from sync.ledger.ledger import Ledger

SCHEMAS = (*SHARED, "server")


@asynccontextmanager
async def open_server(
    folder: Path, now: Callable[[], int], *, check: bool = True
) -> AsyncIterator[Ledger]:
    """Opens a server's ledger with its rollups kept, and noted what to check, in every transaction."""
    async with Ledger.open(folder, now, schemas=SCHEMAS, check=check) as ledger:
        ledger.hooks += [Rollups(ledger).keep, Due(ledger).note]
        yield ledger
