"""What is to do on a laptop, in detail for one place and as a summary for many."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from field_client.desk import Desk
from field_client.summary import summaries
from field_client.todo import MISSED_PERIODS_MAX, ToDo, to_do
from server import filing
from server.devices import invites
from sync.entry import blanks, formsheet, submission, typed
from sync.entry.released import due_at
from sync.ids import PlaceId, mint
from sync.period import parse
from sync.release import Release, encode, release_cell, reminder_cell
from sync.review import SUBMITTED, WITHDRAWN, Stage, prefill_cell, submission_cell
from sync.value import Cell, quantity_value, text_value
from tests.unit.field_office import NOW, TOWN, VILLAGE, Office, clock, office_in

OTHERS = tuple(PlaceId(mint("place", name.encode())) for name in "abc")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A server with a town of four villages."""
    async with office_in(tmp_path) as made:
        person, grant = invites.authority(made.ledger)
        for at, place in enumerate(OTHERS):
            texts = {"code": f"44510310140{at}", "level": "village", "parent": TOWN.hex()}
            cells = [(Cell("place", "2020-01-01", key), text_value(t)) for key, t in texts.items()]
            await filing.file(made.ledger, [filing.Filed(place, person, grant, cells)])
        yield made


async def listed(desk: Desk, place: PlaceId = VILLAGE) -> dict[tuple[str, str], ToDo]:
    """What is to do, by form and period."""
    return {(one.form.code, one.period.text): one for one in await to_do(desk, place)}


async def test_the_last_period_that_ended_is_due(office: Office) -> None:
    """In late October 2024, by due date; what is filed on change has none and comes last (F68)."""
    async with office.desk("张三") as desk:
        found = await to_do(desk, VILLAGE)

        assert [(one.form.code, one.period.text, one.due) for one in found] == [
            ("C101", "2023", date(2024, 1, 31)),
            ("C205", "2024H1", date(2024, 7, 15)),
            ("C202", "2024-09", date(2024, 10, 5)),
            ("C201", "2024Q3", date(2024, 10, 10)),
            ("C100", "2024-10", None),
        ]
        quarter = found[3]
        assert (quarter.days_left, quarter.minutes, len(quarter.missing)) == (-17, 6, 7)
        assert quarter.stage is Stage.DRAFT


async def test_minutes_are_those_of_what_is_left(office: Office) -> None:
    """Three of seven items of a form of six minutes take three; nothing left takes none (F68)."""
    async with office.desk("张三") as desk:
        for code in ("B001", "B002", "B003", "B004"):
            await typed.enter(desk, VILLAGE, parse("2024Q3"), code, "0")
        one = (await listed(desk))["C201", "2024Q3"]
        assert (one.minutes, len(one.missing)) == (3, 3)
        for code in one.missing:
            await typed.choose_reason(desk, VILLAGE, one.period, code, "not_applicable")
        one = (await listed(desk))["C201", "2024Q3"]
        assert (one.minutes, one.missing, one.blocking) == (0, (), 0)
        assert not one.done

        await submission.submit(desk, VILLAGE, one.form, one.period)
        one = (await listed(desk))["C201", "2024Q3"]
        assert (one.stage, one.sent, one.done) == (Stage.SUBMITTED, False, True)
        assert list(await listed(desk))[-1] == ("C201", "2024Q3")


async def test_a_running_period_appears_once_something_of_it_is_recorded(office: Office) -> None:
    """And none from before the laptop was enrolled, whatever history lies there (F68)."""
    async with office.desk("张三") as desk:
        await desk.record(
            VILLAGE,
            [
                (Cell("value", period, "B001"), quantity_value(1))
                for period in ("2019Q3", "2023Q4", "2024Q2")
            ],
        )
        assert ("C201", "2024Q4") not in await listed(desk)
        await typed.enter(desk, VILLAGE, parse("2024Q4"), "B001", "1")
        found = await listed(desk)
        assert {period for form, period in found if form == "C201"} == {"2024Q3", "2024Q4"}
        assert found["C201", "2024Q4"].days_left == (date(2025, 1, 10) - date(2024, 10, 27)).days


async def test_what_was_missed_stays_to_do(tmp_path: Path) -> None:
    """A laptop that was shut for half a year is asked for both quarters, begun or not (F68)."""
    moment = NOW

    def later() -> int:
        return moment

    async def quarters(desk: Desk) -> set[str]:
        return {period for form, period in await listed(desk) if form == "C201"}

    async with office_in(tmp_path) as office, office.desk("张三", later) as desk:
        await typed.enter(desk, VILLAGE, parse("2024Q3"), "B001", "1")
        moment += 180 * 86_400
        assert await quarters(desk) == {"2024Q3", "2024Q4", "2025Q1"}
        await desk.record(VILLAGE, [(submission_cell("2024Q4", "C201"), SUBMITTED)])
        assert await quarters(desk) == {"2024Q3", "2025Q1"}
        await desk.record(VILLAGE, [(submission_cell("2024Q4", "C201"), WITHDRAWN)])
        assert await quarters(desk) == {"2024Q3", "2024Q4", "2025Q1"}
        moment += 5 * 365 * 86_400
        assert len(await quarters(desk)) == 1 + 1 + MISSED_PERIODS_MAX


