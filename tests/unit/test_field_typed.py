"""What an officer does to a form's cells: typing, confirming, reasons, taking back."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from field_client.desk import Desk
from server import filing
from server.devices import invites
from sync.entry import drafts, formsheet, typed
from sync.entry.formsheet import FormSheet
from sync.ledger.edits import pendings
from sync.period import parse
from sync.problems import Problem
from sync.review import prefill_cell, prefill_source_cell
from sync.value import (
    Cell,
    Type,
    Value,
    choice_value,
    quantity_value,
    reason_value,
    text_value,
)
from tests.unit.field_office import VILLAGE, Office, clock, office_in

LAST, NOW = parse("2024Q2"), parse("2024Q3")
ITEMS = ("B001", "B002", "B003", "B004", "B005", "B006", "D002")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A server with one village."""
    async with office_in(tmp_path) as made:
        yield made


@pytest.fixture
async def desk(office: Office) -> AsyncIterator[Desk]:
    """An officer's laptop."""
    async with office.desk("张三") as made:
        yield made


async def sheet(desk: Desk, period: str = "2024Q3", form: str = "C201") -> FormSheet:
    """The form as its page would have it."""
    catalogue = await desk.catalogue()
    return await formsheet.form_sheet(desk, VILLAGE, catalogue.forms[form], parse(period))


async def put(desk: Desk, **values: int) -> None:
    """Records last quarter's values, by code."""
    cells = [
        (Cell("value", LAST.text, code), quantity_value(units * 10_000))
        for code, units in values.items()
    ]
    await desk.record(VILLAGE, cells)


async def test_a_keystroke_outlives_a_crash(desk: Desk, tmp_path: Path) -> None:
    """It lies in the file when `keep` returns, for whoever typed it and nobody else (F60)."""
    await drafts.keep(desk, VILLAGE, NOW.text, "B001", "12", "元")
    await drafts.keep(desk, VILLAGE, NOW.text, "B001", "12.", "元")
    killed = tmp_path / "killed"
    killed.mkdir()
    for file in desk.ledger.database.path.parent.iterdir():
        (killed / file.name).write_bytes(file.read_bytes())

    async with Desk.open(killed, clock) as after:
        draft = (await sheet(after)).rows[0].draft
        assert draft is not None
        assert (draft.text, draft.unit) == ("12.", "元")
        other = after.of(type(after.person)(b"x" * 16), after.grant)
        assert await drafts.of(other, VILLAGE, NOW.text) == {}
        assert [(at, one.code) for at, one in await drafts.unfinished(after)] == [(VILLAGE, "B001")]


async def test_a_draft_is_never_sealed_or_sent(office: Office, desk: Desk) -> None:
    """A sync brings no trace of it to the server, and leaves it where it is (F60)."""
    await drafts.keep(desk, VILLAGE, NOW.text, "B001", "secret-draft", "")
    assert (await office.sync(desk)).complete

    rows = await office.ledger.database.rows("SELECT body FROM commits")
    assert not any(b"secret-draft" in body for (body,) in rows)
    assert "B001" in await drafts.of(desk, VILLAGE, NOW.text)


async def test_recording_a_value_takes_its_draft_back(desk: Desk) -> None:
    """In the same transaction: there is never both, and a refused value leaves the draft (F60)."""
    await drafts.keep(desk, VILLAGE, NOW.text, "B001", "12", "")
    with pytest.raises(Problem):
        await typed.enter(desk, VILLAGE, NOW, "B001", "twelve")
    assert "B001" in await drafts.of(desk, VILLAGE, NOW.text)

    await typed.enter(desk, VILLAGE, NOW, "B001", "12")
    assert await drafts.of(desk, VILLAGE, NOW.text) == {}


async def test_a_cell_is_recorded_durably_in_the_unit_it_was_typed_in(desk: Desk) -> None:
    """The answer says how it was read; another connection finds it at once (F62)."""
    answer = await typed.enter(desk, VILLAGE, NOW, "B001", "35,000", "元")

    assert answer.value == quantity_value(35_000)
    assert answer.reading is not None
    assert answer.reading.number == 35_000
    assert answer.reading.unit == "元"
    with sqlite3.connect(desk.ledger.database.path) as other:
        assert other.execute("SELECT number FROM pending").fetchall() == [(35_000,)]


