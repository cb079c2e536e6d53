"""A device that is enrolled and hostile: it can do no more than an honest one."""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from field_client.commands.words import value_words
from field_client.desk import Desk
from field_client.enrolling import enrol
from server.devices import invites
from server.devices.invites import authority
from server.filing import Filed, file
from sync.commit import Change, Commit, Sealed, commit_of
from sync.ids import CommitId, PlaceId, mint
from sync.ledger import aside
from sync.ledger.aside import State
from sync.ledger.edits import sign
from sync.ledger.receive import Intake
from sync.trust import KeySigner, device_of
from sync.value import Cell, Type, Value, quantity_value, text_value
from sync.wire import Offered
from tests.integration.test_aside import sent
from tests.unit.field_office import ADDRESS, ELSEWHERE, TOWN, VILLAGE, Office, clock, office_in

STRANGERS = [KeySigner(bytes([number]) * 32) for number in range(1, 9)]


def made(
    desk: Desk,
    number: int,
    parents: list[CommitId],
    *,
    place: PlaceId = VILLAGE,
    value: Value | None = None,
    signer: KeySigner | None = None,
) -> Commit:
    """A commit of one value, by that desk's officer, on its device or another."""
    return commit_of(
        realm=desk.ledger.realm,
        place=place,
        parents=parents,
        device=device_of(signer.public) if signer else desk.ledger.device,
        author=desk.person,
        grant=desk.grant,
        changes=[
            Change(
                Cell("value", "2024Q1", f"B{number:03}"),
                value or quantity_value(number),
                number << 20,
            )
        ],
    )


def offered(desk: Desk, commit: Commit) -> Offered:
    """A commit as that desk signs it."""
    return Offered(Sealed(commit.body, sign(desk.ledger.sealer, commit)))


async def test_a_chain_in_any_order_is_judged_in_one_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work of taking in commits that wait for one another grows with their number only."""
    judged = 0
    judge = Intake._judge

    def counted(*arguments: object) -> str | None:
        nonlocal judged
        judged += 1
        return judge(*arguments)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(Intake, "_judge", counted)
    async with office_in(tmp_path) as office, office.desk("张三") as desk:
        chain: list[Commit] = []
        for number in range(1, 101):
            chain.append(made(desk, number, [chain[-1].id] if chain else []))
        random.Random(1).shuffle(chain)

        reply = await sent(office.queue, desk.ledger, [offered(desk, one) for one in chain])

        assert len(reply.receipts) == len(chain)
        assert judged < 4 * len(chain)


async def test_what_unknown_devices_are_said_to_have_made_fills_their_carriers_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inventing a device for each commit doesn't get more room than one device has (L13)."""
    monkeypatch.setattr(aside, "ASIDE_COMMITS_PER_DEVICE_MAX", 5)
    async with (
        office_in(tmp_path) as office,
        office.desk("张三") as one,
        office.desk("李四") as two,
    ):
        flood = [
            offered(one, made(one, number, [], signer=stranger))
            for number, stranger in enumerate(STRANGERS, 1)
        ]
        reply = await sent(office.queue, one.ledger, flood)
        again = await sent(office.queue, one.ledger, flood)
        other = await sent(
            office.queue, two.ledger, [offered(two, made(two, 9, [], signer=STRANGERS[0]))]
        )

        assert sorted(reply.held) == sorted(again.held)
        assert [reason for _, reason in reply.held].count("aside-full") == 3
        assert [reason for _, reason in other.held] == ["unknown-device"]
        assert len(await aside.in_state(office.ledger.database, State.HELD)) == 6


async def test_a_bad_signature_put_to_anothers_commit_does_not_bar_it(tmp_path: Path) -> None:
    """The commit goes in when it comes with its own device's signature."""
    async with (
        office_in(tmp_path) as office,
        office.desk("张三") as hostile,
        office.desk("李四") as honest,
    ):
        commit = made(honest, 1, [])
        forged = await sent(office.queue, hostile.ledger, [offered(hostile, commit)])
        true = await sent(office.queue, honest.ledger, [offered(honest, commit)])

        assert [one.reason for one in forged.refusals] == ["signature-bad"]
        assert [name for name, _ in true.receipts] == [commit.id]
        assert true.refusals == ()


