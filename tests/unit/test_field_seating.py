"""Who is unlocked in which browser, and what a lock hides; what a predecessor leaves."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from field_client import handover
from field_client.desk import Desk
from field_client.enrolling import join
from field_client.pages.seating import Seating
from field_client.pages.session import Session, Sessions
from field_client.people import as_person
from field_client.pins import Pins
from server.devices import invites
from sync.entry.standing import cells_of
from sync.problems import Problem
from sync.value import Cell, quantity_value, text_value
from tests.unit.field_office import NOW, VILLAGE, Office, office_in

PIN = "4071"


class Stopwatch:
    """Seconds that go on when the test says so."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A server with one village."""
    async with office_in(tmp_path) as made:
        yield made


@pytest.fixture
async def desk(office: Office) -> AsyncIterator[Desk]:
    """A laptop of it."""
    async with office.desk("张三") as opened:
        yield opened


async def seated(desk: Desk, watch: Stopwatch, *, pin: str = "") -> tuple[Seating, Session]:
    """The laptop's own person, let in, with or without a PIN."""
    pins = Pins(desk.ledger)
    if pin:
        await pins.set(desk.person, pin)
    seating, session = Seating(desk, pins, watch), Session()
    await seating.begin()
    await seating.unlock(session, desk.person, pin)
    return seating, session


def is_locked(seating: Seating, session: Session) -> bool:
    """Whether a page would ask for a name."""
    try:
        seating.desk_of(session)
    except Problem as problem:
        assert problem.code == "unlock-first"
        return True
    return False


async def test_only_who_has_a_pin_is_locked_out_by_time(desk: Desk) -> None:
    """After a quarter of an hour without a touch; a page that renews itself is none (F47)."""
    watch = Stopwatch()
    seating, session = await seated(desk, watch, pin=PIN)
    for minutes, is_touch in ((14, True), (14, False), (1, False)):
        watch.seconds += minutes * 60
        seating.desk_of(session, is_touch=is_touch)
    watch.seconds += 1
    assert is_locked(seating, session)
    assert is_locked(seating, session)

    await Pins(desk.ledger).forget(desk.person)
    seating, session = await seated(desk, watch)
    watch.seconds += 10**6
    assert not is_locked(seating, session)


async def test_the_time_is_chosen_for_the_laptop_and_kept(desk: Desk) -> None:
    """Also never; anything else than the choices changes nothing."""
    watch = Stopwatch()
    seating, session = await seated(desk, watch, pin=PIN)
    await seating.set_idle_minutes(7)
    assert seating.idle_seconds(session) == 15 * 60
    await seating.set_idle_minutes(0)
    watch.seconds += 10**6
    assert not is_locked(seating, session)
    again = Seating(desk, Pins(desk.ledger), watch)
    await again.begin()
    assert again.idle_minutes == 0


async def test_a_fresh_browser_is_let_in_only_where_nothing_is_to_be_chosen(
    office: Office, desk: Desk
) -> None:
    """One person without a PIN sits down; with one, or with two people, a name is asked for."""
    seating, session = Seating(desk, Pins(desk.ledger)), Session()
    await seating.sit_down(session)
    assert not is_locked(seating, session)
    code = await invites.invite(office.ledger, VILLAGE, "enter", "李四", os.urandom)
    other = await join(desk.ledger, office.client, code, "")
    await office.sync(desk)
    session = Session()
    await seating.sit_down(session)
    assert is_locked(seating, session)
    await seating.unlock(session, other, "")
    assert seating.desk_of(session).person == other
    with pytest.raises(Problem, match="person-not-here"):
        await seating.unlock(session, type(other)(b"\0" * 16), "")


async def test_the_page_of_one_is_not_shown_to_another(office: Office, desk: Desk) -> None:
    """The same person goes on where they were; another begins at the first page."""
    seating, session = await seated(desk, Stopwatch(), pin=PIN)
    code = await invites.invite(office.ledger, VILLAGE, "enter", "李四", os.urandom)
    other = await join(desk.ledger, office.client, code, "")
    await office.sync(desk)
    for person, pin, back in ((desk.person, PIN, "/sync"), (other, "", "/")):
        seating.lock(session)
        session.back = "/sync"
        await seating.unlock(session, person, pin)
        assert session.back == back


async def test_who_may_record_no_longer_still_gets_in(office: Office, desk: Desk) -> None:
    """An ended grant, a server that is gone, a new start: none hides what was recorded (F47)."""
    cell = Cell("value", "2024Q3", "B001")
    await desk.record(desk.place, [(cell, quantity_value(10_000))])
    await office.end_grant(desk)
    await office.sync(desk)
    seating, session = await seated(desk, Stopwatch(), pin=PIN)
    assert seating.desk_of(session).person == desk.person

    restarted = Seating(desk, Pins(desk.ledger))
    assert Sessions(os.urandom).of("a cookie of before") is None
    await restarted.unlock(session, desk.person, PIN)
    assert restarted.desk_of(session).grant == desk.grant
    assert await desk.ledger.database.rows("SELECT 1 FROM aside WHERE state = 'parked'")


async def test_later_is_said_once(desk: Desk) -> None:
    """Also after a new start; and who has a PIN isn't asked."""
    seating, session = await seated(desk, Stopwatch())
    assert await seating.asks_for_pin(session)
    await seating.pin_later(session)
    assert not await Seating(desk, Pins(desk.ledger)).asks_for_pin(session)
    await seating.set_pin(session, PIN, "")
    assert seating.idle_seconds(session) == 15 * 60


async def test_a_predecessors_words_stay_with_the_place(office: Office, desk: Desk) -> None:
    """A successor on another laptop reads them too, with figures and notes as they were (F46)."""
    note = Cell("note", "2024Q3", "B001")
    await desk.record(desk.place, [(note, text_value("按账本"))])
    await handover.leave(desk, " 河堤那笔在 9 月。\n")
    ((pending,),) = await desk.ledger.database.rows("SELECT count(*) FROM pending")
    assert (pending, await handover.has_unread(desk)) == (0, False)
    assert (await office.sync(desk)).complete
    async with office.desk("王五") as successor:
        (left,) = await handover.left_at(successor, VILLAGE)
        assert (left.words, left.by, left.at) == ("河堤那笔在 9 月。", desk.person, NOW)
        assert note in await cells_of(successor, VILLAGE, ("note",))
        assert await handover.has_unread(successor)
        await handover.note_read(successor)
        assert not await handover.has_unread(successor)


async def test_a_handover_without_words_is_no_handover(desk: Desk) -> None:
    """Nor is one with too many; nothing is filed then."""
    for words, code in ((" \n", "handover-empty"), ("x" * 4001, "text-too-long")):
        with pytest.raises(Problem, match=code):
            await handover.leave(desk, words)
    assert await handover.left_at(desk, VILLAGE) == []


async def test_a_session_says_whose_desk_it_is(office: Office, desk: Desk) -> None:
    """What is recorded at that desk is by that person, under their own grant (F40)."""
    code = await invites.invite(office.ledger, VILLAGE, "enter", "李四", os.urandom)
    other = await join(desk.ledger, office.client, code, "")
    await office.sync(desk)
    seating, session = Seating(desk, Pins(desk.ledger)), Session()
    await seating.unlock(session, other, "")
    sat = seating.desk_of(session)
    assert (sat.person, sat.grant) == (other, as_person(desk, other).grant)