async def test_what_a_page_did_not_show_stays(office: Office, desk: Desk) -> None:
    """A value that arrives between the page and the key becomes a conflict, not a loss (F61)."""
    await typed.enter(desk, VILLAGE, NOW, "B001", "1")
    assert (await office.sync(desk)).complete
    page = (await sheet(desk)).rows[0].shown
    async with office.desk("李四") as other:
        await typed.enter(other, VILLAGE, NOW, "B001", "2")
        assert (await office.sync(other)).complete
    assert (await office.sync(desk)).complete
    await typed.enter(desk, VILLAGE, NOW, "B001", "3", shown=page)

    row = (await sheet(desk)).rows[0]
    assert row.state == "conflict"
    assert {one.value.number for one in row.held} == {20_000, 30_000}


CARRIED = [
    ("2024Q3", "B001", True),  # cumulative, within the year
    ("2024Q1", "B001", False),  # a new year begins at nothing
    ("2024Q3", "D002", True),  # what stands at the end
    ("2024-09", "F006", False),  # a month's flow
    ("2024-09", "G001", True),
    ("2023", "C005", True),  # on change
]


@pytest.mark.parametrize("period, code, carried", CARRIED)
async def test_last_period_s_value_is_offered_only_where_it_can_be_true(
    desk: Desk, period: str, code: str, *, carried: bool
) -> None:
    """What stands goes on standing; what happened in one month says nothing of the next (F63)."""
    now = parse(period)
    catalogue = await desk.catalogue()
    one = catalogue.indicators[code]
    value = quantity_value(70_000) if one.type == "quantity" else Value(Type.FLAG, 1, "")
    await desk.record(VILLAGE, [(Cell("value", now.previous().text, code), value)])
    form = next(f for f in catalogue.forms.values() if code in f.items)
    rows = (await formsheet.form_sheet(desk, VILLAGE, form, now)).rows
    (row,) = (row for row in rows if row.indicator.code == code)

    assert row.last is not None
    assert (row.offer is not None) is carried
    if row.offer is not None:
        assert (row.offer.kind, row.offer.source, row.offer.value) == (
            "last",
            now.previous().text,
            value,
        )


async def test_another_system_s_value_goes_before_last_period_s(office: Office, desk: Desk) -> None:
    """With its source; a reason is never carried along (F63)."""
    person, grant = invites.authority(office.ledger)
    cells = [
        (prefill_cell(NOW.text, "B001"), quantity_value(880_000)),
        (prefill_source_cell(NOW.text, "B001"), text_value("三资平台")),
    ]
    await filing.file(office.ledger, [filing.Filed(VILLAGE, person, grant, cells)])
    assert (await office.sync(desk)).complete
    await put(desk, B001=7)
    await desk.record(VILLAGE, [(Cell("value", LAST.text, "B002"), reason_value("not_applicable"))])
    rows = {row.indicator.code: row for row in (await sheet(desk)).rows}

    offer = rows["B001"].offer
    assert offer is not None
    assert (offer.kind, offer.source, offer.value.number) == ("system", "三资平台", 880_000)
    assert rows["B002"].offer is None


async def test_the_rest_is_unchanged_in_one_go(desk: Desk) -> None:
    """Every blank cell that offers something is recorded; what was typed stays as it is (F63)."""
    await put(desk, B001=10, B002=5, D002=3)
    await typed.enter(desk, VILLAGE, NOW, "B001", "12")
    page = await sheet(desk)
    shown = {row.indicator.code: row.shown for row in page.rows}
    answers = await typed.confirm(desk, VILLAGE, NOW, page.confirmable, shown)

    assert {one.code for one in answers} == {"B002", "D002"} == set(page.confirmable)
    rows = {row.indicator.code: row.value for row in (await sheet(desk)).rows}
    assert rows["B001"] == quantity_value(120_000)
    assert rows["D002"] == quantity_value(30_000)
    assert (await sheet(desk)).missing == ("B003", "B004", "B005", "B006")
    assert await typed.confirm(desk, VILLAGE, NOW, ["B001", "B002"]) == []  # twice is once
    with pytest.raises(Problem, match="field-nothing-to-confirm"):
        await typed.confirm(desk, VILLAGE, NOW, ["B002", "B003"])


async def test_undo_of_a_first_entry_leaves_no_trace(desk: Desk) -> None:
    """It was never sealed, so nobody was ever told of it; redo brings it back (F64)."""
    done = await typed.enter(desk, VILLAGE, NOW, "B001", "12")
    undone = await typed.undo(desk, VILLAGE, NOW, "B001", done.before)
    assert undone.value is None
    assert await pendings(desk.ledger.database) == []

    redone = await typed.undo(desk, VILLAGE, NOW, "B001", undone.before)
    assert redone.value == quantity_value(120_000)


