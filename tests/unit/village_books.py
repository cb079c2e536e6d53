"""Five villages whose rollups are kept by differences, and a recount that knows nothing of that."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import NamedTuple

from sync.aggregate import Contribution, contributions, difference
from sync.catalogue import Catalogue, Indicator, Kind, Parameter, Words
from sync.period import Period, parse
from sync.placecontext import PlaceContext
from sync.quantity import SCALE
from sync.rollup import Figure, RollupContext, Sums
from sync.value import Type, Value

NAME = Words("名", "名", "name")
TABLE = """
CUM    quarter sum           cum
STOCK  quarter sum           end
FLOW   month   sum           add
HOUSES year    sum           end
CLINIC year    share         end
ROADS  static  sum           end
BUS    static  share         end
INCOME year    weighted_mean end   STOCK
SCORE  year    mean          end
SURVEY year    none          end
RATE   year    ratio         none  100*STOCK/HOUSES
WEAK   year    count_if      none  100*COUNTIF(CUM-HOUSES<P_LINE)/COUNT(VILLAGE)+0*COUNTIF(HOUSES>1)
MARK   year    mean          none  SCORE/HOUSES
LINKED static  weighted_mean end   ROADS
"""


def _indicator(line: str) -> Indicator:
    code, period, space, time, *rest = line.split()
    last = rest[0] if rest else ""
    weighted = space == "weighted_mean"
    kind = "flag" if space == "share" else "quantity"
    return Indicator(
        code=code,
        name=NAME,
        type=kind,  # type: ignore[arg-type]
        level="village",
        period=Kind(period),
        space=space,  # type: ignore[arg-type]
        time=time,  # type: ignore[arg-type]
        weight=last if weighted else "",
        formula="" if weighted else last,
    )


CATALOGUE = Catalogue(
    [
        *(_indicator(line) for line in TABLE.strip().splitlines()),
        Parameter(code="P_LINE", value="3", name=NAME),
    ]
)
# Each village's town; the county is above both.
VILLAGES = {"v1": "t1", "v2": "t1", "v3": "t2", "v4": "t2", "v5": "t2"}
PERIODS = {
    Kind.YEAR: ["2023", "2024"],
    Kind.QUARTER: ["2023Q4", "2024Q1", "2024Q2", "2024Q4"],
    Kind.MONTH: ["2023-12", "2024-01", "2024-05"],
    Kind.STATIC: ["2022", "2023Q2", "2023-04", "2024"],
}
Held = dict[str, dict[tuple[str, str], Value]]
"""Village -> period and code -> the value shown."""


class Edit(NamedTuple):
    """A value filed, overwritten, or (None) taken back by whoever settles a conflict."""

    village: str
    period: str
    code: str
    value: Value | None
    disputed: bool


class Books:
    """Villages and the rollup rows above them, kept by differences alone."""

    def __init__(self, catalogue: Catalogue = CATALOGUE) -> None:
        self.catalogue = catalogue
        self.held: Held = {}
        self.disputed: dict[str, set[tuple[str, str]]] = {}
        self.rows: dict[tuple[str, str, str], Sums] = {}

    def apply(self, edit: Edit) -> None:
        """Files one edit and adds what it changes to every place above."""
        cell = (edit.period, edit.code)
        before = contributions(
            self.place(edit.village), self.disputed.get(edit.village, ()), [cell]
        )
        held = self.held.setdefault(edit.village, {})
        disputed = self.disputed.setdefault(edit.village, set())
        held.pop(cell, None)
        disputed.discard(cell)
        if edit.value is not None:
            held[cell] = edit.value
            if edit.disputed:
                disputed.add(cell)
        after = contributions(self.place(edit.village), disputed, [cell])
        for one in difference(before, after):
            self.add(edit.village, one)

    def add(self, village: str, one: Contribution) -> None:
        """Adds a contribution to the village, its town and the county."""
        for above in (village, VILLAGES[village], "c"):
            key = above, one.series, one.period
            old = self.rows.get(key, Sums(0, 0, 0, 0))
            new = Sums(
                old.reported + one.reported,
                old.no_value + one.no_value,
                old.total + one.total,
                old.disputed + one.disputed,
            )
            self.rows[key] = new
            if new == Sums(0, 0, 0, 0):
                del self.rows[key]

    def place(self, village: str) -> PlaceContext:
        """A village's own figures."""
        cells: dict[str, dict[str, Value]] = {}
        for (period, code), value in self.held.get(village, {}).items():
            cells.setdefault(period, {})[code] = value
        return PlaceContext(self.catalogue, cells, "village")

    def refold(self) -> dict[tuple[str, str, str], Sums]:
        """The rows from all that is held now, as if there had been no history."""
        fresh = Books(self.catalogue)
        fresh.held = self.held
        for village in VILLAGES:
            found = contributions(self.place(village), self.disputed.get(village, ()))
            for one in found.values():
                fresh.add(village, one)
        return fresh.rows

    def figure(self, at: str, code: str, period: str) -> Figure:
        """What a place shows."""

        def sums(series: str, asked: Period) -> Sums | None:
            return self.rows.get((at, series, asked.text))

        def standing(series: str, day: date) -> Sums:
            rows = [
                row
                for (place, one, text), row in self.rows.items()
                if (place, one) == (at, series) and parse(text).start <= day
            ]
            return (
                Sums(*(sum(column) for column in zip(*rows, strict=True)))
                if rows
                else Sums(0, 0, 0)
            )

        def count(level: str, _asked: Period) -> int:
            return len(under(at)) if level == "village" else 1

        level = {"v": "village", "t": "town", "c": "county"}[at[0]]
        context = RollupContext(self.catalogue, level, sums, standing, count)
        return context.figure(code, parse(period))


