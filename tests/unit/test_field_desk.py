"""A laptop's own view: definitions, places, clocks, checks, conflicts, refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from field_client import aside
from field_client.desk import Desk
from field_client.sheet import sheet
from field_client.status import status
from server import filing
from server.catalogue import shipped
from server.devices import invites
from sync.entry import checking, submission
from sync.entry.desk import moment
from sync.entry.standing import State, cells_of, held_in
from sync.period import parse
from sync.problems import Problem
from sync.value import Cell, Value, quantity_value, reason_value, text_value
from tests.unit.field_office import CODE, ELSEWHERE, NOW, TOWN, VILLAGE, Office, office_in

THIRD = parse("2024Q3")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A server with one village."""
    async with office_in(tmp_path) as made:
        yield made


async def put(desk: Desk, field: str, value: Value, period: str = "2024Q3") -> None:
    """Record one value at the laptop's own place."""
    await desk.record(desk.place, [(Cell("value", period, field), value)])


async def state_of(desk: Desk, field: str) -> State:
    """How far the third quarter's value has come."""
    cells = await cells_of(desk, desk.place, ("value",), (THIRD.text,))
    return (await held_in(desk, cells))[Cell("value", THIRD.text, field)][0]


async def test_the_catalogue_comes_by_the_feed(office: Office) -> None:
    """It is the very one that the server has, and is made anew only when a definition changes."""
    async with office.desk("张三") as desk:
        catalogue = await desk.catalogue()

        assert catalogue.version == shipped().version
        assert await desk.catalogue() is catalogue


async def test_a_broken_definition_stops_no_entry(office: Office) -> None:
    """What cannot be read is left out, and everything else goes on."""
    person, grant = invites.authority(office.ledger)
    cell = Cell("indicator", "Z999", "definition")
    broken = filing.Filed(office.ledger.root, person, grant, [(cell, text_value("{"))])
    await filing.file(office.ledger, [broken])
    async with office.desk("张三") as desk:
        assert (await desk.catalogue()).version == shipped().version


async def test_a_laptop_that_never_synced_asks_for_it(office: Office) -> None:
    """Right after the enrolment neither its place nor a definition is known."""
    async with Desk.open(await office.enrol("张三"), lambda: NOW) as desk:
        with pytest.raises(Problem, match="field-sync-first"):
            desk.level(desk.place, desk.today())


async def test_a_place_is_named_by_its_code_and_must_be_ours(office: Office) -> None:
    """The own place, by its code or name; the town above and unknown codes are refused."""
    async with office.desk("张三") as desk:
        assert desk.find_place(None) == desk.find_place(CODE) == desk.find_place("仙河") == VILLAGE
        with pytest.raises(Problem, match="field-place-elsewhere"):
            desk.find_place("445103101000")
        with pytest.raises(Problem, match="field-place-unknown"):
            desk.find_place(ELSEWHERE)
    async with Desk.open(await office.enrol("王五", TOWN), lambda: NOW) as town:
        await office.sync(town)
        assert town.find_place(CODE) == VILLAGE
        assert set(town.places()) == {TOWN, VILLAGE}


@pytest.mark.parametrize(
    "seconds,today",
    [
        (-5, date(2024, 10, 27)),
        (0, date(2024, 10, 27)),
        (4_070_908_800, date(2099, 1, 1)),
    ],
)
async def test_a_wrong_clock_records_and_syncs(office: Office, seconds: int, today: date) -> None:
    """In 1970 the server's last word is today; in 2099 the own clock is; both are told (F6)."""
    async with office.desk("张三", lambda: seconds) as desk:
        assert desk.today() == today
        await put(desk, "B001", quantity_value(10_000))
        assert await state_of(desk, "B001") is State.UNSEALED
        assert (await office.sync(desk)).complete
        assert await state_of(desk, "B001") is State.RECEIPTED
        found = await status(desk)
        assert found.clock_wrong_seconds is not None
    held = await office.ledger.standing(VILLAGE, [("value", THIRD.text)])
    (version,) = held[Cell("value", THIRD.text, "B001")].versions
    assert version.value == quantity_value(10_000)


async def test_a_clock_that_fell_back_bars_no_period_from_being_recorded(office: Office) -> None:
    """Offline since October with a clock in 1970, the last quarter can be filed in January (F6).

    A right clock still refuses it, and no clock opens periods that are years away.
    """
    folder = await office.enrol("张三")
    async with Desk.open(folder, lambda: 0) as desk:
        await office.sync(desk)
        assert (desk.today(), desk.latest_day()) == (date(2024, 10, 27), date(2025, 10, 28))
    async with Desk.open(folder, lambda: NOW + 60) as desk:
        assert desk.latest_day() == desk.today() == date(2024, 10, 27)


def test_any_stamp_can_be_shown() -> None:
    """Another's stamp may say any year; a table of versions is no place to fail."""
    assert moment(0).isoformat() == "1970-01-01T08:00:00+08:00"
    assert moment(-1) == moment(0)
    assert moment(2**43).year < 9999