async def test_undo_over_a_sealed_value_shows_it_again(office: Office, desk: Desk) -> None:
    """The edit on top is forgotten; what was sealed and sent stands as it stood (F64)."""
    await typed.enter(desk, VILLAGE, NOW, "B001", "12")
    assert (await office.sync(desk)).complete
    over = await typed.enter(desk, VILLAGE, NOW, "B001", "13")
    undone = await typed.undo(desk, VILLAGE, NOW, "B001", over.before)

    assert undone.value == quantity_value(120_000)
    assert (await sheet(desk)).rows[0].state == "receipted"


async def test_undo_of_a_sealed_value_is_a_new_one(desk: Desk) -> None:
    """What may have been sent is overtyped with the value before; a blank can't be filed (F64)."""
    first = await typed.enter(desk, VILLAGE, NOW, "B001", "12")
    second = await typed.enter(desk, VILLAGE, NOW, "B001", "13")
    await desk.ledger.seal()
    undone = await typed.undo(desk, VILLAGE, NOW, "B001", second.before)

    assert undone.value == quantity_value(120_000)
    assert len(await pendings(desk.ledger.database)) == 1
    await desk.ledger.seal()
    with pytest.raises(Problem, match="field-undo-sealed"):
        await typed.undo(desk, VILLAGE, NOW, "B001", first.before)


@pytest.mark.parametrize(
    "token", ["x", "1", "1:x:", "9:1:", "5:0:whatever", "1:9999999999999999999", "3:x", "2:maybe"]
)
async def test_a_made_up_undo_is_a_sentence(desk: Desk, token: str) -> None:
    """What a page sends is not trusted (F7)."""
    with pytest.raises(Problem):
        await typed.undo(desk, VILLAGE, NOW, "B001", token)
    assert await pendings(desk.ledger.database) == []


async def test_another_officer_s_entry_is_overtyped_not_forgotten(desk: Desk) -> None:
    """Who sits down next can't take away what the first one typed without a trace (F64)."""
    await typed.enter(desk, VILLAGE, NOW, "B001", "12")
    other = desk.of(type(desk.person)(b"x" * 16), desk.grant)
    with pytest.raises(Problem, match="field-undo-sealed"):
        await typed.undo(other, VILLAGE, NOW, "B001", "")
    assert (await sheet(desk)).rows[0].value == quantity_value(120_000)


async def test_a_reason_and_a_note_stand_beside_each_other(desk: Desk) -> None:
    """A reason is a value; a note is kept by itself and taken away by an empty one."""
    answer = await typed.choose_reason(desk, VILLAGE, NOW, "B003", "nothing_this_period")
    await typed.note(desk, VILLAGE, NOW, "B003", " 没有发包 ")
    row = (await sheet(desk)).rows[2]

    assert answer.value == reason_value("nothing_this_period")
    assert (row.reason, row.note, row.answered) == ("nothing_this_period", "没有发包", True)
    await typed.note(desk, VILLAGE, NOW, "B003", "")
    assert (await sheet(desk)).rows[2].note == ""


async def test_the_row_says_what_changed(desk: Desk) -> None:
    """Against last period, in the indicator's own unit and in per cent of it; also live sums."""
    await put(desk, B001=10, B002=4, B003=0, B004=0)
    for code, text in {"B001": "12.5", "B002": "5", "B003": "1", "B004": "0"}.items():
        await typed.enter(desk, VILLAGE, NOW, code, text)
    page = await sheet(desk)

    row = page.rows[0]
    assert str(row.change) == "5/2"
    assert row.change_percent == 25
    assert page.rows[2].change_percent is None  # of nothing there is no per cent
    assert tuple(one.indicator.code for one in page.rows) == ITEMS
    (own,) = (one for one in page.derived if one.indicator.code == "B501")
    assert (own.now.value, own.last.value) == (6, 4)


async def test_a_choice_of_no_form_is_a_sentence(desk: Desk) -> None:
    """As is an indicator of another level, a calculated one, and a period to come (F7)."""
    cases = [("K001", NOW.text), ("B501", NOW.text), ("Z999", NOW.text), ("B001", "2031Q1")]
    for code, period in cases:
        with pytest.raises(Problem):
            await typed.enter(desk, VILLAGE, parse(period), code, "1")
    with pytest.raises(Problem):
        await typed.put(desk, VILLAGE, parse("2031Q1"), "B001", choice_value("x"))
