"""A village that never has a network reports for a year, by real commands and files on a stick."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from server import filing, store
from server.devices import invites
from sync.ledger.ledger import Ledger
from sync.review import (
    Decided,
    Decision,
    Return,
    decision_cell,
    encode,
    return_cell,
    submission_cell,
)
from sync.value import Cell
from tests.e2e.processes import VILLAGE, Ran, found, now, tianji

FORM = "C201"
VALUES = {
    "B001": "19.5",
    "B002": "12.5",
    "B003": "0",
    "B004": "3",
    "B005": "4",
    "B006": "0",
    "D002": "2",
}
QUARTERS = ("2023Q4", "2024Q1", "2024Q2", "2024Q3")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server's folder; no server runs on it."""
    folder = tmp_path_factory.mktemp("office") / "server"
    found(folder)
    return folder


def done(*arguments: object) -> Ran:
    """A command that must succeed."""
    ran = tianji(*arguments)
    assert ran.code == 0, (arguments, ran)
    return ran


def enrolled(server: Path, laptop: Path, stick: Path) -> None:
    """A laptop made by three files."""
    done("bundle", "invite", "--place", "445103101201", "-o", stick / "i.tianji", "--data", server)
    done("bundle", "enrol", stick / "i.tianji", "-o", stick / "r.tianji", "--data", laptop)
    done("bundle", "read", stick / "r.tianji", "-o", stick / "a.tianji", "--data", server)
    done("bundle", "read", stick / "a.tianji", "--data", laptop)


def carried(server: Path, laptop: Path, stick: Path) -> Ran:
    """The stick goes up and comes back."""
    done("bundle", "write", "-o", stick / "up.tianji", "--data", laptop)
    done("bundle", "read", stick / "up.tianji", "-o", stick / "down.tianji", "--data", server)
    return done("bundle", "read", stick / "down.tianji", "--data", laptop, "--json")


async def _reviewed(server: Path, period: str, *, returned: str) -> None:
    """The reviewer sends one cell back, or approves the form as it stands."""
    async with store.open_server(server, now) as ledger:
        saw = await _names(ledger, submission_cell(period, FORM))
        state = Decided.RETURNED if returned else Decided.APPROVED
        cells = [(decision_cell(period, FORM), encode(Decision(state, saw)))]
        if returned:
            value = await _names(ledger, Cell("value", period, "B003"))
            cells.append((return_cell(period, FORM, "B003"), encode(Return(returned, value))))
        person, grant = invites.authority(ledger)
        await filing.file(ledger, [filing.Filed(VILLAGE, person, grant, cells)])


async def _names(ledger: Ledger, cell: Cell) -> tuple[str, ...]:
    standing = await ledger.standing(VILLAGE, [cell[:2]])
    return tuple(version.commit.hex() for version in standing[cell].versions)


def test_a_year_by_stick_alone(server: Path, tmp_path: Path) -> None:
    """Enrolment, four quarters, a cell that comes back and is mended, and an approval: all of it
    reaches both sides without a network (R42).
    """
    laptop, stick = tmp_path / "laptop", tmp_path / "stick"
    stick.mkdir()
    enrolled(server, laptop, stick)
    for grown, quarter in enumerate(QUARTERS):
        sums = {"B001": f"{19.5 + grown}", "B002": f"{12.5 + grown}"}
        for code, value in {**VALUES, **sums}.items():
            done("field", "set", quarter, code, value, "--data", laptop)
        done("field", "submit", FORM, quarter, "--data", laptop)
        arrived = carried(server, laptop, stick).json
        assert (arrived["unreceipted"], arrived["agreed"]) == (0, True)

    last = QUARTERS[-1]
    asyncio.run(_reviewed(server, last, returned="请核对合同"))
    carried(server, laptop, stick)
    done("field", "set", last, "B003", "0.5", "--data", laptop)
    done("field", "set", last, "B001", "23", "--data", laptop)
    done("field", "submit", FORM, last, "--data", laptop)
    carried(server, laptop, stick)
    asyncio.run(_reviewed(server, last, returned=""))
    assert carried(server, laptop, stick).json["received"] == 1

    state = done("field", "status", "--data", laptop, "--json").json
    assert (state["pending"], state["unreceipted"]) == (0, 0)
    totals = done(
        "server", "totals", "--data", server, "--period", last, "--indicator", "B003", "--json"
    ).json
    assert totals[0]["value"] == "0.5"
    assert done("field", "verify", "--data", laptop, "--json").json["ok"]
    assert done("server", "verify", "--data", server, "--json").json["ok"]


def test_a_stick_that_was_damaged_or_is_for_another_is_said_in_one_sentence(
    server: Path, tmp_path: Path
) -> None:
    """The person reads what is wrong and what to do; nothing is changed (R44)."""
    laptop, stick = tmp_path / "laptop", tmp_path / "stick"
    stick.mkdir()
    enrolled(server, laptop, stick)
    done("bundle", "write", "-o", stick / "up.tianji", "--data", laptop)
    (stick / "half.tianji").write_bytes((stick / "up.tianji").read_bytes()[:200])
    (stick / "text.tianji").write_text("hello")

    for name, says in (
        ("half", "half copied"),
        ("text", "half copied"),
        ("i", "half copied"),
    ):
        ran = tianji("bundle", "read", stick / f"{name}.tianji", "--data", server)
        assert (ran.code, says in ran.sentence) == (2, True), ran
    ran = tianji("bundle", "read", stick / "up.tianji", "--data", laptop)
    assert (ran.code, "for another device" in ran.sentence) == (2, True), ran
    ran = tianji(
        "bundle", "enrol", stick / "up.tianji", "-o", stick / "x", "--data", tmp_path / "n"
    )
    assert (ran.code, "no whole invitation" in ran.sentence) == (2, True), ran
