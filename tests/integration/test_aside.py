"""What waits at a server is bounded for each device, and one device's flood is nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.intake.queue import IntakeQueue
from sync import wire
from sync.commit import Change, Sealed, commit_of
from sync.ids import CommitId
from sync.ledger import aside
from sync.ledger.aside import State
from sync.ledger.edits import sign
from sync.ledger.ledger import Ledger
from sync.value import Cell, quantity_value
from sync.wire import Offered, Signed, SyncReply, SyncRequest
from tests.unit.field_office import VILLAGE, office_in


def orphan(laptop: Ledger, author: bytes, grant: bytes, number: int) -> Offered:
    """A well-signed commit whose parent nobody has."""
    commit = commit_of(
        realm=laptop.realm,
        place=VILLAGE,
        parents=[CommitId(number.to_bytes(32, "big"))],
        device=laptop.device,
        author=author,  # type: ignore[arg-type]  # ids are bytes
        grant=grant,  # type: ignore[arg-type]  # as above
        changes=[Change(Cell("value", "2024Q1", "B001"), quantity_value(number), number << 20)],
    )
    return Offered(Sealed(commit.body, sign(laptop.sealer, commit)))


async def sent(queue: IntakeQueue, laptop: Ledger, commits: list[Offered]) -> SyncReply:
    """A request of that laptop with those commits, and what the server answers."""
    request = SyncRequest(laptop.realm, 1, 0, tuple(commits), (), (), b"", None, None)
    content = wire.encode(request)
    signature = laptop.sealer.signer.sign("request", laptop.realm, content)
    body = wire.pack(wire.encode(Signed(content, laptop.device, signature)))
    reply = await queue.answer(body)
    assert isinstance(reply, SyncReply)
    return reply


async def test_a_devices_flood_is_held_to_its_bound_and_harms_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the bound a commit is told `aside-full` and stays with its sender (L13)."""
    monkeypatch.setattr(aside, "ASIDE_COMMITS_PER_DEVICE_MAX", 5)
    async with (
        office_in(tmp_path) as office,
        office.desk("张三") as one,
        office.desk("李四") as two,
    ):
        flood = [orphan(one.ledger, one.person, one.grant, n) for n in range(1, 9)]
        reply = await sent(office.queue, one.ledger, flood)

        waiting = await aside.in_state(office.ledger.database, State.HELD)
        reasons = [reason for _, reason in reply.held]
        assert len(waiting) == 5
        assert reasons.count("unknown-parent") == 5
        assert reasons.count("aside-full") == 3

        other = await sent(
            office.queue, two.ledger, [orphan(two.ledger, two.person, two.grant, 99)]
        )
        assert [reason for _, reason in other.held] == ["unknown-parent"]


async def test_what_is_held_is_named_asked_for_and_judged_anew(tmp_path: Path) -> None:
    """The missing parent is asked for by id; when it comes, both go in (L5)."""
    async with office_in(tmp_path) as office, office.desk("张三") as desk:
        laptop = desk.ledger
        first = commit_of(
            realm=laptop.realm,
            place=VILLAGE,
            parents=[],
            device=laptop.device,
            author=desk.person,
            grant=desk.grant,
            changes=[Change(Cell("value", "2024Q1", "B001"), quantity_value(1), 1 << 20)],
        )
        second = commit_of(
            realm=laptop.realm,
            place=VILLAGE,
            parents=[first.id],
            device=laptop.device,
            author=desk.person,
            grant=desk.grant,
            changes=[Change(Cell("value", "2024Q1", "B002"), quantity_value(2), 2 << 20)],
        )
        child, parent = (
            Offered(Sealed(one.body, sign(laptop.sealer, one))) for one in (second, first)
        )
        held = await sent(office.queue, laptop, [child])
        assert (held.held, held.wants) == (((second.id, "unknown-parent"),), (first.id,))

        healed = await sent(office.queue, laptop, [parent])
        assert {commit for commit, _ in healed.receipts} == {first.id, second.id}
        assert await aside.in_state(office.ledger.database, State.HELD) == []
