"""A server's ledger: the shared one, with the server's own tables beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from server.checking.due import Due
from server.explaining import keeping as adjustments
from server.review.folding import make_if_new
from server.review.keeping import FormStandings
from server.rollup.keeping import Rollups
from sync.ledger.ledger import SCHEMAS as SHARED
from sync.ledger.ledger import Ledger
from sync.ledger.soundfile import sound
from sync.limits import LOOK_SECONDS_MAX

SCHEMAS = (*SHARED, "server")


@asynccontextmanager
async def open_server(
    folder: Path, now: Callable[[], int], *, check: bool = True
) -> AsyncIterator[Ledger]:
    """Opens a server's ledger with its rollups and how far forms are kept, and noted what to
    check, in every transaction.

    `check` looks its pages over, for a time that is bounded.
    Raises `data-…`, `storage-…`, `server-damaged`, `server-gone`, `server-rebuild-unfinished`.
    """
    with sound(folder, "server", LOOK_SECONDS_MAX if check else 0):
        async with Ledger.open(folder, now, schemas=SCHEMAS, check=False) as ledger:
            hooked(ledger)
            await make_if_new(ledger)
            yield ledger


def hooked(ledger: Ledger) -> None:
    """Lets the server's own tables follow in every transaction."""
    ledger.hooks += [Rollups(ledger).keep, adjustments.keep, Due(ledger).note]
    ledger.hooks.append(FormStandings(ledger).keep)
