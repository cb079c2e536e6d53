"""Figures of some places, read from the rollups in as few queries as their formulas need.

Which periods a formula looks at is seen by evaluating it: what was asked for and not read yet is
read for all the places at once, and the formulas are evaluated again, until nothing is missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from server.rollup.reach import series_read
from server.rollup.sheet import TABLES, read, read_carried, sums_of
from sync.catalogue import Catalogue
from sync.ids import PlaceId
from sync.ledger.database import Row
from sync.ledger.ledger import Ledger
from sync.period import Period, parse
from sync.rollup import Figure, RollupContext, Sums

__all__ = ["FigureRow", "Figures"]

_ROUNDS_MAX = 20  # formulas of formulas that look back; usually two are enough


class FigureRow(NamedTuple):
    """One figure, and how many places could stand behind it."""

    place: PlaceId
    code: str
    figure: Figure
    expected: int


Added = Mapping[tuple[str, str], Sums]
"""What to add to rows, by period text and series: adjustments, or what a choice would change."""


class Figures:
    """The figures of a few places; `load` first, as often as there is more to ask for."""

    def __init__(
        self, ledger: Ledger, catalogue: Catalogue, codes: Sequence[str], today: date | None
    ) -> None:
        """`today` asks for today's hierarchy; None for that of each period's end."""
        self._ledger = ledger
        self._catalogue = catalogue
        self._codes = codes
        self._today = today
        self._tables = TABLES[: 2 if today else 1]
        self._sums: dict[tuple[PlaceId, str, str], Sums] = {}
        self._carried: dict[tuple[PlaceId, str], list[tuple[date, Sums]]] = {}
        self._held: set[PlaceId] = set()
        self._read: dict[str, set[PlaceId]] = defaultdict(set)
        self._asked: set[str] = set()
        self._found: dict[tuple[PlaceId, Period], list[FigureRow]] = {}
        self._series = series_read(catalogue, codes)
        self._levels = {code: _levels(catalogue, code) for code in codes}

    async def load(self, places: Sequence[PlaceId], period: Period) -> None:
        """Reads what the figures of these places in that period are made of."""
        rows = await self._ledger.database.rows_in(
            "SELECT no, id FROM place_no WHERE id IN ({keys})", [(place,) for place in places]
        )
        numbers = {number: PlaceId(place) for number, place in rows}
        if carried := {name for name, is_carried in self._series.items() if is_carried}:
            await self._load_carried(numbers, carried)
        self._asked = {period.text}
        for _ in range(_ROUNDS_MAX):
            new, self._asked = sorted(self._asked), set()
            if not new:
                return
            await self._load_periods(numbers, new)
            for text in new:
                self._read[text].update(places)
            found = {(place, period): self._rows_of(place, period) for place in places}
            if not self._asked:
                self._found |= found

    def of(self, place: PlaceId, period: Period) -> list[FigureRow]:
        """All figures of a place; an indicator that is filed only above it is left out."""
        found = self._found.get((place, period))
        return self._rows_of(place, period) if found is None else found

    def _rows_of(self, place: PlaceId, period: Period) -> list[FigureRow]:
        day = self._today or period.end
        tree = self._ledger.tree
        context = self.context(place, period)
        rows = []
        for code in self._codes:
            figure = context.figure(code, period)
            expected = min(
                (n for level in self._levels[code] if (n := tree.count(place, level, day))),
                default=0,
            )
            if expected or figure.reported:
                rows.append(FigureRow(place, code, figure, expected))
        return rows

    @property
    def periods(self) -> frozenset[str]:
        """The periods of which rows were read."""
        return frozenset(text for text, places in self._read.items() if places)

    def row(self, place: PlaceId, text: str, series: str) -> Sums | None:
        """The row of a series that was read for exactly that period."""
        return self._sums.get((place, text, series))

    def standing(self, place: PlaceId, series: str, day: date) -> Sums | None:
        """What a series that is filed on change comes to on a day."""
        return _summed(
            [row for start, row in self._carried.get((place, series), ()) if start <= day]
        )

    def context(self, place: PlaceId, period: Period, added: Added | None = None) -> RollupContext:
        """What formulas of a place look at, as the place lies at that period's end or today."""
        more = added or {}

        def sums(series: str, period: Period) -> Sums | None:
            if place not in self._read[period.text]:
                self._asked.add(period.text)
            row = self._sums.get((place, period.text, series))
            extra = more.get((period.text, series))
            return _summed([one for one in (row, extra) if one is not None])

        def standing(series: str, day: date) -> Sums | None:
            row = self.standing(place, series, day)
            rows = [row] if row else []
            rows += [
                extra
                for (text, one), extra in more.items()
                if one == series and parse(text).start <= day
            ]
            return _summed(rows)

        def count(of_level: str, period: Period) -> int:
            return self._ledger.tree.count(place, of_level, self._today or period.end)

        level = self._ledger.tree.level(place, self._today or period.end)
        return RollupContext(self._catalogue, level, sums, standing, count)

    async def _load_periods(self, numbers: dict[int, PlaceId], periods: Sequence[str]) -> None:
        """Those of places that were not read before."""
        by_lack: dict[tuple[int, ...], list[str]] = defaultdict(list)
        for text in periods:
            missing = [no for no, place in numbers.items() if place not in self._read[text]]
            by_lack[tuple(missing)].append(text)
        for lacking, texts in by_lack.items():
            for table in self._tables:
                found = await read(self._ledger.database, table, lacking, texts, self._series)
                self._take(numbers, found)

    async def _load_carried(self, numbers: dict[int, PlaceId], series: set[str]) -> None:
        """Those of places that were not read for an earlier period."""
        new = {number: place for number, place in numbers.items() if place not in self._held}
        self._held.update(new.values())
        for table in self._tables:
            found = await read_carried(self._ledger.database, table, list(new), series)
            self._take_carried(new, found)

    def _take(self, numbers: dict[int, PlaceId], rows: Sequence[Row]) -> None:
        for number, period, series, *columns in rows:
            key = numbers[number], period, series
            there = self._sums.get(key, Sums(0, 0, 0))
            self._sums[key] = Sums(*map(sum, zip(there, sums_of(columns), strict=True)))

    def _take_carried(self, numbers: dict[int, PlaceId], rows: Sequence[Row]) -> None:
        for number, period, series, *columns in rows:
            there = self._carried.setdefault((numbers[number], series), [])
            there.append((parse(period).start, sums_of(columns)))


def _summed(rows: Sequence[Sums]) -> Sums | None:
    return Sums(*map(sum, zip(*rows, strict=True))) if rows else None


def _levels(catalogue: Catalogue, code: str) -> set[str]:
    """The levels at which a figure's operands are filed."""
    found, waiting, seen = set(), [code], {code}
    while waiting:
        one = catalogue.indicators.get(waiting.pop())
        if one is None:
            continue
        if not one.formula:
            found.add(one.level)
            continue
        below = catalogue.formulas[one.code].names - seen
        waiting += below
        seen |= below
    return found or {catalogue.indicators[code].level}
