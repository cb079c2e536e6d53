"""Running the checks of places that are due, a few places at a time, beside everything else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date

from server.catalogue.keeping import catalogue_of
from server.checking.due import EVERYTHING
from server.checking.surroundings import surroundings
from server.courtesy import Turn, at_once
from server.rollup.cells import Filings, load
from sync.catalogue import Catalogue
from sync.checks import Finding, findings
from sync.ids import PlaceId
from sync.ledger.apply import CellChange
from sync.ledger.database import Database, Row
from sync.ledger.ledger import Ledger
from sync.placecontext import PlaceContext
from sync.problems import Problem

__all__ = ["Checker", "check_due"]

_PLACES_AT_ONCE = 20
_QUIET_SECONDS = 0.5
_QUIET_TIMES = 120
_WAIT_SECONDS = 60.0  # another process may have filed something, which wakes nobody here


class Checker:
    """Checks what is due whenever the ledger has changed and is quiet, for as long as it runs.

    While much comes in, only some places are checked now and then, so that intake is not slowed.
    """

    def __init__(self, ledger: Ledger, turn: Turn = at_once) -> None:
        """`turn` is waited for before each place: it returns when nothing else is urgent."""
        self._ledger = ledger
        self._turn = turn
        self._changed = asyncio.Event()
        self.done_at: int | None = None
        """When nothing was left to check for the last time."""
        ledger.hooks.append(self._wake)

    async def run(self) -> None:
        """Checks until it is cancelled."""
        while True:
            with suppress(Problem):  # a disk that is busy or full now may not be so later
                await self._check()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), _WAIT_SECONDS)
            await self._quiet()

    async def _check(self) -> None:
        """Some places, and more until nothing is due or something comes in."""
        self._changed.clear()
        while await check_due(self._ledger, self._turn):
            if self._changed.is_set():
                return
        self.done_at = self._ledger.now()

    async def _quiet(self) -> None:
        """Waits until nothing comes in for a moment, though not for ever."""
        for _ in range(_QUIET_TIMES):
            self._changed.clear()
            await asyncio.sleep(_QUIET_SECONDS)
            if not self._changed.is_set():
                return

    async def _wake(self, _database: Database, _changes: Sequence[CellChange]) -> None:
        self._changed.set()


async def check_due(ledger: Ledger, turn: Turn = at_once) -> bool:
    """Checks some of the places that are due; whether there were any.

    A figure can look at last year's, so the year after a changed one is checked with it.
    """
    due = await _due(ledger)
    if not due:
        return False
    catalogue = await catalogue_of(ledger)
    places = {number: PlaceId(place) for number, place, _ in due}
    filings = await load(ledger.database, places)
    found: list[Row] = []
    for number, place in places.items():
        await turn()
        years = {year + more for no, _, year in due if no == number for more in (0, 1)}
        filed = filings[number]
        found += [
            _row(number, one, ledger.now())
            for one in await _findings(ledger, catalogue, place, filed, years)
        ]
    await _keep(ledger, filings, due, found)
    return True


async def _due(ledger: Ledger) -> list[tuple[int, bytes, int]]:
    """Some places that are due, as number and id, with the years to check."""
    while True:
        due = await ledger.database.rows(
            "SELECT d.place, p.id, d.year FROM check_due d JOIN place_no p ON p.no = d.place"
            " WHERE d.place IN (SELECT DISTINCT place FROM check_due ORDER BY place LIMIT ?)",
            (_PLACES_AT_ONCE,),
        )
        after = await ledger.database.meta(EVERYTHING)
        if due or after is None:
            return due
        await _queue_more(ledger, after)


async def _queue_more(ledger: Ledger, after: int) -> None:
    """Makes the next places due, where everything is to be checked, or ends that."""
    async with ledger.transaction() as database:
        more = await database.rows(
            "SELECT no FROM place_no p WHERE no > ? AND EXISTS (SELECT 1 FROM version v"
            " WHERE v.place = p.no AND v.kind = 'value') ORDER BY no LIMIT ?",
            (after, _PLACES_AT_ONCE),
        )
        if not more:
            await database.run("DELETE FROM meta WHERE key = ?", (EVERYTHING,))
            return
        await database.run_many(
            "INSERT INTO check_due (place, year) SELECT DISTINCT place,"
            " CAST(substr(subject, 1, 4) AS INTEGER) FROM version WHERE place = ?"
            " AND kind = 'value' AND subject GLOB '[12][0-9][0-9][0-9]*' ON CONFLICT DO NOTHING",
            more,
        )
        await database.set_meta(EVERYTHING, more[-1][0])


async def _findings(
    ledger: Ledger, catalogue: Catalogue, place: PlaceId, filed: Filings, years: Iterable[int]
) -> list[Finding]:
    """All that the checks find in those years of a place, each once.

    What they find for a later year is that year's, and is kept or taken away with it.
    """
    wanted = set(years)
    filed_for = PlaceContext(catalogue, filed.cells).periods
    periods = [period for period in filed_for if period.start.year in wanted]
    around = await surroundings(ledger, catalogue, place, periods)
    context = PlaceContext(catalogue, filed.cells, ledger.tree.level(place, date.max), around.ask)
    done: set[tuple[str, str, str]] = set()
    return [
        one
        for period in periods
        for one in findings(
            catalogue,
            context,
            ledger.tree.level(place, period.end),
            period,
            filed.cells[period.text],
            done,
        )
        if int(one.period[:4]) in wanted
    ]


async def _keep(
    ledger: Ledger,
    filings: dict[int, Filings],
    due: Sequence[tuple[int, bytes, int]],
    found: Sequence[Row],
) -> None:
    """Puts what was found in the place of what was; what changed meanwhile stays due."""
    async with ledger.transaction() as database:
        again = await load(database, filings)
        done = [number for number in filings if again[number] == filings[number]]
        years = sorted({(no, year) for no, _, year in due if no in set(done)})
        await database.run_many(
            "DELETE FROM finding WHERE place = ? AND CAST(substr(period, 1, 4) AS INTEGER) IN (?, ?)",
            [(no, year, year + 1) for no, year in years],
        )
        await database.run_many("DELETE FROM check_due WHERE place = ? AND year = ?", years)
        await database.run_many(
            "INSERT INTO finding (place, period, rule, bound, severity, cells, figures, found_at)"
            " VALUES (?,?,?,?,?,?,?,?)",
            [row for row in found if row[0] in set(done)],
        )


def _row(number: int, one: Finding, now: int) -> Row:
    cells = json.dumps(one.cells)
    figures = json.dumps(one.values, ensure_ascii=False)
    return number, one.period, one.check, one.bound, one.severity, cells, figures, now