async def test_a_right_clock_is_not_warned_about(office: Office) -> None:
    """Nor is one that simply went on for a month without a network."""
    folder = await office.enrol("张三")
    async with Desk.open(folder, lambda: NOW) as desk:
        await office.sync(desk)
        assert await desk.clock_wrong_by() is None
    async with Desk.open(folder, lambda: NOW + 30 * 86_400) as desk:
        assert await desk.clock_wrong_by() is None
    async with Desk.open(folder, lambda: NOW - 30 * 86_400) as desk:
        assert await desk.clock_wrong_by() == -30 * 86_400


async def test_findings_are_told_with_what_they_mean(office: Office) -> None:
    """A wrong sum blocks, offline, from the values typed just now."""
    async with office.desk("张三") as desk:
        for code, units in (("B001", 20), ("B002", 1), ("B003", 1), ("B004", 1), ("B005", 1)):
            await put(desk, code, quantity_value(units * 10_000))
        await put(desk, "B006", quantity_value(10_000))
        found = await checking.judged(desk, desk.place, THIRD, ["B006"])

        assert [(one.name, one.weight) for one in found if one.finding.check == "R01"] == [
            ("R01", checking.Weight.BLOCKS)
        ]
        await put(desk, "B001", quantity_value(50_000))
        assert not await checking.judged(desk, desk.place, THIRD, ["B006"])


async def test_a_reason_fills_a_form_as_a_value_does(office: Office) -> None:
    """Missing is neither a value nor a reason; with all reasons given the form goes (F2)."""
    async with office.desk("张三") as desk:
        form = (await desk.catalogue()).forms["C201"]
        before = await submission.obstacles(desk, desk.place, form, THIRD)
        assert before.missing == form.items
        for code in form.items:
            await put(desk, code, reason_value("nothing_this_period"))
        assert not await submission.submit(desk, desk.place, form, THIRD)
        assert await submission.submitted(desk, desk.place, THIRD) == ["C201"]
        assert (await status(desk)).pending == 0


@pytest.mark.parametrize(
    "check,text,expected",
    [
        ("R99", "x", "field-check-unknown"),
        ("R31:Z001", "x", "field-check-unknown"),
        ("R01", "x", "field-check-hard"),
        ("R40", "  ", "field-explanation-empty"),
        ("R41", "x", "field-check-silent"),
    ],
)
async def test_what_cannot_be_explained_is_refused(
    office: Office, check: str, text: str, expected: str
) -> None:
    """An unknown check, a hard one, an empty text, a check that finds nothing."""
    async with office.desk("张三") as desk:
        with pytest.raises(Problem, match=expected):
            await checking.explain(desk, desk.place, check, parse("2023"), text)


async def test_a_refused_value_is_parked_and_listed(office: Office) -> None:
    """After the grant has ended the sync says so, and the content is shown with its reason."""
    async with office.desk("张三") as desk:
        await office.end_grant(desk)
        await put(desk, "B001", quantity_value(70_000))
        synced = await office.sync(desk)

        assert (synced.refused, synced.complete) == (1, False)
        (parked,) = await aside.parked(desk)
        assert (parked.cell.field, parked.value.number) == ("B001", 70_000)
        assert parked.why.code == "grant-ended"
        assert (await status(desk)).parked == 1
        (line,) = [one for one in await sheet(desk, desk.place, THIRD) if one.code == "B001"]
        assert (line.state, line.held) == (State.NONE, ())
        assert [one.value.number for one in line.parked] == [70_000]
        assert (await office.sync(desk)).complete


async def test_a_conflict_shows_until_it_is_overtyped(office: Office) -> None:
    """Both values stand with who typed them; what is typed over them settles it (F3)."""
    async with office.desk("张三") as one, office.desk("李四") as two:
        await put(one, "B001", quantity_value(10_000))
        await put(two, "B001", quantity_value(20_000))
        for desk in (one, two, one):
            assert (await office.sync(desk)).complete
        (dispute,) = await aside.disputes(one)
        assert {one.person_name(held.author) for held in dispute.held} == {"张三", "李四"}
        assert set((await one.device_names()).values()) >= {"张三的电脑", "李四的电脑"}
        await put(one, "B001", quantity_value(30_000))
        assert await state_of(one, "B001") is State.UNSEALED
        assert (await status(one)).conflicts == 0


async def test_the_sheet_lists_what_is_still_to_be_filed(office: Office) -> None:
    """One period's sheet has all of its indicators; without a period it has what was filed."""
    async with office.desk("张三") as desk:
        await put(desk, "B001", quantity_value(10_000), "2024Q2")
        await put(desk, "A008", quantity_value(50_000), "2020")
        await put(desk, "A008", quantity_value(60_000), "2024Q3")
        lines = {line.code: line for line in await sheet(desk, desk.place, THIRD)}

        assert lines["B002"].state is State.NONE
        assert lines["B001"].last == quantity_value(10_000)
        assert lines["A008"].last == quantity_value(50_000)
        assert "A001" not in lines
        assert "B505" not in lines
        everything = await sheet(desk, desk.place, None)
        assert [(line.period, line.code) for line in everything] == [
            ("2020", "A008"),
            ("2024Q2", "B001"),
            ("2024Q3", "A008"),
        ]
