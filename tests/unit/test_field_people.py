"""Several people at one laptop: each by a code of their own, each under a grant of their own."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from field_client.desk import Desk
from field_client.enrolling import join
from field_client.people import (
    as_person,
    is_revoked,
    listed,
    people,
    person_named,
    take_off,
)
from server import filing
from server.accounts import people as accounts
from server.devices import invites, registered
from sync import wire
from sync.enrolment import clean_code
from sync.entry.standing import cells_of
from sync.ids import PlaceId, mint
from sync.problems import Problem
from sync.roads.http import exchange
from sync.trust import KeySigner
from sync.value import Cell, quantity_value, text_value
from sync.versions import CURRENT
from sync.wire import EnrolRequest, ProblemReply
from tests.unit.field_office import NOW, TOWN, VILLAGE, Office, office_in

OTHER = PlaceId(mint("place", b"other village"))


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A server with one village."""
    async with office_in(tmp_path) as made:
        yield made


async def code_for(office: Office, name: str, place: PlaceId = VILLAGE) -> str:
    """A code for one more person."""
    return await invites.invite(office.ledger, place, "enter", name, os.urandom)


async def joined(office: Office, desk: Desk, name: str, place: PlaceId = VILLAGE) -> Desk:
    """The laptop with one more person at it."""
    person = await join(desk.ledger, office.client, await code_for(office, name, place), "")
    assert (await office.sync(desk)).complete
    return as_person(desk, person)


async def problem_of_joining(office: Office, desk: Desk, code: str) -> str:
    """The code with which nobody joins."""
    with pytest.raises(Problem) as problem:
        await join(desk.ledger, office.client, code, "")
    return problem.value.code


async def test_a_second_person_sits_at_the_laptop_and_files_in_their_own_name(
    office: Office,
) -> None:
    """Both write one cell in turns: the server has each value by its author, none refused (F40)."""
    async with office.desk("张三") as desk:
        other = await joined(office, desk, "李四")
        cell = Cell("value", "2024Q3", "B001")
        for one, units in ((desk, 1), (other, 2), (desk, 3)):
            await one.record(one.place, [(cell, quantity_value(units * 10_000))])
        assert (await office.sync(desk)).complete

        assert [one.name for one in people(desk)] == ["张三", "李四"]
        rows = await office.ledger.database.rows(
            "SELECT author FROM commits WHERE device = ?", (desk.ledger.device,)
        )
        assert sorted(row[0] for row in rows) == sorted([desk.person, desk.person, other.person])
        held = (await office.ledger.standing(VILLAGE, [cell[:2]]))[cell]
        assert [(one.value.number, one.author) for one in held.versions] == [(30_000, desk.person)]


async def test_all_who_sit_at_a_laptop_share_what_it_knows(office: Office) -> None:
    """Definitions are read once, and the server's word on the time is one."""
    async with office.desk("张三") as desk:
        other = await joined(office, desk, "李四")
        assert await other.catalogue() is await desk.catalogue()
        other.server_seconds += 5
        assert desk.now() == other.now() == NOW + 5


async def test_a_code_is_used_once_and_a_lost_answer_costs_nothing(office: Office) -> None:
    """The same laptop may ask again; another one may not."""
    async with office.desk("张三") as desk, office.desk("王五") as elsewhere:
        code = await code_for(office, "李四")
        first = await join(desk.ledger, office.client, code, "")
        assert await join(desk.ledger, office.client, code, "") == first
        assert await problem_of_joining(office, elsewhere, code) == "code-used"


async def test_a_code_of_another_place_is_refused_and_not_used_up(office: Office) -> None:
    """It would bring the laptop that place's figures; one of the town above is welcome."""
    person, grant = invites.authority(office.ledger)
    names = {"code": "445103101202", "name": "溪口村", "level": "village", "parent": TOWN.hex()}
    cells = [
        (Cell("place", "2020-01-01", field), text_value(text)) for field, text in names.items()
    ]
    await filing.file(office.ledger, [filing.Filed(OTHER, person, grant, cells)])
    async with office.desk("张三") as desk:
        code = await code_for(office, "赵六", OTHER)
        assert await problem_of_joining(office, desk, code) == "code-elsewhere"
        assert OTHER not in desk.places()
        await office.enrol("赵六", OTHER)

        clerk = await joined(office, desk, "镇里", TOWN)
        await clerk.record(VILLAGE, [(Cell("value", "2024Q3", "B002"), quantity_value(10_000))])
        assert (await office.sync(desk)).complete
        assert set(desk.places()) == {VILLAGE}


