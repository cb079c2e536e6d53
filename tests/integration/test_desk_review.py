"""A form's page on the server: who decides what when, bound to what the page showed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.review.folding import compare
from sync import review
from sync.review import Decided, Decision, Return
from sync.value import Cell, text_value
from tests.integration.desk_office import (
    TOWN,
    VILLAGE,
    VILLAGE_ELSEWHERE,
    VILLAGES,
    DeskOffice,
)
from tests.integration.review_office import (
    FIGURES,
    FORM,
    PERIOD,
    address,
    decide,
    decision_of,
    items_of,
    looked,
    reporting_county,
    seen_of,
    stage_of,
    text_of,
)


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county of six villages that have handed in the quarter's form."""
    async with reporting_county(tmp_path) as here:
        yield here


async def test_a_form_goes_through_the_town_to_the_county_and_is_locked(county: DeskOffice) -> None:
    """Each decides when it is their turn and sees in their queue what waits for them (S71)."""
    assert len(await items_of(county, "town")) == 3
    assert await items_of(county, "county") == []

    assert (await decide(county, "town", VILLAGE, "begin")).status_code == 303
    assert await stage_of(county) == "begun"
    assert (await decide(county, "town", VILLAGE, "approve")).status_code == 303
    assert await stage_of(county) == "approved_town"
    assert len(await items_of(county, "town")) == 2
    assert len(await items_of(county, "county")) == 1

    await decide(county, "county", VILLAGE, "approve")
    assert await stage_of(county) == "approved"
    await decide(county, "county", VILLAGE, "lock")
    assert await stage_of(county) == "locked"
    assert await compare(county.ledger) == (0, [])


async def test_what_a_town_fills_in_goes_to_the_county_at_once(county: DeskOffice) -> None:
    """No town stands between a town's own form and the county (S71)."""
    await county.report(TOWN, "2024-09", {"M002": 5, "M003": 1})
    await county.submit(TOWN, "2024-09", "C203")

    assert [one.split(" ")[2] for one in await items_of(county, "county")] == ["C203"]
    assert not any("C203" in one for one in await items_of(county, "town"))


async def test_nobody_decides_out_of_turn_or_outside_of_their_places(county: DeskOffice) -> None:
    """A town can't approve for the county, nor lock; who sees only, can't decide (S71)."""
    await decide(county, "town", VILLAGE, "approve")
    for action in ("approve", "lock", "begin", "reopen", "keep", "file_late"):
        answer = await decide(county, "town", VILLAGE, action)
        assert answer.status_code == 409, action
    assert await stage_of(county) == "approved_town"
    for who in ("viewer", "staff", "outside", "administrator", "definer"):
        answer = await county.browsers[who].post(address(VILLAGE), data={"action": "approve"})
        assert answer.status_code in (403, 404), who
    seen = await seen_of(county, "county", address(VILLAGE))
    bulk = {"action": "approve", "item": f"{VILLAGE_ELSEWHERE.hex()} {PERIOD} {FORM} {seen}"}
    answer = await county.browsers["county"].post("/review", data=bulk)
    assert "done=0" in answer.headers["location"]


async def test_cells_come_back_with_words_and_are_offered_again(county: DeskOffice) -> None:
    """Each value that is returned has words; they are remembered for the next form (S72)."""
    without = await decide(county, "town", VILLAGE, "return", cell="B003")
    assert without.status_code == 409
    assert await stage_of(county) == "submitted"

    await decide(county, "town", VILLAGE, "return", cell="B003", words_B003="与上季一样，请核对")
    assert await stage_of(county) == "returned"
    cell = review.return_cell(PERIOD, FORM, "B003")
    standing = await county.ledger.standing(VILLAGE, [cell[:2]])
    said = review.returned(standing[cell].versions[0].value)
    assert said is not None
    assert said.words == "与上季一样，请核对"
    page = (await county.browsers["town"].get(address(VILLAGES[1]))).text
    assert '<option value="与上季一样，请核对">' in page


async def test_what_changed_meanwhile_stops_the_decision_and_is_named(county: DeskOffice) -> None:
    """A page decides on what it showed: a value that came since is named and nothing is filed (S73)."""
    seen = await seen_of(county, "town", address(VILLAGE))
    await county.report(VILLAGE, PERIOD, {"B002": 101})
    answer = await decide(county, "town", VILLAGE, "approve", seen)

    assert answer.status_code == 409
    assert "经营收入" in answer.text
    assert await stage_of(county) == "submitted"
    assert (await decide(county, "town", VILLAGE, "approve")).status_code == 303


async def test_two_reviewers_with_the_same_page_decide_once(county: DeskOffice) -> None:
    """The second one's page is no longer right, whatever the first decided (S73)."""
    seen = await seen_of(county, "town", address(VILLAGE))
    await decide(county, "town", VILLAGE, "begin", seen)
    answer = await decide(county, "county", VILLAGE, "approve", seen)

    assert answer.status_code == 409
    assert await stage_of(county) == "begun"


