"""A form's life between an officer and a reviewer, over real syncs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from field_client import todo
from field_client.desk import Desk
from field_client.returned import returned_cells
from field_client.status import status
from sync.catalogue import Form
from sync.entry import formsheet, submission, typed
from sync.entry.checking import explain
from sync.entry.stage import FormStanding, Lock, form_standing
from sync.entry.submission import Obstacles
from sync.period import parse
from sync.problems import Problem
from sync.review import Decided, Stage
from sync.value import quantity_value
from tests.unit.field_office import VILLAGE, Office, office_in
from tests.unit.reviewing import FORM, PERIOD, Reviewer

NOW = parse(PERIOD)
VALUES = {"B001": 178, "B002": 100, "B003": 40, "B004": 20, "B005": 10, "B006": 8, "D002": 0}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A server with one village."""
    async with office_in(tmp_path) as made:
        yield made


@pytest.fixture
async def desk(office: Office) -> AsyncIterator[Desk]:
    """An officer's laptop on which a quarter's form is filled in."""
    async with office.desk("张三") as made:
        for code, number in VALUES.items():
            await typed.enter(made, VILLAGE, NOW, code, str(number))
        yield made


@pytest.fixture
async def reviewer(office: Office) -> Reviewer:
    """The town's reviewer."""
    return await Reviewer.at(office)


async def form_of(desk: Desk) -> Form:
    """The quarter's form."""
    return (await desk.catalogue()).forms[FORM]


async def standing(desk: Desk) -> FormStanding:
    """How far the form is on the laptop."""
    return await form_standing(desk, VILLAGE, await form_of(desk), NOW)


async def submit(desk: Desk) -> Obstacles:
    """Hands the form in."""
    return await submission.submit(desk, VILLAGE, await form_of(desk), NOW)


async def sync(office: Office, desk: Desk) -> Stage:
    """One sync, and the stage that it leaves."""
    assert (await office.sync(desk)).complete
    return (await standing(desk)).stage


async def test_a_form_goes_from_draft_to_approved(
    office: Office, desk: Desk, reviewer: Reviewer
) -> None:
    """Each step shows on the laptop once a sync has brought it, and not before (F66)."""
    assert (await standing(desk)).stage is Stage.DRAFT
    assert not await submit(desk)
    here = await standing(desk)
    assert (here.stage, here.sent, here.can_withdraw) == (Stage.SUBMITTED, False, True)
    assert await sync(office, desk) is Stage.SUBMITTED
    assert (await standing(desk)).sent

    for state in (Decided.BEGUN, Decided.APPROVED_TOWN, Decided.APPROVED, Decided.LOCKED):
        await reviewer.decide(state)
        assert await sync(office, desk) is Stage(state)
        assert (await standing(desk)).can_ask_back


async def test_what_is_handed_in_takes_nothing_until_it_is_withdrawn(desk: Desk) -> None:
    """The cell says so in a sentence; withdrawn, it is open again (F65, F66)."""
    await submit(desk)
    with pytest.raises(Problem, match="field-cell-submitted"):
        await typed.enter(desk, VILLAGE, NOW, "B001", "1")
    with pytest.raises(Problem, match="field-cell-submitted"):
        await typed.undo(desk, VILLAGE, NOW, "B001", "")

    await submission.withdraw(desk, VILLAGE, await form_of(desk), NOW)
    assert (await standing(desk)).stage is Stage.DRAFT
    await typed.enter(desk, VILLAGE, NOW, "B001", "178")
    with pytest.raises(Problem, match="field-form-not-submitted"):
        await submission.withdraw(desk, VILLAGE, await form_of(desk), NOW)


async def test_nobody_withdraws_what_is_being_reviewed(
    office: Office, desk: Desk, reviewer: Reviewer
) -> None:
    """Nor hands it in over the reviewer's head; what was approved can be asked back (F66)."""
    form = await form_of(desk)
    await submit(desk)
    with pytest.raises(Problem, match="field-form-not-in-review"):
        await submission.ask_back(desk, VILLAGE, form, NOW, "写错了")
    await sync(office, desk)
    await reviewer.decide(Decided.BEGUN)
    await sync(office, desk)
    with pytest.raises(Problem, match="field-form-in-review"):
        await submission.withdraw(desk, VILLAGE, form, NOW)
    with pytest.raises(Problem, match="field-form-in-review"):
        await submit(desk)
    await reviewer.decide(Decided.APPROVED)
    await sync(office, desk)
    with pytest.raises(Problem, match="field-cell-approved"):
        await typed.enter(desk, VILLAGE, NOW, "B001", "1")

    await submission.ask_back(desk, VILLAGE, form, NOW, "写错了")
    assert (await standing(desk)).asked == "写错了"
    await sync(office, desk)
    await reviewer.send_back({"B001": "请改"})
    assert await sync(office, desk) is Stage.RETURNED
    assert (await standing(desk)).asked == ""  # the reviewer has decided since


async def test_a_withdrawal_and_a_review_that_cross_lose_neither(
    office: Office, desk: Desk, reviewer: Reviewer
) -> None:
    """The form was withdrawn where nobody could know of the review: it is a draft again (C12)."""
    await submit(desk)
    await sync(office, desk)
    await reviewer.decide(Decided.BEGUN)
    await submission.withdraw(desk, VILLAGE, await form_of(desk), NOW)

    assert await sync(office, desk) is Stage.DRAFT
    await submit(desk)
    assert await sync(office, desk) is Stage.SUBMITTED


