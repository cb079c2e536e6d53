"""Importing a file of places: what it changes is filed as commits, one a place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby, islice
from typing import IO, NamedTuple

from server.devices.invites import authority
from server.filing import Filed, file
from server.places.diff import Change, counts, propose, settings
from server.places.snapshot import read
from sync.ids import mint
from sync.ledger.ledger import Ledger
from sync.places import LEVELS

__all__ = ["PlacesImported", "import_places"]

PLACES_PER_TRANSACTION = 2_000


class PlacesImported(NamedTuple):
    """What a file changes: how many places of each level in each way, and the changes themselves."""

    counts: dict[str, dict[str, int]]
    changes: list[Change]


async def import_places(
    ledger: Ledger,
    stream: IO[bytes],
    as_of: date,
    levels: Sequence[str] = LEVELS,
    *,
    dry_run: bool = False,
) -> PlacesImported:
    """Makes the hierarchy the file's from that date on; `levels` are named top first.

    It is filed in transactions of bounded size, parents before children: an import that is cut
    short is completed by the same import again. Raises what reading and comparing raise, before
    anything is filed.
    """
    snapshot = read(stream, levels)
    async with ledger.transaction():
        pass  # another process may have written: what is in memory is read anew
    changes = propose(ledger.tree, snapshot, as_of, ledger.realm)
    if not dry_run:
        filed = _filed(ledger, changes, as_of)
        while part := list(islice(filed, PLACES_PER_TRANSACTION)):
            await file(ledger, part)
    return PlacesImported(counts(changes, levels), changes)


def _filed(ledger: Ledger, changes: Iterable[Change], as_of: date) -> Iterator[Filed]:
    """One commit a place, all of one act. The changes of one place lie side by side."""
    person, grant = authority(ledger)
    cells = settings(changes, as_of)
    act = mint("places import", as_of.isoformat().encode(), *(place for place, *_ in cells))
    for place, there in groupby(cells, key=lambda setting: setting[0]):
        yield Filed(place, person, grant, [(cell, value) for _, cell, value in there], act=act)
