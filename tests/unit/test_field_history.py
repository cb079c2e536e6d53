"""A cell's history, its conflicts, and what else a place can tell of itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import pytest

from field_client import conflicts
from field_client.desk import Desk
from field_client.history import Signed, Where, past_of
from field_client.trend import trends
from server import filing
from server.devices import invites
from sync.entry import typed
from sync.entry.already import say_already
from sync.entry.standing import cells_of, shown_value
from sync.figure import Missing
from sync.ids import PlaceId, mint
from sync.period import parse
from sync.problems import Problem
from sync.review import already_cell, target_cell
from sync.value import Cell, quantity_value, text_value
from tests.unit.field_office import TOWN, VILLAGE, Office, clock, office_in

NOW = parse("2024Q3")
CELL = Cell("value", NOW.text, "B001")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A server with one village."""
    async with office_in(tmp_path) as made:
        yield made


async def enter(desk: Desk, text: str) -> None:
    """Types the quarter's income."""
    await typed.enter(desk, VILLAGE, NOW, "B001", text)


async def in_conflict(office: Office, desk: Desk, other: Desk) -> None:
    """Makes two laptops differ, and lets both know."""
    await enter(desk, "1")
    await enter(other, "2")
    for one in (desk, other, desk):
        await office.sync(one)


