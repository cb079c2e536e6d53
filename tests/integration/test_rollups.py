"""Rollups: kept by differences through any history, they equal a fresh fold and a recount."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.exchange.totals import totals
from server.rollup.folding import compare, rebuild
from sync.definition import canonical
from sync.ledger.database import Database
from sync.quantity import rounded
from sync.quantity import text as decimal
from sync.value import flag_value, quantity_value, reason_value
from tests.integration.province import FIRST, VILLAGES, Moved, Province, province
from tests.unit.village_books import CATALOGUE, PERIODS

Step = tuple[str, tuple[object, ...]]
DAYS = ["2023-07-01", "2024-01-01", "2024-03-15", "2024-11-30", "2025-02-01"]
MOVES = [("t", "c"), ("v", "t")]


@st.composite
def sets(draw: st.DrawFn) -> Step:
    """A value of any entered indicator, over what is there or beside it."""
    one = draw(st.sampled_from([i for i in CATALOGUE.indicators.values() if i.entered]))
    number = st.integers(-3, 60_000).map(quantity_value)
    figure = st.booleans().map(flag_value) if one.type == "flag" else number
    value = draw(st.one_of(figure, figure, figure, st.just(reason_value("below_unit"))))
    period = draw(st.sampled_from(PERIODS[one.period]))
    village = draw(st.sampled_from(VILLAGES))
    return "set", (village, period, one.code, value, draw(st.integers(0, 5)) == 0)


@st.composite
def moves(draw: st.DrawFn) -> Step:
    """A town to another county, or a village to another town, from some day on."""
    low, high = draw(st.sampled_from(MOVES))
    child = draw(st.sampled_from([name for name in FIRST if name[0] == low]))
    parent = draw(st.sampled_from([name for name in FIRST if name[0] == high]))
    return "move", (child, parent, draw(st.sampled_from(DAYS)))


LINES = st.integers(0, 6).map(lambda line: ("line", (line,)))
TODAYS = st.sampled_from(["2025-01-31", "2025-02-01", "2025-03-03"]).map(lambda d: ("today", (d,)))
STEPS = st.one_of(sets(), sets(), sets(), sets(), moves(), LINES, TODAYS)
HISTORIES = st.lists(st.lists(STEPS, min_size=1, max_size=25), min_size=1, max_size=6)


async def take(made: Province, steps: Sequence[Step]) -> None:
    """Some steps in one transaction."""
    async with made.ledger.transaction() as database:
        for step in steps:
            await _take_one(made, database, step)


async def _take_one(made: Province, database: Database, step: Step) -> None:
    match step:
        case "set", (village, period, code, value, rival):
            await made.set(database, village, period, code, value, rival=rival)  # type: ignore[arg-type]
        case "move", (child, parent, day):
            await made.move(database, (child, parent, day))  # type: ignore[arg-type]
        case "line", (line,):
            await made.draw_line(database, line)  # type: ignore[arg-type]
        case "today", (day,):
            made.clock.set(day)  # type: ignore[arg-type]


async def differences(made: Province) -> list[str]:
    """Figures at any place, by either hierarchy, that differ from the recount."""
    wrong = []
    for tree, today in (("period", ""), ("today", made.ledger.today().isoformat())):
        for name in FIRST:
            expected = Moved(made, name, today).expected()
            found = await totals(made.ledger, "2024", place_code=name, tree=tree)  # type: ignore[arg-type]
            figures = {row.indicator: row.value for row in found}
            for code, exact in expected.items():
                wanted = "" if exact is None else decimal(rounded(exact))
                if figures.get(code, "") != wanted:
                    wrong.append(f"{tree} {name} {code}: {figures.get(code)} not {wanted}")
    return wrong


@settings(max_examples=25)
@given(HISTORIES)
def test_kept_rollups_equal_a_fold_and_a_recount_after_any_history(
    history: list[list[Step]],
) -> None:
    """Values, conflicts, moved towns and villages, new definitions and passing days."""

    async def run(folder: Path) -> None:
        async with province(folder) as made:
            for steps in history:
                await take(made, steps)
                assert await compare(made.ledger) == (0, [])
            assert await differences(made) == []
            assert await compare(made.ledger) == (0, [])

    with TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder) / "server"))


async def test_rebuilding_changes_nothing(tmp_path: Path) -> None:
    """Making all rollups anew gives what was kept; a row that was tampered with is found and named."""
    async with province(tmp_path / "server") as made:
        value = quantity_value(50_000)
        steps: list[Step] = [("set", (v, "2024", "HOUSES", value, False)) for v in VILLAGES]
        await take(made, steps)
        ledger = made.ledger
        rows = await ledger.database.rows("SELECT * FROM rollup")
        await rebuild(ledger)
        assert await ledger.database.rows("SELECT * FROM rollup") == rows

        async with ledger.transaction() as database:
            await database.run(
                "UPDATE rollup SET total_low = total_low + 1 WHERE series = 'HOUSES' AND place ="
                " (SELECT no FROM place_no WHERE id = ?)",
                (made.place("c2"),),
            )
        count, found = await compare(ledger)
        assert (count, [row.series for row in found]) == (1, ["HOUSES"])


async def test_a_total_beyond_64_bits_is_exact(tmp_path: Path) -> None:
    """Largest values, weighted by largest weights, below and above zero: nothing wraps or rounds."""
    most = 10**12 * 10_000
    async with province(tmp_path / "server") as made:
        steps: list[Step] = []
        for village in VILLAGES:
            for code, period in (("STOCK", "2024Q4"), ("INCOME", "2024")):
                steps.append(("set", (village, period, code, quantity_value(most), False)))
        steps.append(("set", ("v5", "2024", "INCOME", quantity_value(5 - most), False)))
        await take(made, steps)
        rows = await totals(made.ledger, "2024", indicators=["STOCK", "INCOME"])

        assert {row.indicator: row.value for row in rows} == {
            "STOCK": "5000000000000",
            "INCOME": "600000000000.0001",
        }
        assert await compare(made.ledger) == (0, [])


async def test_a_definition_that_comes_after_the_values_counts_them(tmp_path: Path) -> None:
    """Values of a code that nobody knew yet are kept, and added up when it is defined."""
    text = json.loads(canonical(CATALOGUE.indicators["HOUSES"])) | {"code": "LATER"}
    async with province(tmp_path / "server") as made:
        await take(made, [("set", ("v1", "2024", "LATER", quantity_value(70_000), False))])
        with pytest.raises(Exception, match="indicator-unknown"):
            await totals(made.ledger, "2024", indicators=["LATER"])
        async with made.ledger.transaction() as database:
            await made.define(database, "indicator", "LATER", json.dumps(text))

        (row,) = await totals(made.ledger, "2024", indicators=["LATER"])
        assert (row.value, row.reported, row.expected) == ("7", 1, 5)
        assert await compare(made.ledger) == (0, [])


async def test_rates_are_made_of_sums(tmp_path: Path) -> None:
    """90 of 100 and 10 of 1,000 are 9.1 %, never 45.5 %."""
    figures = {"v1": (90, 100), "v2": (10, 1000)}
    async with province(tmp_path / "server") as made:
        for village, (stock, houses) in figures.items():
            await take(
                made,
                [
                    ("set", (village, "2024Q4", "STOCK", quantity_value(stock * 10_000), False)),
                    ("set", (village, "2024", "HOUSES", quantity_value(houses * 10_000), False)),
                ],
            )
        (row,) = await totals(made.ledger, "2024", place_code="t1", indicators=["RATE"])
        assert row.value == "9.0909"
