"""What a laptop seals is judged by its author's grant when it arrives, whatever the laptop thinks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from field_client.desk import Desk
from server.devices.invites import authority
from server.filing import Filed, file
from sync.commit import Change, commit_of
from sync.ids import GrantId, PersonId, PlaceId, mint
from sync.value import Cell, quantity_value, text_value
from tests.integration.test_aside import sent
from tests.integration.test_hostile import offered
from tests.unit.field_office import TOWN, VILLAGE, Office, clock, office_in

ABROAD = PlaceId(mint("place", b"abroad"))


class Sealing(NamedTuple):
    """A server, a laptop of its village, and another's."""

    office: Office
    desk: Desk
    other: Desk

    async def verdict(
        self,
        stamp: int,
        *,
        place: PlaceId = VILLAGE,
        author: PersonId | None = None,
        grant: GrantId | None = None,
        kind: str = "value",
    ) -> str:
        """Why a commit that the laptop sealed was refused; `waits`, or nothing if it was taken."""
        desk = self.desk
        commit = commit_of(
            realm=desk.ledger.realm,
            place=place,
            parents=[],
            device=desk.ledger.device,
            author=author or desk.person,
            grant=grant or desk.grant,
            changes=[
                Change(
                    Cell(kind, "2024Q1", "B001"),
                    quantity_value(1) if kind == "value" else text_value("x"),
                    (clock() + stamp) << 20,
                )
            ],
        )
        reply = await sent(self.office.queue, desk.ledger, [offered(desk, commit)])
        if reply.refusals:
            return reply.refusals[0].reason
        return "" if reply.receipts else "waits"


@pytest.fixture
async def sealing(tmp_path: Path) -> AsyncIterator[Sealing]:
    """Both laptops enrolled."""
    async with (
        office_in(tmp_path) as office,
        office.desk("张三") as desk,
        office.desk("李四") as other,
    ):
        person, grant = authority(office.ledger)
        cell = Cell("place", "2020-01-01", "name"), text_value("外村")
        await file(office.ledger, [Filed(ABROAD, person, grant, [cell])])
        yield Sealing(office, desk, other)


async def test_only_ones_own_grant_covers_what_one_seals(sealing: Sealing) -> None:
    """Nobody's who isn't there, no other person's, no other place's, no other kind of cell, and
    none that has ended; one that nobody knows makes a commit wait (S68).
    """
    _, administrators = authority(sealing.office.ledger)
    other = sealing.other

    assert await sealing.verdict(1) == ""
    assert await sealing.verdict(2, grant=other.grant) == "grant-not-covering"
    assert await sealing.verdict(3, grant=administrators) == "grant-not-covering"
    assert await sealing.verdict(4, author=other.person, grant=other.grant) in (
        "author-not-signed-in",
        "grant-not-covering",
    )
    assert await sealing.verdict(5, place=ABROAD) == "grant-not-covering"
    assert await sealing.verdict(6, place=TOWN) == "grant-not-covering"
    assert await sealing.verdict(7, kind="review") == "grant-not-covering"
    assert await sealing.verdict(8, kind="grant") == "grant-not-covering"
    assert await sealing.verdict(9, grant=GrantId(b"made up, 16 byte")) == "waits"
    await sealing.office.end_grant(sealing.desk)
    assert await sealing.verdict(10) == "grant-ended"
