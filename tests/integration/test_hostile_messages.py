"""Messages that cost more than they weigh, from devices and from servers that nobody certified."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest

from field_client.enrolling import enrol
from server.devices import invites
from server.intake import queue as intake_queue
from server.intake.queue import IntakeQueue
from sync import wire
from sync.commit import Sealed
from sync.ids import CommitId, DeviceId, PlaceId, RealmId
from sync.ledger.settle import scope_of
from sync.limits import MESSAGE_BYTES_MAX
from sync.problems import Problem
from sync.receipt import Receipt
from sync.roads.http import HttpRoad, exchange
from sync.trust import KeySigner
from sync.wire import Cursor, EnrolReply, Offered, ProblemReply, Signed, SyncReply, SyncRequest
from tests.unit.field_office import ADDRESS, VILLAGE, office_in

REALM = RealmId(bytes(16))
REQUEST = SyncRequest(REALM, 1, 0, (), (), (), b"", None, None)
REPLY = SyncReply(0, (), (), (), (), (), (), False, Cursor(b"", 0, b"", b""), b"", (), {}, 1)
replace = msgspec.structs.replace


@pytest.mark.parametrize(
    "part",
    [
        {"parked": (CommitId(b""),)},
        {"outside": (CommitId(bytes(31)),)},
        {"heads": {PlaceId(b"short"): ()}},
        {"ahead": {CommitId(bytes(33)): 1}},
        {"commits": (Offered(Sealed(b"", b""), (Receipt(DeviceId(b""), 0, 0, 0, b"", b""),) * 2),)},
    ],
    ids=lambda part: next(iter(part)),
)
def test_names_of_no_length_and_words_said_twice_are_malformed(part: dict[str, object]) -> None:
    """Millions of names of nothing, and of receipts by one server, fit into a small body."""
    with pytest.raises(Problem) as raised:
        wire.decode_request(wire.encode(replace(REQUEST, **part)))
    assert raised.value.code == "message-malformed"


@pytest.mark.parametrize("second", [-1, 2**63, 2**64 - 1])
def test_a_time_that_no_clock_says_is_malformed(second: int) -> None:
    """A server's time goes into the laptop's database and its calendar."""
    with pytest.raises(Problem) as raised:
        wire.decode_reply(wire.encode(replace(REPLY, at=second)))
    assert raised.value.code == "message-malformed"


async def test_an_endless_answer_is_cut_off() -> None:
    """Whoever answers, a laptop reads no more than a message may hold."""
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 2**20
            yield bytes(2**20)

    async def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=endless(), headers={"content-type": wire.MEDIA_TYPE})

    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(transport=transport, base_url="http://office.invalid") as client:
        with pytest.raises(Problem) as raised:
            await exchange(client, REQUEST, KeySigner(bytes(32)))
    assert raised.value.code == "message-too-large"
    assert given <= MESSAGE_BYTES_MAX + 2**21


async def test_a_forged_request_is_turned_away_before_it_waits(tmp_path: Path) -> None:
    """In a known device's name and without its signature, a request takes no turn in the queue."""
    async with office_in(tmp_path) as office, office.desk("张三") as desk:
        content = wire.encode(replace(REQUEST, realm=office.ledger.realm))
        forged = wire.pack(wire.encode(Signed(content, desk.ledger.device, bytes(64))))

        reply = await IntakeQueue(office.ledger).answer(forged)  # nothing runs that queue

        assert isinstance(reply, ProblemReply)
        assert reply.code == "signature-bad"


async def test_requests_that_wait_are_bounded_by_what_they_unpack_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One request always finds room; more than there is room for are asked to come again."""
    async with office_in(tmp_path) as office, office.desk("张三") as desk:
        monkeypatch.setattr(intake_queue, "INTAKE_QUEUE_BYTES_MAX", 1)
        ledger = desk.ledger
        content = wire.encode(replace(REQUEST, realm=ledger.realm))
        signature = ledger.sealer.signer.sign("request", ledger.realm, content)
        body = wire.pack(wire.encode(Signed(content, ledger.device, signature)))

        async def asked() -> str:
            reply = await office.queue.answer(body)
            return reply.code if isinstance(reply, ProblemReply) else "synced"

        together = await asyncio.gather(*(asked() for _ in range(3)))

        assert sorted(together) == ["server-busy", "server-busy", "synced"]
        assert await asked() == "synced"


def rogue(reply: wire.Reply) -> httpx.AsyncClient:
    """A way to a server that always answers the same."""

    async def answer(request: httpx.Request) -> httpx.Response:
        content = wire.pack(wire.encode(reply))
        return httpx.Response(200, content=content, headers={"content-type": wire.MEDIA_TYPE})

    return httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url=ADDRESS)


async def test_an_answer_to_another_question_is_a_problem_and_no_fault(tmp_path: Path) -> None:
    """A server that answers a sync as if it were an enrolment is told apart from our own mistakes."""
    async with office_in(tmp_path) as office, office.desk("张三") as desk:
        async with rogue(EnrolReply(REALM, (), (), VILLAGE, b"", b"", 0)) as client:
            with pytest.raises(Problem) as raised:
                await HttpRoad(desk.ledger, client).sync()
        assert raised.value.code == "reply-untrue"


async def test_a_scope_that_names_a_place_twice_is_kept_once(tmp_path: Path) -> None:
    """What a server repeats is no fault of the laptop's."""
    async with office_in(tmp_path) as office, office.desk("张三") as desk:
        async with rogue(replace(REPLY, scope=(VILLAGE, VILLAGE))) as client:
            await HttpRoad(desk.ledger, client).sync()
        assert await scope_of(desk.ledger) == [VILLAGE]
        assert (await office.sync(desk)).complete


async def test_nobody_enrols_at_a_server_that_shows_no_certificate(tmp_path: Path) -> None:
    """A laptop that took such an answer could never tell a receipt from a forged one."""
    async with office_in(tmp_path) as office:
        code = await invites.invite(office.ledger, VILLAGE, "enter", "张三", os.urandom)
        answer = EnrolReply(office.ledger.realm, (), (), VILLAGE, bytes(16), bytes(16), 0)
        folder = tmp_path / "laptop"
        async with rogue(answer) as client:
            with pytest.raises(Problem) as raised:
                await enrol(folder, client, code, os.urandom, server=ADDRESS, device_name="电脑")
        assert raised.value.code == "reply-untrue"

        await enrol(folder, office.client, code, os.urandom, server=ADDRESS, device_name="电脑")
