"""Adjustments through any history: kept exactly, apart from what is reported, in every total above."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from server.catalogue.keeping import catalogue_of
from server.devices.invites import authority
from server.exchange.figures import Figures
from server.explaining import keeping
from server.explaining.adjusted import adjusted_figures
from server.explaining.adjustments import adjusted
from server.filing import Filed, file
from server.rollup.folding import compare
from sync.adjusting import Adjustment, adjustment_cell, encode
from sync.period import parse
from sync.quantity import SCALE
from sync.value import quantity_value, text_value
from tests.integration.province import FIRST, VILLAGES, Province, province

PERIOD = "2024Q4"
Given = tuple[str, int]


async def adjust(made: Province, name: str, amount: int, period: str = PERIOD) -> None:
    """A county's adjustment at a place."""
    person, grant = authority(made.ledger)
    said = encode(Adjustment(amount, "why"))
    cell = (adjustment_cell(period, "CUM"), said)
    await file(made.ledger, [Filed(made.place(name), person, grant, [cell])])


async def report(made: Province, village: str, number: int) -> None:
    """A village's value."""
    async with made.ledger.transaction() as database:
        await made.set(database, village, PERIOD, "CUM", quantity_value(number), rival=False)


NAMES = st.sampled_from(list(FIRST))
AMOUNTS = st.integers(-(10**7), 10**7)


@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.sampled_from(VILLAGES), AMOUNTS), max_size=6),
    st.lists(st.tuples(NAMES, AMOUNTS), max_size=6),
    st.lists(st.tuples(st.sampled_from(["t1", "t3"]), st.sampled_from(["c1", "c2"])), max_size=1),
)
def test_the_adjusted_total_is_the_reported_one_and_all_adjustments_at_and_below(
    values: Sequence[Given], amounts: Sequence[Given], moves: Sequence[tuple[str, str]]
) -> None:
    """At every place, by either hierarchy; sums and their rows stay what villages reported (S95)."""

    async def run(folder: Path) -> None:
        async with province(folder) as made:
            for village, number in values:
                await report(made, village, number)
            for name, amount in amounts:
                await adjust(made, name, amount)
            async with made.ledger.transaction() as database:
                for child, parent in moves:
                    await made.move(database, (child, parent, "2025-01-01"))
            assert await compare(made.ledger) == (0, [])
            assert await keeping.compare(made.ledger.database) == []
            for today in (False, True):
                await _check(made, dict(values), dict(amounts), today=today)

    with TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder) / "server"))


async def _check(
    made: Province, values: dict[str, int], amounts: dict[str, int], *, today: bool
) -> None:
    ledger, asked = made.ledger, parse(PERIOD)
    day = ledger.today() if today else asked.end
    catalogue = await catalogue_of(ledger)
    figures = Figures(ledger, catalogue, ["CUM"], day if today else None)
    places = [made.place(name) for name in FIRST]
    await figures.load(places, asked)
    tree = day if today else None
    found = await adjusted_figures(ledger, catalogue, figures, places, asked, ["CUM"], tree)
    sums = await adjusted(ledger, catalogue, places, asked, ["CUM"], tree)
    for name in FIRST:
        below = {one for one in FIRST if _lies(made, one, name, day.isoformat())}
        wanted = [amount for one, amount in amounts.items() if one in below and amount]
        total = sum(number for one, number in values.items() if one in below)
        there = sums.get((made.place(name), "CUM"))
        assert (there or (0, 0)) == (sum(wanted), len(wanted))
        both = found.get((made.place(name), "CUM"))
        assert (both is not None) == bool(wanted)
        if both is not None:
            assert both.adjusted.value == Fraction(total + sum(wanted), SCALE)
            is_reported = any(one in below for one in values)
            assert both.reported.reported == len(below & values.keys())
            assert isinstance(both.reported.value, Fraction) == is_reported


