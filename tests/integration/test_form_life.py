"""Two officers, a reviewer and a server do what they like with one form: all see it at one stage."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from field_client.desk import Desk
from field_client.summary import summaries
from sync import review
from sync.catalogue import Form
from sync.entry import submission, typed
from sync.entry.stage import FormStanding, Lock, form_standing
from sync.ledger.ledger import Ledger
from sync.period import parse
from sync.problems import Problem
from sync.review import Decided, Stage, Version
from tests.unit.field_office import VILLAGE, Office, office_in
from tests.unit.reviewing import FORM, PERIOD, Reviewer

NOW = parse(PERIOD)
VALUES = {"B001": 178, "B002": 100, "B003": 40, "B004": 20, "B005": 10, "B006": 8, "D002": 0}
SUMMED = VALUES.keys() - {"D002"}
"""A total and its parts, which a hard check ties together."""
REFUSALS = ("field-cell-", "field-form-", "field-nothing-", "field-undo-")


async def act(desk: Desk, form: Form, chance: random.Random) -> None:
    """One thing that an officer may try; whatever is refused is refused in a sentence."""
    code = chance.choice(form.items)
    try:
        match chance.choice(("enter", "confirm", "undo", "submit", "submit", "withdraw", "ask")):
            case "enter":
                await typed.enter(desk, VILLAGE, NOW, code, str(VALUES[code]))
            case "confirm":
                await typed.confirm(desk, VILLAGE, NOW, form.items)
            case "undo":
                await typed.undo(desk, VILLAGE, NOW, code, f"1:{VALUES[code]}")
            case "submit":
                await submission.submit(desk, VILLAGE, form, NOW)
            case "withdraw":
                await submission.withdraw(desk, VILLAGE, form, NOW)
            case "ask":
                await submission.ask_back(desk, VILLAGE, form, NOW, "写错了")
    except Problem as problem:
        assert problem.code.startswith(REFUSALS), problem


async def judge(reviewer: Reviewer, chance: random.Random) -> None:
    """One thing that a reviewer may do with what the server has."""
    if await stage_at(reviewer.office.ledger) in {Stage.DRAFT, Stage.LOCKED}:
        return
    if chance.random() < 0.5:
        codes = chance.sample(sorted(VALUES), chance.randrange(1, 4))
        await reviewer.send_back(dict.fromkeys(codes, "请核对"))
    else:
        await reviewer.decide(chance.choice([d for d in Decided if d is not Decided.RETURNED]))


async def stage_at(ledger: Ledger) -> Stage:
    """The stage by what a ledger holds, without anything of the laptop's."""
    cells = [review.submission_cell(PERIOD, FORM), review.decision_cell(PERIOD, FORM)]
    held = await ledger.standing(VILLAGE, [cell[:2] for cell in cells])
    submitted, decided = (held[cell].versions if cell in held else () for cell in cells)
    return review.stage(
        [Version(one.value, one.commit.hex()) for one in submitted],
        [said for one in decided if (said := review.decision(one.value)) is not None],
    )


def seen(standing: FormStanding) -> object:
    """What both officers must see alike once all is synced."""
    locks = {code: standing.lock(code) for code in VALUES}
    came = {code: (one.words, one.old, one.answered) for code, one in standing.returned.items()}
    return standing.stage, standing.words, standing.asked, standing.unanswered, locks, came


@pytest.mark.parametrize("seed", range(8))
async def test_all_see_a_form_at_one_stage(seed: int, tmp_path: Path) -> None:
    """However their acts and syncs fall, and with what is locked and returned (C12, F65)."""
    chance = random.Random(seed)
    async with (
        office_in(tmp_path) as office,
        office.desk("张三") as one,
        office.desk("李四") as two,
    ):
        reviewer = await Reviewer.at(office)
        form = (await one.catalogue()).forms[FORM]
        for code, number in VALUES.items():
            await typed.enter(one, VILLAGE, NOW, code, str(number))
        for _ in range(25):
            match chance.choice(("act", "act", "judge", "sync")):
                case "act":
                    await act(chance.choice((one, two)), form, chance)
                case "judge":
                    await judge(reviewer, chance)
                case "sync":
                    await office.sync(chance.choice((one, two)))
        await _all_synced(office, one, two)

        first, second = [await form_standing(desk, VILLAGE, form, NOW) for desk in (one, two)]
        assert seen(first) == seen(second)
        assert first.stage is await stage_at(office.ledger)
        assert (first.lock("B001") is Lock.OPEN) is (
            first.stage is Stage.DRAFT
            or (first.stage is Stage.RETURNED and not SUMMED.isdisjoint(first.returned))
        )
        (counted,) = await summaries(one)
        assert counted.returned == len(first.unanswered)


async def _all_synced(office: Office, *desks: Desk) -> None:
    for desk in (*desks, *desks):
        assert (await office.sync(desk)).complete
