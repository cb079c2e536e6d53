"""What the checks found is listed in words, bounded, and never without how much is still to do."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from server.checking import listing
from server.checking.listing import Found, Listed
from server.checking.running import check_due
from server.devices.invites import authority
from server.exchange.values import import_values
from server.filing import Filed, file
from server.lock import alone
from sync import checks
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.problems import Problem
from sync.value import Cell, text_value
from tests.conftest import Outcome
from tests.integration.test_checking import HEADING, enter, server

VILLAGE = "440100000001"
OTHER = "440100000002"
CROWDED = (f"{VILLAGE},2024,A002,10", f"{VILLAGE},2024,C002,12")
FALLING = (f"{OTHER},2024Q1,B001,7", f"{OTHER},2024Q2,B001,5")


async def listed(
    ledger: Ledger, place: str = "", period: str = "", severity: str = "", limit: int = 1000
) -> Listed:
    """What the server lists."""
    return await listing.listed(ledger, listing.wanted(ledger, place, period, severity), limit)


async def put_in(ledger: Ledger, *rows: str) -> None:
    """Files values and runs no checks."""
    text = HEADING + "\n".join(rows)
    assert (await import_values(ledger, io.BytesIO(text.encode()), author="录入员")).errors == []


def village(ledger: Ledger, code: str = VILLAGE) -> PlaceId:
    """The place with that code."""
    place = ledger.tree.by_code(code, ledger.today())
    assert place is not None
    return place


def named(found: list[Found], name: str) -> Found:
    """The one finding of that name."""
    (one,) = [one for one in found if one.name == name]
    return one


async def test_a_finding_is_said_with_its_figures_and_its_cells(tmp_path: Path) -> None:
    """The sentence is the check's own, in each language, and names what was filed."""
    async with server(tmp_path / "s") as ledger:
        await enter(ledger, *CROWDED)
        done = await listed(ledger)
        one = named(done.found, "R29:C502")
        said = listing.sentence(one, done.catalogue, "zh-Hans")

        assert (one.place, one.finding.period) == (village(ledger), "2024")
        assert said == checks.say(one.finding, done.catalogue, "zh-Hans")
        assert said != listing.sentence(one, done.catalogue, "en")
        assert {"A002", "C002"} <= set(one.finding.cells)
        assert "120" in said


async def test_it_is_what_was_asked_for_that_is_listed(tmp_path: Path) -> None:
    """By place with all below it, by period with all within it, and by severity."""
    async with server(tmp_path / "s") as ledger:
        await enter(ledger, *CROWDED, *FALLING)
        everything = (await listed(ledger)).found
        here, there = village(ledger), village(ledger, OTHER)
        assert {one.place for one in everything} == {here, there}
        assert {one.place for one in (await listed(ledger, OTHER)).found} == {there}
        assert (await listed(ledger, "440103001000", "2024")).found == everything
        within = (await listed(ledger, period="2024H1")).found
        assert {one.finding.period for one in within} == {"2024Q2"}
        for severity in ("hard", "soft"):
            some = (await listed(ledger, severity=severity)).found
            assert some == [one for one in everything if one.finding.severity == severity]
        for place, period, code in (
            ("999", "", "place-unknown"),
            ("", "2024Q5", "period-malformed"),
        ):
            with pytest.raises(Problem) as raised:
                await listed(ledger, place, period)
            assert raised.value.code == code


async def test_the_latest_come_first_and_the_rest_is_counted(tmp_path: Path) -> None:
    """A bound cuts the oldest off and says how many it cut off."""
    async with server(tmp_path / "s") as ledger:
        await enter(ledger, *CROWDED, *FALLING)
        everything = (await listed(ledger)).found
        async with ledger.transaction() as database:
            await database.run("UPDATE finding SET found_at = found_at + 1 WHERE period = '2024'")
        done = await listed(ledger, limit=1)

        assert (len(done.found), done.more) == (1, len(everything) - 1)
        assert done.found[0].finding.period == "2024"
        assert [one.found_at for one in (await listed(ledger)).found] == sorted(
            (one.found_at for one in (await listed(ledger)).found), reverse=True
        )


