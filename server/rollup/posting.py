"""Posting what places contribute to all places above them, by the period's tree and by today's.

What is filed for a period counts where the place lay at the period's end. What is filed on change
stands until the next filing: it counts where the place lay in the month of the filing, and in each
month in which the place comes to lie elsewhere the sum of its filings moves along, in rows of that
month. Months suffice, since every period ends with one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date

from server.rollup import chains
from server.rollup.chains import Chain
from server.rollup.reach import carried
from server.rollup.sheet import TABLES, Numbered, Sheet, Tables
from sync.aggregate import Contribution
from sync.catalogue import Catalogue
from sync.ids import PlaceId
from sync.ledger.apply import number_places
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.period import Kind, containing, parse

__all__ = ["DAY", "Posting"]

DAY = "rollup_day"
ROWS_IN_MEMORY_MAX = 200_000


class Posting:
    """One transaction's differences of all rollup rows, written when it is told to."""

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        catalogue: Catalogue,
        day: date,
        days: Sequence[date],
        *,
        tables: Tables = TABLES,
        only: Collection[str] | None = None,
        without: Collection[str] = (),
        numbered: Numbered = number_places,
    ) -> None:
        """`day` is the one of today's hierarchy, `days` are those on which any place moved.

        `only` and `without` name the indicators of which all series are posted, or left out.
        """
        self.catalogue = catalogue
        self._database = database
        self._chain = chains.now(ledger.tree, ledger.root)
        self._day = day
        self._months = sorted({containing(move, Kind.MONTH) for move in days})
        self._carried = kinds = carried(catalogue)
        self._sheets = (
            Sheet(tables.period, kinds, numbered),
            Sheet(tables.today, kinds, numbered, signed=True),
        )
        self._is_all = only is None and not without
        self._series = {
            series
            for series in kinds
            if (only is None or code_of(series) in only) and code_of(series) not in without
        }

    @classmethod
    async def of(
        cls,
        database: Database,
        ledger: Ledger,
        catalogue: Catalogue,
        days: Sequence[date],
        *,
        without: Collection[str] = (),
    ) -> Posting:
        """Posts to the kept tables, by the day for which today's was made."""
        day = await day_of(database)
        if day is None:
            day = ledger.today()
            await database.set_meta(DAY, day.isoformat())
        return cls(database, ledger, catalogue, day, days, without=without)

    def post(
        self,
        place: PlaceId,
        contributions: Iterable[Contribution],
        *,
        sign: int = 1,
        chain: Chain | None = None,
    ) -> None:
        """Adds what a place contributes to itself and those above (`chain`: the present ones)."""
        chain = chain or self._chain
        rows = contributions if self._is_all else self._wanted(contributions)
        by_period: dict[str, list[Contribution]] = {}
        standing: list[Contribution] = []
        for one in rows:
            if self._carried[one.series]:
                standing.append(one)
            else:
                by_period.setdefault(one.period, []).append(one)
        today = chain(place, self._day)
        for text, there in by_period.items():
            self._count(chain(place, parse(text).end), today, there, sign)
        if standing:
            self._count_standing(place, today, standing, sign, chain)

    @property
    def is_large(self) -> bool:
        """Whether it is time to write, where much is posted."""
        return sum(map(len, self._sheets)) > ROWS_IN_MEMORY_MAX

    async def write(self) -> None:
        """Adds all that was posted to the tables."""
        for sheet in self._sheets:
            await sheet.write(self._database)

    async def write_today(self) -> None:
        """Adds what today's hierarchy makes different, and forgets the rest."""
        self._sheets[0].clear()
        await self._sheets[1].write(self._database)

    def _count(
        self,
        then: tuple[PlaceId, ...],
        today: tuple[PlaceId, ...],
        rows: Sequence[Contribution],
        sign: int,
    ) -> None:
        self._sheets[0].add(then, rows, sign)
        if then != today:
            self._sheets[1].add((one for one in today if one not in then), rows, sign)
            self._sheets[1].add((one for one in then if one not in today), rows, -sign)

    def _count_standing(
        self,
        place: PlaceId,
        today: tuple[PlaceId, ...],
        rows: Sequence[Contribution],
        sign: int,
        chain: Chain,
    ) -> None:
        """Counts in the month of the filing, and moves on with the place."""
        for one in rows:
            first = containing(parse(one.period).start, Kind.MONTH)
            self._count(chain(place, first.end), today, [one], sign)
        for month in self._months:
            left, entered = chain(place, month.previous().end), chain(place, month.end)
            if left != entered:
                moved = [
                    replace(one, period=month.text)
                    for one in rows
                    if parse(one.period).start < month.start
                ]
                self._sheets[0].add(left, moved, -sign)
                self._sheets[0].add(entered, moved, sign)
                self._sheets[1].add(left, moved, sign)
                self._sheets[1].add(entered, moved, -sign)

    def _wanted(self, contributions: Iterable[Contribution]) -> Iterable[Contribution]:
        return (one for one in contributions if one.series in self._series)


def code_of(series: str) -> str:
    """The indicator of a series."""
    return series.partition("*")[0].partition("/")[0].partition("?")[0]


async def day_of(database: Database) -> date | None:
    """The day for which the table of today's hierarchy was made."""
    text = await database.meta(DAY)
    return date.fromisoformat(text) if text else None