async def test_history_tells_every_version_ever(office: Office) -> None:
    """Who, on which laptop, whether it was accepted, whether the signature is good (F72)."""
    async with office.desk("张三") as desk, office.desk("李四") as other:
        await enter(desk, "1")
        await office.sync(desk)
        await office.sync(other)
        await enter(other, "2")
        await office.sync(other)
        await office.sync(desk)
        await enter(desk, "3")
        past = await past_of(desk, VILLAGE, CELL)

        by_value = {one.value.number // 10_000: one for one in past}
        assert by_value.keys() == {1, 2, 3}
        assert [by_value[at].signed for at in (1, 2, 3)] == [
            Signed.OWN,
            Signed.VERIFIED,
            Signed.UNSEALED,
        ]
        assert [by_value[at].where for at in (1, 3)] == [Where.BOOKS, Where.PENDING]
        assert [by_value[at].stands for at in (1, 2, 3)] == [False, False, True]
        assert by_value[2].author == other.person
        assert by_value[2].accepted_at is not None
        assert by_value[3].commit is None


async def test_history_tells_what_was_refused(office: Office) -> None:
    """It was never in the books, and is told with the reason (F72)."""
    async with office.desk("张三") as desk:
        await enter(desk, "1")
        await office.sync(desk)
        await office.end_grant(desk)
        await enter(desk, "2")
        await office.sync(desk)
        refused, accepted = sorted(
            await past_of(desk, VILLAGE, CELL), key=lambda one: -one.value.number
        )

        assert (refused.where, refused.stands) == (Where.PARKED, False)
        assert refused.why is not None
        assert refused.why.code == "grant-ended"
        assert (accepted.where, accepted.stands) == (Where.BOOKS, True)


async def test_a_forged_signature_is_told(office: Office) -> None:
    """As is a key that nobody here knows (F72)."""
    async with office.desk("张三") as desk:
        await enter(desk, "1")
        await desk.ledger.seal()
        database = desk.ledger.database
        async with database.writing():
            await database.run(
                "UPDATE commits SET signature = ? WHERE accepted_at IS NULL", (b"x",)
            )
        (only,) = await past_of(desk, VILLAGE, CELL)
        assert only.signed is Signed.WRONG
        desk.ledger.register.devices.clear()
        async with database.writing():
            await database.run(
                "UPDATE commits SET device = ? WHERE accepted_at IS NULL", (b"y" * 16,)
            )
        assert (await past_of(desk, VILLAGE, CELL))[0].signed is Signed.WRONG  # of the own key


async def test_a_conflict_is_settled_by_one_of_its_sides(office: Office) -> None:
    """Both are told with who and where; the settled value has seen both, and both laptops get it
    (F73).
    """
    async with office.desk("张三") as desk, office.desk("李四") as other:
        await in_conflict(office, desk, other)
        found = await conflicts.conflict_at(desk, VILLAGE, CELL)
        assert found is not None
        assert {one.author for one in found.held} == {desk.person, other.person}
        assert {found.devices[one.device] for one in found.held} == {"张三的电脑", "李四的电脑"}
        chosen = found.names[[one.value.number for one in found.held].index(20_000)]
        await conflicts.settle(desk, VILLAGE, NOW, "B001", found.names, chosen=chosen)

        assert await conflicts.conflict_at(desk, VILLAGE, CELL) is None
        assert await conflicts.disputed_cells(desk) == set()
        await office.sync(desk)
        await office.sync(other)
        assert await conflicts.disputed_cells(other) == set()
        with pytest.raises(Problem, match="field-conflict-gone"):
            await conflicts.settle(desk, VILLAGE, NOW, "B001", found.names, text="3")


async def test_what_came_after_the_page_stays_in_conflict(office: Office) -> None:
    """A settled value covers what its page showed, and no more (F73)."""
    async with (
        office.desk("张三") as desk,
        office.desk("李四") as other,
        office.desk("王五") as third,
    ):
        await enter(third, "5")
        await in_conflict(office, desk, other)
        page = await conflicts.conflict_at(desk, VILLAGE, CELL)
        assert page is not None
        await office.sync(third)
        await office.sync(desk)
        await conflicts.settle(desk, VILLAGE, NOW, "B001", page.names, text="30000", unit="元")

        left = await conflicts.conflict_at(desk, VILLAGE, CELL)
        assert left is not None
        assert {one.value.number for one in left.held} == {30_000, 50_000}
        assert await conflicts.disputed_cells(desk, [VILLAGE]) == {(VILLAGE, CELL)}


async def test_a_question_travels_and_settles_nothing(office: Office) -> None:
    """It is a note on the cell, which the other laptop shows beside the conflict (F73)."""
    async with office.desk("张三") as desk, office.desk("李四") as other:
        await in_conflict(office, desk, other)
        await conflicts.ask(desk, VILLAGE, NOW, "B001", "你那个数是哪来的？")
        await office.sync(desk)
        await office.sync(other)
        there = await conflicts.conflict_at(other, VILLAGE, CELL)
        assert there is not None
        assert there.note == "你那个数是哪来的？"


async def test_what_was_reported_before_is_said_to_the_issuer(office: Office) -> None:
    """It travels like a value, and stands beside it at the server (F75)."""
    async with office.desk("张三") as desk:
        await say_already(desk, VILLAGE, NOW, "B001", "三资平台 10月")
        await office.sync(desk)
        cell = already_cell(NOW.text, "B001")
        held = (await office.ledger.standing(VILLAGE, [cell[:2]]))[cell].versions
        assert [one.value for one in held] == [text_value("三资平台 10月")]
        with pytest.raises(Problem):
            await say_already(desk, VILLAGE, NOW, "Z999", "x")
        mine = await cells_of(desk, VILLAGE, ("already",))
        assert shown_value(mine[cell]) == text_value("三资平台 10月")


async def test_a_village_sees_its_own_way_to_its_own_target(office: Office) -> None:
    """The target is its own cell, else what is set above it; there is no band of nobody (F74)."""
    person, grant = invites.authority(office.ledger)
    for place, cell, units in (
        (TOWN, target_cell("2024", "B001"), 500_000),
        (VILLAGE, target_cell("2024Q3", "B001"), 300_000),
    ):
        filed = filing.Filed(place, person, grant, [(cell, quantity_value(units))])
        await filing.file(office.ledger, [filed])
    async with office.desk("张三") as desk:
        for period, text in (("2024Q1", "10"), ("2024Q3", "25")):
            await typed.enter(desk, VILLAGE, parse(period), "B001", text)
        (found,) = await trends(desk, VILLAGE, ["B001"])

        assert [point.period.text for point in found.points] == ["2024Q1", "2024Q2", "2024Q3"]
        assert [point.target for point in found.points] == [50, 50, 30]
        first, second, third = (point.value for point in found.points)
        assert (first, third) == (Fraction(10), Fraction(25))
        assert isinstance(second, Missing)
        assert all(point.band is None for point in found.points)
        assert await trends(desk, VILLAGE, ["B002"]) == []


async def test_a_band_is_of_enough_neighbours_and_names_none(office: Office) -> None:
    """The middle half of at least five others; the village itself is not among them (F74)."""
    person, grant = invites.authority(office.ledger)
    beside = [PlaceId(mint("place", name.encode())) for name in "abcdefg"]
    for at, place in enumerate(beside):
        texts = {"code": f"44510310140{at}", "level": "village", "parent": TOWN.hex()}
        cells = [(Cell("place", "2020-01-01", key), text_value(t)) for key, t in texts.items()]
        cells += [(CELL, quantity_value((at + 1) * 10_000))]
        await filing.file(office.ledger, [filing.Filed(place, person, grant, cells)])
    async with Desk.open(await office.enrol("镇", TOWN), clock) as desk:
        assert (await office.sync(desk)).complete
        await typed.enter(desk, VILLAGE, NOW, "B001", "1000")
        (found,) = await trends(desk, VILLAGE, ["B001"], 1)
        band = found.points[0].band
        assert band is not None
        assert (band.low, band.high, band.places) == (Fraction(5, 2), Fraction(11, 2), 7)
