"""The parts of a total: over any history, they and the place's own come to it exactly."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from server.catalogue.keeping import catalogue_of
from server.exchange.figures import Figures
from server.explaining.parts import compose, periods_of, series_of
from server.rollup.folding import advance
from sync.period import parse
from sync.value import quantity_value
from tests.integration.province import FIRST, Province, province
from tests.integration.test_rollups import HISTORIES, Step, take


async def faults(made: Province) -> list[str]:
    """Totals at any place, by either hierarchy, whose parts do not come to them."""
    ledger = made.ledger
    catalogue = await catalogue_of(ledger)
    wrong = []
    for today in (None, ledger.today()):
        for name in FIRST:
            place = made.place(name)
            for text in ("2024", "2024Q4", "2023-12"):
                asked = parse(text)
                figures = Figures(ledger, catalogue, list(catalogue.indicators), today)
                await figures.load([place], asked)
                context = figures.context(place, asked)
                for code in catalogue.indicators:
                    if not series_of(catalogue, code):
                        continue
                    figure = context.figure(code, asked)
                    periods = periods_of(catalogue, code, figure.period)
                    found = await compose(ledger, catalogue, place, code, periods, today)
                    if not found.adds_up:
                        wrong.append(f"{name} {code} {text} {today}: {found}")
    return wrong


@settings(max_examples=8)
@given(HISTORIES)
def test_the_parts_and_the_own_come_to_the_total_after_any_history(
    history: list[list[Step]],
) -> None:
    """Values, conflicts, moved towns and villages, months of a year, what is filed on change, means
    and weighted means: at every place, by either hierarchy (S96).
    """

    async def run(folder: Path) -> None:
        async with province(folder) as made:
            for steps in history:
                await take(made, steps)
            await advance(made.ledger)
            assert await faults(made) == []

    with TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder) / "server"))


ANYWHERE = st.tuples(
    st.sampled_from(list(FIRST)),
    st.sampled_from(
        [("CUM", "2024Q4"), ("HOUSES", "2024"), ("FLOW", "2024-05"), ("ROADS", "2023Q2")]
    ),
    st.integers(-(10**6), 10**6),
)


@settings(max_examples=8)
@given(st.lists(ANYWHERE, max_size=10))
def test_what_a_town_or_county_files_itself_is_a_part_of_its_own(
    filed: list[tuple[str, tuple[str, str], int]],
) -> None:
    """At any level: it is told apart from what the places below add (S96)."""

    async def run(folder: Path) -> None:
        async with province(folder) as made:
            async with made.ledger.transaction() as database:
                for name, (code, period), number in filed:
                    value = quantity_value(number)
                    await made.set(database, name, period, code, value, rival=False)
            assert await faults(made) == []
            catalogue = await catalogue_of(made.ledger)
            last = {(name, cell): number for name, cell, number in filed}
            for (name, (code, text)), number in last.items():
                if code != "ROADS":
                    found = await compose(
                        made.ledger, catalogue, made.place(name), code, [parse(text)]
                    )
                    assert found.own[0].total == number

    with TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder) / "server"))