async def test_findings_are_counted(office: Office) -> None:
    """Those that block, of what is recorded; blanks are not told twice (F68)."""
    async with office.desk("张三") as desk:
        for code, text in {"B001": "9", **dict.fromkeys(("B002", "B003", "B004"), "1")}.items():
            await typed.enter(desk, VILLAGE, parse("2024Q3"), code, text)
        assert (await listed(desk))["C201", "2024Q3"].blocking == 0
        for code in ("B005", "B006"):
            await typed.enter(desk, VILLAGE, parse("2024Q3"), code, "1")
        one = (await listed(desk))["C201", "2024Q3"]
        assert (one.blocking, one.unexplained) == (1, 0)
        in_the_way = await submission.obstacles(desk, VILLAGE, one.form, one.period)
        assert len(in_the_way.blocking) == 1


@pytest.mark.parametrize("seed", range(4))
async def test_the_summary_of_many_places_agrees_with_each_place_s_list(
    seed: int, office: Office
) -> None:
    """Counted in a few queries or place by place, sealed or not, synced or not (F68)."""
    chance = random.Random(seed)
    async with Desk.open(await office.enrol("镇", TOWN), clock) as desk:
        assert (await office.sync(desk)).complete
        catalogue = await desk.catalogue()
        for _ in range(12):
            place = chance.choice((VILLAGE, *OTHERS))
            form = catalogue.forms[chance.choice(("C100", "C101", "C201", "C202", "C205"))]
            period = blanks.current_period(form, desk.today())
            for code in chance.sample(form.items, chance.randrange(len(form.items) + 1)):
                await typed.choose_reason(desk, place, period, code, "not_applicable")
            if chance.random() < 0.3:
                cell = Cell("submission", period.text, form.code)
                await desk.record(place, [(cell, SUBMITTED)])
                break
            if chance.random() < 0.3:
                await desk.ledger.seal()
        await _agree(desk)
        assert (await office.sync(desk)).complete
        await _agree(desk)


async def _agree(desk: Desk) -> None:
    counted = {one.place: one for one in await summaries(desk)}
    assert counted.keys() == {TOWN, VILLAGE, *OTHERS}
    for place in (VILLAGE, *OTHERS):
        every = list((await listed(desk, place)).values())
        open_ones = [one for one in every if one.stage is Stage.DRAFT]
        one = counted[place]
        assert (one.forms, one.submitted) == (len(every), len(every) - len(open_ones))
        assert one.missing == sum(len(form.missing) for form in open_ones)
        assert one.minutes == sum(form.minutes for form in open_ones)
        assert one.due == min((form.due for form in open_ones if form.due), default=None)
        assert (one.returned, one.conflicts) == (0, 0)


async def test_what_is_filed_on_change_is_to_do_when_another_system_knows_better(
    office: Office,
) -> None:
    """Once all of it is filed it is done, until a later word says otherwise (F63, F68)."""
    async with office.desk("张三") as desk:
        catalogue = await desk.catalogue()
        for code in catalogue.forms["C100"].items:
            yes = catalogue.indicators[code].type == "flag"
            await typed.enter(desk, VILLAGE, parse("2023"), code, "是" if yes else "12")
        card = "C100", "2024-10"
        assert (await listed(desk))[card].done
        person, grant = invites.authority(office.ledger)
        for period, units in (("2022", 110_000), ("2024-09", 120_000), ("2024Q4", 130_000)):
            cell = prefill_cell(period, "A008")
            filed = filing.Filed(VILLAGE, person, grant, [(cell, quantity_value(units))])
            await filing.file(office.ledger, [filed])
            assert (await office.sync(desk)).complete
            news = (await listed(desk))[card].news
            assert news == (("A008",) if period == "2024Q4" else ())

        await typed.confirm(desk, VILLAGE, parse("2024-10"), ["A008"])
        one = (await listed(desk))[card]
        assert (one.news, one.done) == ((), True)
        sheet = await formsheet.form_sheet(desk, VILLAGE, one.form, one.period)
        assert sheet.rows[0].value == quantity_value(130_000)


async def test_days_and_words_that_went_out_with_a_form_are_shown(office: Office) -> None:
    """The town's due day comes before the form's own, a running period that was opened is to do,
    and words are shown until the form is handed in (S82, S83).
    """
    person, grant = invites.authority(office.ledger)
    day = date(2024, 11, 20)
    said = [
        (release_cell("2024Q3", "C201"), encode(Release(date(2024, 10, 1), day, day, "按新口径"))),
        (release_cell("2024-10", "C202"), encode(Release(date(2024, 10, 20), day, day))),
        (release_cell("2024-11", "C202"), encode(Release(date(2024, 11, 1), day, day))),
        (reminder_cell("2024Q3", "C201"), text_value("请今天报")),
    ]
    await filing.file(office.ledger, [filing.Filed(TOWN, person, grant, said)])
    async with office.desk("张三") as desk:
        found = await listed(desk)
        quarter = found["C201", "2024Q3"]
        assert (quarter.due, quarter.days_left) == (day, 24)
        assert quarter.words == ("按新口径", "请今天报")
        assert found["C202", "2024-10"].due == day
        assert ("C202", "2024-11") not in found
        assert await due_at(desk.ledger, VILLAGE, quarter.form, quarter.period) == day
        (one, *_) = await summaries(desk)
        assert one.due == date(2024, 1, 31)