async def test_an_explanation_belongs_to_the_finding_that_it_names(tmp_path: Path) -> None:
    """By check and indicator, in its own period and at its own place alone."""
    async with server(tmp_path / "s") as ledger:
        people = ((2023, 10), (2024, 1000))
        await enter(
            ledger, *(f"{code},{y},A001,{n}" for code in (VILLAGE, OTHER) for y, n in people)
        )
        person, grant = authority(ledger)
        cells = [
            (Cell("explain", "2024", "R31:A001"), text_value("并村")),
            (Cell("explain", "2023", "R31:A003"), text_value("别的")),
        ]
        await file(ledger, [Filed(village(ledger), person, grant, cells)])
        found = (await listed(ledger)).found
        said = {(one.place, one.name): one.explanation for one in found}

        assert said.pop((village(ledger), "R31:A001")) == "并村"
        assert said[village(ledger, OTHER), "R31:A001"] == ""
        assert set(said.values()) == {""}


async def test_places_that_wait_to_be_checked_are_counted(tmp_path: Path) -> None:
    """Those of which values changed, and all that have any once a definition changes."""
    async with server(tmp_path / "s") as ledger:
        while await check_due(ledger):
            pass
        await put_in(ledger, *CROWDED, *FALLING)
        assert ((await listed(ledger)).waiting, (await listed(ledger, OTHER)).waiting) == (2, 1)
        while await check_due(ledger):
            pass
        assert (await listed(ledger)).waiting == 0
        person, grant = authority(ledger)
        gone = (Cell("check", "R29", "definition"), text_value("{}"))
        await file(ledger, [Filed(ledger.root, person, grant, [gone])])

        assert ((await listed(ledger)).waiting, (await listed(ledger, OTHER)).waiting) == (2, 1)


async def test_a_finding_of_a_check_that_is_gone_is_still_listed(tmp_path: Path) -> None:
    """Until it is checked again, it says that its check changed."""
    async with server(tmp_path / "s") as ledger:
        await enter(ledger, *CROWDED)
        person, grant = authority(ledger)
        gone = (Cell("check", "R29", "definition"), text_value("{}"))
        await file(ledger, [Filed(ledger.root, person, grant, [gone])])
        done = await listed(ledger)
        said = listing.sentence(named(done.found, "R29:C502"), done.catalogue, "en")

        assert "has changed since" in said


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A server's folder with values that no check has seen."""

    async def make() -> None:
        async with server(tmp_path / "s") as ledger:
            await put_in(ledger, *CROWDED)

    asyncio.run(make())
    return tmp_path / "s"


def test_an_empty_list_says_whether_it_means_anything(
    office: Path, tianji: Callable[..., Outcome]
) -> None:
    """Before the checks ran it does not; after them, it does where nothing is wrong."""
    before = tianji("server", "findings", "--data", office)
    after = tianji("server", "findings", "--check", "--place", OTHER, "--data", office)

    assert before.out.startswith(
        "Nothing was found so far, but places still wait to be checked (1)"
    )
    assert after.out == "Nothing was found, and all that was filed has been checked.\n"


def test_a_running_server_is_left_to_check_by_itself(
    office: Path, tianji: Callable[..., Outcome]
) -> None:
    """What it found so far is listed, and the rest still waits."""
    with alone(office):
        ran = tianji("server", "findings", "--check", "--data", office)

    assert (ran.code, "does the checks itself" in ran.err) == (0, True)
    assert "still wait to be checked (1)" in ran.out


def test_the_table_has_a_line_for_each_and_tells_of_the_rest(
    office: Path, tianji: Callable[..., Outcome]
) -> None:
    """With the place's name, the check and the sentence in the language asked for."""
    first = ("server", "findings", "--check", "--limit", "1", "--data", office)
    heading, row, more, state = tianji(*first).out.splitlines()

    assert heading.split()[:4] == ["code", "name", "period", "check"]
    assert row.split()[:3] == [VILLAGE, "第1村委会", "2024"]
    assert more.startswith("... and ")
    assert state == "All that was filed has been checked."
    chinese = tianji("--language", "zh-Hans", "server", "findings", "--data", office).out
    assert chinese.endswith("填报的数都已审核。\n")
    assert "R29:C502" in chinese
