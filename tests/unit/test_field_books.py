"""What is kept in memory of a place is what the database says, whatever happened to either."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from field_client.desk import Desk
from sync.entry import typed
from sync.entry.books import book_of
from sync.entry.checking import explain, judged
from sync.entry.explaining import offered
from sync.entry.standing import cells_of, shown_value, values_of
from sync.ledger.edits import Edit
from sync.period import parse
from sync.problems import Problem
from sync.value import Cell, Value, quantity_value
from tests.unit.field_office import VILLAGE, Office, clock, office_in

CODES = ("B001", "B002", "B003", "D002")
PERIODS = ("2024Q1", "2024Q2", "2024Q3")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A server with one village."""
    async with office_in(tmp_path) as made:
        yield made


async def agrees(desk: Desk) -> bool:
    """Whether the book says what a fresh reading of every cell says."""
    book = await book_of(desk.ledger, VILLAGE)
    kept = {period: dict(codes) for period, codes in book.values.items()}
    return kept == await values_of(desk, VILLAGE)


@pytest.mark.parametrize("seed", range(6))
async def test_a_book_follows_all_that_changes(seed: int, office: Office) -> None:
    """Typing, sealing, syncing, undoing, failing transactions, another process (F69)."""
    chance = random.Random(seed)
    async with office.desk("张三") as desk, office.desk("李四") as other:
        for _ in range(40):
            period, code = parse(chance.choice(PERIODS)), chance.choice(CODES)
            match chance.choice(("enter", "enter", "undo", "seal", "sync", "fail", "elsewhere")):
                case "enter":
                    await typed.enter(desk, VILLAGE, period, code, str(chance.randrange(4)))
                case "undo":
                    try:
                        await typed.undo(desk, VILLAGE, period, code, "")
                    except Problem as problem:
                        assert problem.code == "field-undo-sealed"
                case "seal":
                    await desk.ledger.seal()
                case "sync":
                    await typed.enter(other, VILLAGE, period, code, str(chance.randrange(4)))
                    await office.sync(other)
                    await office.sync(desk)
                case "fail":
                    await _fail(desk, Cell("value", period.text, code))
                case "elsewhere":
                    async with Desk.open(desk.ledger.database.path.parent, clock) as second:
                        await typed.enter(second, VILLAGE, period, code, "9")
            assert await agrees(desk)


async def _fail(desk: Desk, cell: Cell) -> None:
    """A transaction that is undone after its changes were told."""
    edit = Edit(VILLAGE, cell, quantity_value(77), desk.person, desk.grant)
    with suppress(Problem):
        async with desk.ledger.transaction():
            await desk.ledger.record_within([(edit, None)])
            raise Problem("storage-full", file="x")


async def test_what_is_typed_is_judged_as_it_will_be(office: Office) -> None:
    """The findings before a value is recorded are those after it (F70)."""
    chance = random.Random(7)
    async with office.desk("张三") as desk:
        for _ in range(30):
            period = parse(chance.choice(PERIODS))
            typing: dict[str, Value] = {
                code: quantity_value(chance.randrange(0, 900, 7) * 1_000)
                for code in (*CODES, "B004", "B005", "B006")
            }
            before = await judged(desk, VILLAGE, period, typing, typing)
            cells = [(Cell("value", period.text, code), value) for code, value in typing.items()]
            await desk.record(VILLAGE, cells)
            assert await judged(desk, VILLAGE, period, typing) == before
            assert await agrees(desk)


async def test_an_explanation_is_offered_again_next_period(office: Office) -> None:
    """It is kept with the value that it explains; the latest one is what is offered (F71)."""
    async with office.desk("张三") as desk:
        for period, number in (("2024Q1", 1), ("2024Q2", 10), ("2024Q3", 100)):
            await typed.enter(desk, VILLAGE, parse(period), "B001", str(number))
        await explain(desk, VILLAGE, "R34:B001", parse("2024Q2"), "新开民宿")
        (now,) = [
            one
            for one in await judged(desk, VILLAGE, parse("2024Q3"), ["B001"])
            if one.name == "R34:B001" and one.finding.period == "2024Q3"
        ]
        again = offered(await book_of(desk.ledger, VILLAGE), now.finding)

        assert now.explanation == ""
        assert again is not None
        assert (again.period, again.text) == ("2024Q2", "新开民宿")
        filed = await cells_of(desk, VILLAGE, ("explain",), ("2024Q2",))
        assert [shown_value(one).text for one in filed.values()] == ["新开民宿"]  # type: ignore[union-attr]  # it was just filed