async def test_a_code_that_cannot_be_this_servers_is_not_sent(office: Office) -> None:
    """Nor is one that isn't whole."""
    async with office.desk("张三") as desk:
        assert await problem_of_joining(office, desk, "A" * 24) == "code-foreign"
        assert await problem_of_joining(office, desk, "A" * 23) == "code-malformed"


async def test_a_device_that_nobody_registered_cannot_be_joined(office: Office) -> None:
    """A code for a person makes no laptop known."""
    signer = KeySigner(os.urandom(32))
    code = clean_code(await code_for(office, "李四"))
    request = EnrolRequest(code, signer.public, "", "", CURRENT, joins=True)
    reply = await exchange(office.client, request, signer)

    assert isinstance(reply, ProblemReply)
    assert reply.code == "unknown-device"
    assert isinstance(
        await exchange(office.client, EnrolRequest(code, signer.public, "x", "", CURRENT), signer),
        wire.EnrolReply,
    )


async def test_who_was_disabled_may_file_no_longer_and_is_still_named(office: Office) -> None:
    """The other goes on; and a name that nobody has is refused with the names there are."""
    async with office.desk("张三") as desk:
        other = await joined(office, desk, "李四")
        await accounts.set_disabled(office.ledger, other.person, disabled=True)
        await office.sync(desk)

        assert [(one.name, one.active) for one in people(desk)] == [("张三", True), ("李四", False)]
        with pytest.raises(Problem, match="field-person-gone"):
            as_person(desk, other.person)
        assert as_person(desk, desk.person).grant == desk.grant
        assert person_named(desk, "李四").id == other.person
        with pytest.raises(Problem, match="field-person-unknown"):
            person_named(desk, "王五")


async def test_only_who_went_is_taken_off_the_list_and_comes_back(office: Office) -> None:
    """Neither oneself nor a colleague who may record; what they recorded stays (F46)."""
    async with office.desk("张三") as desk:
        other = await joined(office, desk, "李四")
        await other.record(other.place, [(Cell("note", "2024Q3", "B001"), text_value("按账本"))])
        for person, code in ((desk.person, "person-not-here"), (other.person, "person-still-")):
            with pytest.raises(Problem, match=code):
                await take_off(desk, person)
        await office.sync(desk)
        await accounts.set_disabled(office.ledger, other.person, disabled=True)
        await office.sync(desk)
        await take_off(desk, other.person)
        assert [one.name for one in await listed(desk)] == ["张三"]
        assert Cell("note", "2024Q3", "B001") in await cells_of(desk, VILLAGE, ("note",))
        await accounts.set_disabled(office.ledger, other.person, disabled=False)
        await office.sync(desk)
        assert [one.name for one in await listed(desk)] == ["张三", "李四"]


async def test_two_of_one_name_are_not_guessed_between(office: Office) -> None:
    """Whoever is meant must be chosen."""
    async with office.desk("张三") as desk:
        await joined(office, desk, "张三")
        with pytest.raises(Problem, match="field-person-twice"):
            person_named(desk, "张三")


async def test_before_the_first_sync_the_one_who_enrolled_sits_there(office: Office) -> None:
    """A laptop without a network for the first load opens all the same."""
    async with Desk.open(await office.enrol("张三"), lambda: NOW) as desk:
        (person,) = people(desk)
        assert (person.id, person.grant, person.active) == (desk.person, desk.grant, True)


async def test_nobody_joins_a_laptop_that_was_revoked(office: Office) -> None:
    """Another code doesn't take the revocation back."""
    async with office.desk("张三") as desk:
        await registered.revoke(office.ledger, desk.ledger.device)
        code = await code_for(office, "李四")
        assert await problem_of_joining(office, desk, code) == "device-revoked"
        assert not await is_revoked(desk)
        await office.sync(desk)
        assert await is_revoked(desk)
