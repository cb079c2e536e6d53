"""Verifying a server: its ledger, and its rollups and how far forms are against a fresh fold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from server.explaining import keeping as adjustments
from server.review import folding as forms
from server.rollup.folding import compare
from server.store import SCHEMAS
from sync.ids import PlaceId, shown
from sync.ledger.ledger import Ledger
from sync.ledger.verify import Fault, Progress, snapshot, verify_ledger

__all__ = ["Verified", "verify"]


class Verified(NamedTuple):
    """What was counted and found. `differences` counts by kind; `faults` are the first of them.

    `fingerprint` is that of all places, in hexadecimal: the same at all who hold the same.
    """

    ok: bool
    commits: int
    cells: int
    fingerprint: str
    places: int
    receipts: int
    rollups: int
    differences: dict[str, int]
    faults: list[Fault]


async def verify(
    folder: Path, now: Callable[[], int], progress: Progress | None = None
) -> Verified:
    """Verifies a server's data at one moment while it goes on, on a connection of its own.

    Raises `data-…`, `storage-…`: a file that SQLite finds damaged is `storage-damaged`.
    """
    async with snapshot(folder, now, SCHEMAS) as ledger:
        findings = await verify_ledger(ledger, progress)
        names = await _place_names(ledger)
        count, rows = await compare(ledger)
        for row in rows:
            findings.add("rollup", names.get(row.place, "?"), f"{row.period} {row.series}", 0)
        if count:
            findings.counts["rollup"] = count
        for period, indicator, number in await adjustments.compare(ledger.database):
            findings.add("adjustment", names.get(number, "?"), f"{period} {indicator}")
        count, standings = await forms.compare(ledger)
        for standing in standings:
            what = f"{standing.period} {standing.form}"
            findings.add("standing", names.get(standing.place, "?"), what, 0)
        if count:
            findings.counts["standing"] = count
        ((rollups,),) = await ledger.database.rows("SELECT count(*) FROM rollup")
        places = [
            PlaceId(place) for (place,) in await ledger.database.rows("SELECT id FROM place_no")
        ]
        return Verified(
            ok=findings.ok,
            commits=findings.commits,
            cells=findings.cells,
            fingerprint=(await ledger.fingerprint(places)).hex(),
            places=findings.places,
            receipts=findings.receipts,
            rollups=rollups,
            differences=findings.counts,
            faults=findings.faults,
        )


async def _place_names(ledger: Ledger) -> dict[int, str]:
    """Codes of places by their numbers, or ids where there is no code."""
    today = ledger.today()
    return {
        number: ledger.tree.code(PlaceId(place), today) or shown(place)
        for number, place in await ledger.database.rows("SELECT no, id FROM place_no")
    }
