"""Importing a file of places: what it changes is filed as commits, one a place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby, islice
from typing import IO, NamedTuple

from server.devices.invites import authority
from server.filing import Filed, file
from server.places.diff import Change, counts, propose, settings
from server.places.snapshot import read
from sync.ids import GrantId, PersonId, mint
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
    by: tuple[PersonId, GrantId] | None = None,
    told: Callable[[int, int], None] | None = None,
) -> PlacesImported:
    """Makes the hierarchy the file's from that date on; `levels` are named top first.

    It is filed `by` that person, else in the name of the first administrator; `told` hears how many
    places are filed, and of how many.
    It is filed in transactions of bounded size, parents before children: an import that is cut
    short is completed by the same import again. Raises what reading and comparing raise, before
    anything is filed.
    """
    snapshot = read(stream, levels)
    async with ledger.transaction():
        pass  # another process may have written: what is in memory is read anew
    changes = propose(ledger.tree, snapshot, as_of, ledger.realm)
    if not dry_run:
        filed = _filed(changes, as_of, by or authority(ledger))
        done, total = 0, len({change.place for change in changes})
        while part := list(islice(filed, PLACES_PER_TRANSACTION)):
            await file(ledger, part)
            done += len(part)
            if told is not None:
                told(done, total)
    return PlacesImported(counts(changes, levels), changes)


def _filed(changes: Iterable[Change], as_of: date, by: tuple[PersonId, GrantId]) -> Iterator[Filed]:
    """One commit a place, all of one act. The changes of one place lie side by side."""
    person, grant = by
    cells = settings(changes, as_of)
    act = mint("places import", as_of.isoformat().encode(), *(place for place, *_ in cells))
    for place, there in groupby(cells, key=lambda setting: setting[0]):
        yield Filed(place, person, grant, [(cell, value) for _, cell, value in there], act=act)