def under(at: str) -> list[str]:
    """The villages at or below a place."""
    return [village for village, town in VILLAGES.items() if at in {village, town, "c"}]


class Recount:
    """The oracle: figures counted from the villages' values, with none of the code under test."""

    def __init__(self, held: Held, at: str) -> None:
        self.cells = [held.get(village, {}) for village in under(at)]
        self.villages = len(self.cells)

    def numbers(self, code: str, period: str) -> list[Fraction]:
        """What the villages filed, reasons left out; a yes is 1."""
        found = (cells.get((period, code)) for cells in self.cells)
        return [self.number(one) for one in found if one and one.type is not Type.REASON]

    @staticmethod
    def number(value: Value) -> Fraction:
        return Fraction(value.number, SCALE if value.type is Type.QUANTITY else 1)

    def stock(self, code: str) -> Fraction | None:
        """The last quarter of 2024 that anyone reported."""
        for period in ("2024Q4", "2024Q3", "2024Q2", "2024Q1"):
            if numbers := self.numbers(code, period):
                return sum(numbers, Fraction(0))
        return None

    def own(self, cells: dict[tuple[str, str], Value], code: str) -> Fraction | None:
        """One village's last quarter of 2024 with a value."""
        for period in ("2024Q4", "2024Q3", "2024Q2", "2024Q1"):
            value = cells.get((period, code))
            if value and value.type is not Type.REASON:
                return self.number(value)
        return None

    def carried(self, code: str, by: str) -> list[Fraction]:
        """Each village's latest filing that had started by then, reasons left out."""
        order = ["2022", "2023Q2", "2023-04", "2024"]
        starts = {"2022": "2022-01", "2023Q2": "2023-04", "2023-04": "2023-04", "2024": "2024-01"}
        order.sort(key=lambda text: (starts[text], {"2023-04": 0}.get(text, 1)))
        latest = []
        for cells in self.cells:
            filed = [
                cells[text, code] for text in order if (text, code) in cells and starts[text] <= by
            ]
            if filed and filed[-1].type is not Type.REASON:
                latest.append(self.number(filed[-1]))
        return latest

    def expected(self) -> dict[str, Fraction | None]:
        """Every indicator for the year 2024."""
        houses, clinics = self.numbers("HOUSES", "2024"), self.numbers("CLINIC", "2024")
        flows = [n for month in ("01", "05") for n in self.numbers("FLOW", f"2024-{month}")]
        scores = self.numbers("SCORE", "2024")
        roads, buses = self.carried("ROADS", "2024-12"), self.carried("BUS", "2024-12")
        stock = self.stock("STOCK")
        total = sum(houses, Fraction(0))
        return {
            "CUM": self.stock("CUM"),
            "STOCK": stock,
            "FLOW": sum(flows, Fraction(0)) if flows else None,
            "HOUSES": total if houses else None,
            "CLINIC": 100 * sum(clinics, Fraction(0)) / len(clinics) if clinics else None,
            "ROADS": sum(roads, Fraction(0)) if roads else None,
            "BUS": 100 * sum(buses, Fraction(0)) / len(buses) if buses else None,
            "INCOME": self.weighted(),
            "SCORE": sum(scores, Fraction(0)) / len(scores) if scores else None,
            "RATE": None if stock is None or not total else 100 * stock / total,
            "WEAK": self.weak(),
            "MARK": self.mark(),
        }

    def weighted(self) -> Fraction | None:
        pairs = []
        for cells in self.cells:
            income, stock = cells.get(("2024", "INCOME")), self.own(cells, "STOCK")
            if income and income.type is Type.QUANTITY and stock is not None:
                pairs.append((self.number(income), stock))
        weights = sum((stock for _, stock in pairs), Fraction(0))
        return sum((x * w for x, w in pairs), Fraction(0)) / weights if weights else None

    def weak(self) -> Fraction | None:
        held = []
        for cells in self.cells:
            cum, houses = self.own(cells, "CUM"), cells.get(("2024", "HOUSES"))
            if cum is not None and houses and houses.type is Type.QUANTITY:
                held.append(cum - self.number(houses) < 3)
        return Fraction(100 * sum(held), self.villages) if held else None

    def mark(self) -> Fraction | None:
        marks = []
        for cells in self.cells:
            pair = [cells.get(("2024", code)) for code in ("SCORE", "HOUSES")]
            score, houses = (
                self.number(one) if one and one.type is Type.QUANTITY else None for one in pair
            )
            if score is not None and houses:
                tenths = score / houses * SCALE
                rounded = int(abs(tenths) + Fraction(1, 2))
                marks.append(Fraction(rounded if tenths >= 0 else -rounded, SCALE))
        return sum(marks, Fraction(0)) / len(marks) if marks else None