async def test_an_approval_says_what_it_saw_and_what_came_since(county: DeskOffice) -> None:
    """What changes after an approval waits for a reviewer again, with its name and what it was (S73)."""
    await decide(county, "town", VILLAGE, "approve")
    decision = await decision_of(county)
    assert decision.values is not None
    assert set(decision.values) == set(FIGURES)

    await county.report(VILLAGE, PERIOD, {"B002": 90})
    await looked(county)
    assert any(VILLAGE.hex() in one for one in await items_of(county, "town"))
    text = await text_of(county, "county", address(VILLAGE))
    assert "上次审核时是100" in text
    assert "通过后有变动" in await text_of(county, "county", "/review?view=changed")
    await decide(county, "town", VILLAGE, "approve")
    assert not any(VILLAGE.hex() in one for one in await items_of(county, "town"))


async def test_an_approval_may_leave_values_out(county: DeskOffice) -> None:
    """The ticked ones come back with words, the rest is approved; mended, they wait again (S73)."""
    await decide(county, "town", VILLAGE, "approve", cell="B003", words_B003="请核对")
    assert await stage_of(county) == "approved_town"
    assert (await decision_of(county)).but == ("B003",)
    assert "通过时退回了" in await text_of(county, "county", address(VILLAGE))

    await county.report(VILLAGE, PERIOD, {"B003": 41})
    assert any(VILLAGE.hex() in one for one in await items_of(county, "town"))
    await decide(county, "town", VILLAGE, "approve")
    decision = await decision_of(county)
    assert decision.but == ()
    rows = await county.ledger.database.rows(
        "SELECT sum(returned), sum(changed) FROM form_standing"
    )
    assert rows == [(0, 0)]


async def test_one_takes_back_ones_own_last_word_until_something_follows(
    county: DeskOffice,
) -> None:
    """The form is as it was before; another's word, or an answer to it, can't be undone (S74)."""
    await decide(county, "town", VILLAGE, "begin")
    await decide(county, "town", VILLAGE, "return", cell="B003", words_B003="请核对")
    assert (await decide(county, "county", VILLAGE, "undo")).status_code == 409
    assert (await decide(county, "town", VILLAGE, "undo")).status_code == 303
    assert await stage_of(county) == "begun"
    rows = await county.ledger.database.rows("SELECT sum(returned) FROM form_standing")
    assert rows == [(0,)]

    await decide(county, "town", VILLAGE, "return", cell="B003", words_B003="请核对")
    await county.report(VILLAGE, PERIOD, {"B003": 41})
    assert (await decide(county, "town", VILLAGE, "undo")).status_code == 409
    assert await stage_of(county) == "returned"


async def test_the_first_word_taken_back_leaves_the_form_as_it_came(county: DeskOffice) -> None:
    """Before the first decision there was none (S74)."""
    await decide(county, "town", VILLAGE, "approve")
    await decide(county, "town", VILLAGE, "undo")

    assert await stage_of(county) == "submitted"
    assert await compare(county.ledger) == (0, [])


async def test_a_correction_that_is_asked_for_is_answered(county: DeskOffice) -> None:
    """The officer's request waits in the queue until the reviewer keeps the decision or returns
    the form (S71).
    """
    await decide(county, "county", VILLAGE, "approve")
    saw = await county.ledger.standing(VILLAGE, [("review", f"{PERIOD} {FORM}")])
    names = [one.commit.hex() for one in saw[review.decision_cell(PERIOD, FORM)].versions]
    asked = review.encode(Return("收入报错了", tuple(names)))
    await county.file(VILLAGE, [(review.correction_cell(PERIOD, FORM), asked)])
    await looked(county)
    assert "收入报错了" in await text_of(county, "county", "/review")

    await decide(county, "county", VILLAGE, "keep", words="已核实无误")
    assert await stage_of(county) == "approved"
    assert await items_of(county, "county") == []
    assert (await decision_of(county)).words == "已核实无误"


async def test_a_form_that_was_mended_is_in_time_if_it_first_was(county: DeskOffice) -> None:
    """What is handed in again after a return is judged by the day it first came (S70)."""
    await decide(county, "town", VILLAGE, "return", cell="B003", words_B003="请核对")
    decision = await decision_of(county)
    await county.report(VILLAGE, PERIOD, {"B003": 41})
    await county.submit(VILLAGE, PERIOD, FORM)
    assert await stage_of(county) == "resubmitted"
    await decide(county, "town", VILLAGE, "approve")

    assert (await decision_of(county)).first == decision.saw[0]