def _lies(made: Province, name: str, above: str, day: str) -> bool:
    while name and name != above:
        since = [start for start in made.parents[name] if start <= day]
        name = made.parents[name][max(since)]
    return bool(name)


async def test_a_rate_follows_its_adjusted_operands(tmp_path: Path) -> None:
    """RATE is 100*STOCK/HOUSES: an adjustment of HOUSES flows into it, and it is told that one did,
    while the reported rate stays beside it (S95).
    """
    async with province(tmp_path / "server") as made:
        ledger = made.ledger
        async with ledger.transaction() as database:
            for code, period, number in (("STOCK", PERIOD, 10), ("HOUSES", "2024", 40)):
                value = quantity_value(number * SCALE)
                await made.set(database, "v1", period, code, value, rival=False)
        person, grant = authority(ledger)
        cell = (adjustment_cell("2024", "HOUSES"), encode(Adjustment(10 * SCALE, "ten new ones")))
        await file(ledger, [Filed(made.place("t1"), person, grant, [cell])])
        catalogue, year = await catalogue_of(ledger), parse("2024")
        figures = Figures(ledger, catalogue, ["RATE"], None)
        places = [made.place(name) for name in ("c1", "t1", "v1")]
        await figures.load(places, year)
        found = await adjusted_figures(ledger, catalogue, figures, places, year, ["RATE"])

        assert {
            place: (b.reported.value, b.adjusted.value, b.number) for place, b in found.items()
        } == {
            (made.place("c1"), "RATE"): (Fraction(25), Fraction(20), 1),
            (made.place("t1"), "RATE"): (Fraction(25), Fraction(20), 1),
        }


async def test_a_row_that_was_tampered_with_is_found(tmp_path: Path) -> None:
    """The table is compared with what stands; text that can't be read leaves no row (S95)."""
    async with province(tmp_path / "server") as made:
        ledger = made.ledger
        await adjust(made, "c1", 5)
        await adjust(made, "t1", 7)
        person, grant = authority(ledger)
        odd = [(adjustment_cell(PERIOD, "CUM"), text_value("of the future"))]
        await file(ledger, [Filed(made.place("t1"), person, grant, odd)])
        assert await ledger.database.rows("SELECT indicator, amount FROM adjustment") == [
            ("CUM", 5)
        ]
        assert await keeping.compare(ledger.database) == []
        async with ledger.transaction() as database:
            await database.run("UPDATE adjustment SET amount = 6")

        assert [row[:2] for row in await keeping.compare(ledger.database)] == [(PERIOD, "CUM")]


async def test_a_period_that_is_only_adjusted_is_not_the_latest_that_is_known(
    tmp_path: Path,
) -> None:
    """A year shows its last reported quarter, whatever was adjusted for a later one; of flows, months
    that nobody has reported are adjusted all the same (S95).
    """
    async with province(tmp_path / "server") as made:
        ledger, year = made.ledger, parse("2024")
        async with ledger.transaction() as database:
            for code, period in (("CUM", "2024Q2"), ("FLOW", "2024-01")):
                await made.set(
                    database, "v1", period, code, quantity_value(10 * SCALE), rival=False
                )
        person, grant = authority(ledger)
        cells = [
            (adjustment_cell(period, code), encode(Adjustment(5 * SCALE, "why")))
            for code, period in (("CUM", "2024Q4"), ("FLOW", "2024-05"))
        ]
        await file(ledger, [Filed(made.place("t1"), person, grant, cells)])
        catalogue, town = await catalogue_of(ledger), made.place("t1")
        codes = ["CUM", "FLOW"]
        figures = Figures(ledger, catalogue, codes, None)
        await figures.load([town], year)
        found = await adjusted_figures(ledger, catalogue, figures, [town], year, codes)
        last = figures.context(town, year).figure("CUM", year)

        assert (last.value, last.period.text) == (Fraction(10), "2024Q2")
        assert [(place, code, both.adjusted.value) for (place, code), both in found.items()] == [
            (town, "FLOW", Fraction(15))
        ]