async def test_a_commit_that_builds_on_another_place_is_refused(tmp_path: Path) -> None:
    """Whoever sees only one of the two places could never apply it, nor anything after it."""
    async with office_in(tmp_path) as office, office.desk("张三") as desk:
        person, grant = authority(office.ledger)
        cells = [(Cell("note", "2024", "B001"), text_value("镇"))]
        (elsewhere,) = await file(office.ledger, [Filed(TOWN, person, grant, cells)])

        reply = await sent(office.queue, desk.ledger, [offered(desk, made(desk, 1, [elsewhere]))])

        assert [one.reason for one in reply.refusals] == ["parent-elsewhere"]


async def test_nobody_moves_their_own_place_under_another_to_read_it(tmp_path: Path) -> None:
    """A place is moved by a grant above it, within what that grant covers."""
    county, other = (PlaceId(mint("place", name)) for name in (b"county", b"other"))
    async with office_in(tmp_path) as office:
        person, grant = authority(office.ledger)

        def filed(place: PlaceId, parent: PlaceId | None) -> Filed:
            return Filed(place, person, grant, [under(parent)])

        await file(office.ledger, [filed(county, None), filed(other, None), filed(TOWN, county)])
        async with administrator(office, "镇", TOWN) as town:
            assert await moved(office, town, TOWN, other) == ["grant-not-covering"]
            assert await moved(office, town, TOWN, None) == ["grant-not-covering"]
            assert await moved(office, town, VILLAGE, other) == ["grant-not-covering"]
            assert await moved(office, town, VILLAGE, TOWN) == []
            taken = Cell("place", "2020-01-01", "code"), text_value(ELSEWHERE)
            assert await filed_by(office, town, TOWN, *taken) == ["grant-not-covering"]
            assert await filed_by(office, town, VILLAGE, *taken) == []
        async with administrator(office, "县", county) as head:
            assert await moved(office, head, VILLAGE, county) == []
            assert await moved(office, head, TOWN, other) == ["grant-not-covering"]


def under(parent: PlaceId | None) -> tuple[Cell, Value]:
    """The cell that says what a place lies under."""
    return Cell("place", "2020-01-01", "parent"), text_value(parent.hex() if parent else "")


@asynccontextmanager
async def administrator(office: Office, name: str, place: PlaceId) -> AsyncIterator[Desk]:
    """A device that administers a place."""
    code = await invites.invite(office.ledger, place, "administer", name, os.urandom)
    folder = office.folder / name
    await enrol(folder, office.client, code, os.urandom, server=ADDRESS, device_name=name)
    async with Desk.open(folder, clock) as desk:
        yield desk


async def moved(office: Office, desk: Desk, place: PlaceId, parent: PlaceId | None) -> list[str]:
    """Why that desk's moving of a place was refused; nothing if it was accepted."""
    return await filed_by(office, desk, place, *under(parent))


async def filed_by(
    office: Office, desk: Desk, place: PlaceId, cell: Cell, value: Value
) -> list[str]:
    """Why what that desk files of a place was refused; nothing if it was accepted."""
    rows = await office.ledger.database.rows("SELECT count(*) FROM commits")
    commit = commit_of(
        realm=desk.ledger.realm,
        place=place,
        parents=[],
        device=desk.ledger.device,
        author=desk.person,
        grant=desk.grant,
        changes=[Change(cell, value, (clock() + rows[0][0]) << 20)],
    )
    reply = await sent(office.queue, desk.ledger, [offered(desk, commit)])
    assert len(reply.receipts) + len(reply.refusals) == 1
    return [one.reason for one in reply.refusals]


def test_a_reason_that_is_unknown_here_is_shown_as_it_stands() -> None:
    """Another's software may file any text as a reason: a page that shows it goes on."""
    assert "banana" in value_words(Value(Type.REASON, 0, "banana"))
