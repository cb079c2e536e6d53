"""PINs of those who share a laptop: proved offline, slowed down, never locked out for ever."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_client.desk import Desk
from field_client.pins import Pins, checked
from server import filing
from server.accounts import people as accounts
from server.devices import invites
from sync.ids import PersonId
from sync.problems import Problem
from sync.value import Cell, text_value
from tests.unit.field_office import NOW, VILLAGE, Office, office_in

PIN, WRONG = "4071", "4072"
UNLOCK_SECONDS_MAX = 0.3


class Stopwatch:
    """Seconds that go on when the test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

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


async def said(pins: Pins, person: PersonId, pin: str) -> str:
    """The code with which a PIN is turned down, '' if it is right."""
    try:
        await pins.unlock(person, pin)
    except Problem as problem:
        return problem.code
    return ""


async def wait_of(pins: Pins, person: PersonId) -> int:
    """How many seconds there are to wait."""
    with pytest.raises(Problem, match="pin-wait") as problem:
        await pins.unlock(person, PIN)
    seconds = problem.value.values["seconds"]
    assert isinstance(seconds, int)
    return seconds


async def fail(pins: Pins, person: PersonId, times: int) -> None:
    """Types wrong ones."""
    for _ in range(times):
        assert await said(pins, person, WRONG) in ("pin-wrong", "pin-wait")


async def test_a_pin_is_asked_for_once_it_was_set(desk: Desk) -> None:
    """Without one the person gets in; afterwards only with it, however its digits are typed (F41)."""
    pins = Pins(desk.ledger)
    assert (await pins.has(desk.person), await said(pins, desk.person, "")) == (False, "")
    await pins.set(desk.person, PIN)

    assert await pins.has(desk.person)
    answers = [await said(pins, desk.person, typed) for typed in (PIN, " ４０７１ ", WRONG, "")]
    assert answers == ["", "", "pin-wrong", "pin-wrong"]
    ((kept,),) = await desk.ledger.database.rows("SELECT pin_hash FROM pin")
    assert PIN not in kept
    assert kept.startswith("$argon2id$")


async def test_a_change_needs_the_old_one(desk: Desk) -> None:
    """And a wrong old one counts as a wrong try."""
    pins = Pins(desk.ledger)
    await pins.set(desk.person, PIN)
    with pytest.raises(Problem, match="pin-wrong"):
        await pins.set(desk.person, "9056", WRONG)
    assert await said(pins, desk.person, PIN) == ""
    await pins.set(desk.person, "9056", PIN)
    assert [await said(pins, desk.person, typed) for typed in (PIN, "9056")] == ["pin-wrong", ""]


async def test_after_five_wrong_ones_each_costs_a_longer_wait(desk: Desk) -> None:
    """30 s, doubling to 15 minutes and no further; then the right one still gets in (F42)."""
    watch = Stopwatch()
    pins = Pins(desk.ledger, watch)
    await pins.set(desk.person, PIN)
    await fail(pins, desk.person, 5)
    waits = []
    for _ in range(8):
        waits.append(await wait_of(pins, desk.person))
        watch.seconds += waits[-1]
        await fail(pins, desk.person, 1)
    watch.seconds += 900

    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]
    assert await said(pins, desk.person, PIN) == ""
    assert await said(pins, desk.person, WRONG) == "pin-wrong"


async def test_neither_a_new_start_nor_another_date_shortens_a_wait(office: Office) -> None:
    """The wait begins anew with each start, whatever the clock says (F42)."""
    folder = await office.enrol("张三")
    async with Desk.open(folder, lambda: NOW) as desk:
        await office.sync(desk)
        pins = Pins(desk.ledger, Stopwatch())
        await pins.set(desk.person, PIN)
        await fail(pins, desk.person, 5)
    for clock in (0, NOW + 10**9):
        async with Desk.open(folder, partial(int, clock)) as desk:
            watch = Stopwatch()
            pins = Pins(desk.ledger, watch)
            assert await wait_of(pins, desk.person) == 30
            watch.seconds += 29
            assert await wait_of(pins, desk.person) == 1
    watch.seconds += 1
    async with Desk.open(folder, lambda: NOW) as desk:
        started = Pins(desk.ledger, watch)
        watch.seconds += 30
        assert await said(started, desk.person, PIN) == ""