async def test_a_form_page_shows_what_a_value_is_measured_by(county: DeskOffice) -> None:
    """Last period, last year, other systems, notes, and who filed it when (S78)."""
    await county.report(VILLAGE, "2024Q2", {"D002": 8, "B003": FIGURES["B003"]})
    await county.report(VILLAGE, "2023Q3", {"D002": 6})
    await county.report(VILLAGE, PERIOD, {"D002": 10})
    await county.file(
        VILLAGE,
        [
            (Cell("note", PERIOD, "D002"), text_value("新修了两户")),
            (Cell("already", PERIOD, "B001"), text_value("农业农村局")),
        ],
    )
    text = await text_of(county, "town", address(VILLAGE))

    for words in ("+2（+25%）", "去年同期", "新修了两户", "农业农村局", "仙河村填报人"):
        assert words in text, words
    assert "上期 40 万元 没有变化" in text


async def test_a_note_stands_beside_the_value(county: DeskOffice) -> None:
    """A reviewer annotates; the figure is as its officer filed it (S79)."""
    path = address(VILLAGE)
    page = (await county.browsers["town"].get(path)).text
    assert f'action="{path}/note"' in page
    before = await county.ledger.standing(VILLAGE, [("value", PERIOD)])
    answer = await county.browsers["town"].post(
        f"{path}/note", data={"code": "B001", "note": "已电话核实", "shown": ""}
    )

    assert answer.status_code == 303
    assert "已电话核实" in await text_of(county, "town", path)
    assert await county.ledger.standing(VILLAGE, [("value", PERIOD)]) == before


async def test_a_note_that_names_no_versions_is_refused(county: DeskOffice) -> None:
    """What a page hands back is the names of what it showed, and nothing half of one (S79)."""
    path = f"{address(VILLAGE)}/note"
    for shown in ("ab", "zz", "00" * 15):
        data = {"code": "B001", "note": "words", "shown": shown}
        assert (await county.browsers["town"].post(path, data=data)).status_code == 400, shown

    assert not await county.ledger.standing(VILLAGE, [("note", PERIOD)])


async def test_only_periods_that_a_form_has_are_reviewed(county: DeskOffice) -> None:
    """A quarter's form is not decided on for a month or a year; none is closed before its period
    begins (S71).
    """
    for period in ("2024", "2024H1", "2024-09"):
        assert (
            await county.browsers["county"].get(address(VILLAGE, FORM, period))
        ).status_code == 400
        answer = await county.browsers["county"].post(
            address(VILLAGE, FORM, period), data={"action": "lock", "seen": ""}
        )
        assert answer.status_code == 400, period
    later = address(VILLAGE, FORM, "2999Q1")
    seen = await seen_of(county, "county", later)
    closed = await county.browsers["county"].post(later, data={"action": "lock", "seen": seen})

    assert closed.status_code == 409
    rows = await county.ledger.database.rows("SELECT 1 FROM form_standing WHERE stage = 'locked'")
    assert not rows


async def test_nothing_that_a_reviewer_does_writes_a_value(county: DeskOffice) -> None:
    """After every act of a review all values are those that their officers filed (S79)."""
    before = await county.ledger.standing(VILLAGE, [("value", PERIOD)])
    for who, action, more in (
        ("town", "begin", {}),
        ("town", "return", {"cell": "B003", "words_B003": "核对"}),
        ("town", "undo", {}),
        ("town", "approve", {"cell": "B003", "words_B003": "核对"}),
        ("county", "approve", {}),
        ("county", "lock", {}),
        ("county", "reopen", {}),
    ):
        assert (await decide(county, who, VILLAGE, action, **more)).status_code == 303, action
    assert await county.ledger.standing(VILLAGE, [("value", PERIOD)]) == before
    kinds = await county.ledger.database.rows(
        "SELECT DISTINCT v.kind FROM version v JOIN commits c ON c.no = v.commit_no"
        " WHERE c.author IN (?, ?)",
        (county.people["town"], county.people["county"]),
    )
    assert {kind for (kind,) in kinds} <= {"review", "note"}


def test_no_code_of_the_review_names_a_values_cell_to_write() -> None:
    """The only cells that are written are made by `sync.review`, and a note's (S79)."""
    folder = Path(__file__).resolve().parents[2] / "server" / "review"
    written = [
        (file.name, found)
        for file in folder.glob("*.py")
        for found in re.findall(r"Write\(([^\n]*)", file.read_text("utf-8"))
    ]
    assert written
    for name, found in written:
        assert found.startswith(("review.", "cell")), (name, found)
        assert '"value"' not in found


async def test_an_older_decision_that_says_less_is_read(county: DeskOffice) -> None:
    """A decision of software that did not say what it saw: nothing is called changed (S73)."""
    saw = await county.ledger.standing(VILLAGE, [("submission", PERIOD)])
    names = [v.commit.hex() for v in saw[review.submission_cell(PERIOD, FORM)].versions]
    old = review.encode(Decision(Decided.APPROVED, tuple(names)))
    await county.file(VILLAGE, [(review.decision_cell(PERIOD, FORM), old)])
    await county.report(VILLAGE, PERIOD, {"B002": 1})

    assert await stage_of(county) == "approved"
    rows = await county.ledger.database.rows(
        "SELECT sum(changed), max(locked_late) FROM form_standing"
    )
    assert rows == [(0, 0)]