async def test_only_what_came_back_is_open(office: Office, desk: Desk, reviewer: Reviewer) -> None:
    """With the reviewer's words and the value that was sent, at the cell (F65, F67)."""
    await submit(desk)
    await sync(office, desk)
    await reviewer.send_back({"D002": "请核对"})
    assert await sync(office, desk) is Stage.RETURNED
    await typed.enter(desk, VILLAGE, NOW, "D002", "1")

    page = await formsheet.form_sheet(desk, VILLAGE, await form_of(desk), NOW)
    rows = {row.indicator.code: row for row in page.rows}
    came = rows["D002"].returned
    assert came is not None
    assert (came.words, came.old, came.answered) == ("请核对", quantity_value(0), True)
    assert came.by == reviewer.person
    assert {code for code, row in rows.items() if row.lock is Lock.OPEN} == {"D002"}
    assert page.standing.words == "请看退回的数"
    with pytest.raises(Problem, match="field-cell-not-returned"):
        await typed.enter(desk, VILLAGE, NOW, "B001", "176")


async def test_a_returned_part_is_mended_together_with_its_total(
    office: Office, desk: Desk, reviewer: Reviewer
) -> None:
    """What a hard check looks at together with it is open too: else the form could only go out
    unmended (F65, F67).
    """
    await submit(desk)
    await sync(office, desk)
    await reviewer.send_back({"B002": "和合同不符"})
    assert await sync(office, desk) is Stage.RETURNED
    await typed.enter(desk, VILLAGE, NOW, "B002", "98")
    assert (await submit(desk)).blocking

    await typed.enter(desk, VILLAGE, NOW, "B001", "176")
    assert (await standing(desk)).unanswered == ()
    assert not await submit(desk)
    assert await sync(office, desk) is Stage.RESUBMITTED
    with pytest.raises(Problem, match="field-cell-submitted"):
        await typed.enter(desk, VILLAGE, NOW, "B001", "177")


async def test_each_returned_cell_must_be_answered(
    office: Office, desk: Desk, reviewer: Reviewer
) -> None:
    """By another value, or by the same one confirmed; then the form goes out again (F67)."""
    await submit(desk)
    await sync(office, desk)
    await reviewer.send_back({"B002": "和合同不符", "D002": "请核对"})
    await sync(office, desk)
    assert [one.code for one in await returned_cells(desk)] == ["B002", "D002"]
    assert (await status(desk)).returned == 2
    (item,) = [one for one in await todo.to_do(desk, VILLAGE) if one.form.code == FORM]
    assert (item.stage, item.returned, item.done) == (Stage.RETURNED, ("B002", "D002"), False)
    assert (await submit(desk)).unanswered == ("B002", "D002")

    await typed.confirm(desk, VILLAGE, NOW, ["B002", "D002"])
    assert (await status(desk)).returned == 0
    assert not await submit(desk)
    assert (await standing(desk)).stage is Stage.RESUBMITTED
    assert await sync(office, desk) is Stage.RESUBMITTED
    await submission.withdraw(desk, VILLAGE, await form_of(desk), NOW)
    assert (await standing(desk)).stage is Stage.RETURNED  # no more is open than before
    await submit(desk)
    await sync(office, desk)
    await reviewer.decide(Decided.APPROVED_TOWN)
    assert await sync(office, desk) is Stage.APPROVED_TOWN


async def test_a_second_laptop_undoes_no_approval(
    office: Office, desk: Desk, reviewer: Reviewer
) -> None:
    """Two officers hand in one form without knowing of each other (C12)."""
    await sync(office, desk)
    async with office.desk("李四") as other:
        await submit(desk)
        await sync(office, desk)
        await reviewer.decide(Decided.APPROVED)
        await submission.submit(other, VILLAGE, await form_of(other), NOW)
        assert await sync(office, other) is Stage.APPROVED
    assert await sync(office, desk) is Stage.APPROVED


async def test_blocks_and_blanks_stand_in_the_way(desk: Desk) -> None:
    """As do findings that nobody explained; once explained, they don't."""
    await typed.enter(desk, VILLAGE, NOW, "B001", "180")
    found = await submit(desk)
    assert [one.finding.check for one in found.blocking] == ["R01"]
    await typed.enter(desk, VILLAGE, NOW, "B001", "178")
    last = parse("2024Q2")
    for code, number in VALUES.items():
        await typed.enter(desk, VILLAGE, last, code, str(number / 10 if code != "D002" else 0))
    found = await submit(desk)
    assert {one.finding.check for one in found.unexplained} == {"R34"}
    for one in found.unexplained:
        await explain(desk, VILLAGE, one.name, NOW, "新增项目")
    assert not await submit(desk)


async def test_an_approval_leaves_open_what_it_leaves_out(
    office: Office, desk: Desk, reviewer: Reviewer
) -> None:
    """What came back while the rest was approved is to be mended, and nothing else may be; it needs
    no new handing in, and a lock closes it too (S73).
    """
    await submit(desk)
    await sync(office, desk)
    await reviewer.decide(Decided.APPROVED, but={"B003": "请核对"})
    assert await sync(office, desk) is Stage.APPROVED

    here = await standing(desk)
    assert (here.unanswered, here.lock("B003"), here.lock("B001")) == (
        ("B003",),
        Lock.OPEN,
        Lock.APPROVED,
    )
    assert [one.code for one in await returned_cells(desk)] == ["B003"]
    work = [one for one in await todo.to_do(desk, VILLAGE) if one.returned]
    assert [one.done for one in work] == [False]
    with pytest.raises(Problem, match="field-cell-approved"):
        await typed.enter(desk, VILLAGE, NOW, "B001", "179")

    await typed.enter(desk, VILLAGE, NOW, "B003", "41")
    assert await sync(office, desk) is Stage.APPROVED
    assert (await standing(desk)).unanswered == ()
    await reviewer.decide(Decided.LOCKED)
    assert await sync(office, desk) is Stage.LOCKED
    assert (await standing(desk)).lock("B003") is Lock.LOCKED