async def test_a_wait_is_one_persons(office: Office, desk: Desk) -> None:
    """A colleague gets in at once."""
    pins = Pins(desk.ledger, Stopwatch())
    other = PersonId(b"\1" * 16)
    for person in (desk.person, other):
        await pins.set(person, PIN)
    await fail(pins, desk.person, 5)
    assert await said(pins, other, PIN) == ""


async def test_the_town_resets_a_pin_that_was_forgotten(office: Office, desk: Desk) -> None:
    """The next sync brings it, also in the middle of a wait; a PIN set then is good (F43)."""
    pins = Pins(desk.ledger, Stopwatch())
    await pins.set(desk.person, PIN)
    await fail(pins, desk.person, 7)
    await accounts.reset_pin(office.ledger, desk.person)
    assert await pins.has(desk.person)
    await office.sync(desk)

    assert not await pins.has(desk.person)
    assert await said(pins, desk.person, "") == ""
    await pins.set(desk.person, "9056")
    assert await said(Pins(desk.ledger), desk.person, WRONG) == "pin-wrong"
    assert await said(Pins(desk.ledger), desk.person, "9056") == ""


async def test_a_reset_counts_only_where_the_person_belongs(office: Office, desk: Desk) -> None:
    """Filed at another place, by whoever administers that one, it opens nothing."""
    pins = Pins(desk.ledger)
    await pins.set(desk.person, PIN)
    author, grant = invites.authority(office.ledger)
    cells = [(Cell("person", desk.person.hex(), "pin_reset"), text_value(str(NOW)))]
    await filing.file(office.ledger, [filing.Filed(office.ledger.root, author, grant, cells)])
    await office.sync(desk)
    assert await pins.has(desk.person)
    await filing.file(office.ledger, [filing.Filed(VILLAGE, author, grant, cells)])
    await office.sync(desk)
    assert not await pins.has(desk.person)


async def test_what_is_kept_of_somebody_can_be_taken_away(desk: Desk) -> None:
    """After a handover nothing of the predecessor's PIN stays."""
    pins = Pins(desk.ledger)
    await pins.set(desk.person, PIN)
    await pins.forget(desk.person)
    assert await desk.ledger.database.rows("SELECT * FROM pin") == []


@pytest.mark.parametrize("pin", ["", "123", "1234567890123", "12a4", "-123", "12 34", "四零七一"])
def test_a_pin_has_four_to_twelve_digits(pin: str) -> None:
    """Anything else is one sentence."""
    with pytest.raises(Problem, match="pin-malformed"):
        checked(pin)


@pytest.mark.parametrize("pin", ["0000", "1234", "4321", "8901", "1212", "12121", "98765432"])
def test_a_pin_that_anybody_would_try_first_is_refused(pin: str) -> None:
    """One digit again and again, digits in a row, two digits in turns."""
    with pytest.raises(Problem, match="pin-simple"):
        checked(pin)


@given(st.text("0123456789", min_size=4, max_size=12))
def test_nearly_all_other_digits_will_do(pin: str) -> None:
    """What is refused has at most two digits, or steps of one."""
    simple = (
        len(set(pin)) <= 2 or len({abs(int(a) - int(b)) for a, b in pairwise(pin)} - {1, 9}) == 0
    )
    if not simple:
        assert checked(pin) == pin


async def test_unlocking_takes_little_memory(desk: Desk) -> None:
    """What is kept names its own cost: less than 64 MiB, for a laptop that has little."""
    await Pins(desk.ledger).set(desk.person, PIN)
    ((kept,),) = await desk.ledger.database.rows("SELECT pin_hash FROM pin")

    assert int(kept.split("m=")[1].split(",")[0]) < 64 * 1024
