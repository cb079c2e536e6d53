"""A real server that a laptop of its own sends whatever can be signed.

Inputs are requests whose commits name the places and people of `messages.py`; they are put into the
names of this server's realm and laptop, and signed by it. Nothing of it may be a fault of the server.
"""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
from contextlib import AsyncExitStack
from functools import cache
from pathlib import Path

import msgspec

from field_client.desk import Desk
from sync import commit_bytes, wire
from sync.commit import Commit, Sealed
from sync.ids import RealmId
from sync.problems import Problem
from sync.trust import device_of
from sync.wire import Offered, ProblemReply, Signed, SyncReply, SyncRequest
from tests.fuzz import messages
from tests.fuzz.harness import Harness
from tests.unit.field_office import VILLAGE, Office, office_in

replace = msgspec.structs.replace


class _World:
    """An office and a laptop, and the loop that they live in until the process ends."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="tianji-fuzz-"))
        self.stack = AsyncExitStack()
        self.office, self.desk = self.loop.run_until_complete(self._open())
        atexit.register(self.close)

    async def _open(self) -> tuple[Office, Desk]:
        office = await self.stack.enter_async_context(office_in(self.folder))
        return office, await self.stack.enter_async_context(office.desk("张三"))

    def close(self) -> None:
        """Ends what was begun."""
        self.loop.run_until_complete(self.stack.aclose())
        self.loop.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def sent(self, request: SyncRequest) -> wire.Reply:
        """What the server answers to it, signed by the laptop."""
        ledger = self.desk.ledger
        content = wire.encode(replace(request, realm=ledger.realm, version=1))
        signature = ledger.sealer.signer.sign("request", ledger.realm, content)
        body = wire.pack(wire.encode(Signed(content, ledger.device, signature)))
        return self.loop.run_until_complete(self.office.queue.answer(body))

    def own(self, offered: Offered) -> Offered:
        """A commit as this laptop's officer makes it; what is no commit stays as it is."""
        try:
            commit = commit_bytes.decode(offered.sealed.body)
        except Problem:
            return offered
        names = {
            "realm": (messages.REALM, self.desk.ledger.realm),
            "device": (device_of(messages.LAPTOP.public), self.desk.ledger.device),
            "author": (messages.PERSON, self.desk.person),
            "grant": (messages.GRANT, self.desk.grant),
            "place": (messages.PLACE, VILLAGE),
        }
        ours = {
            field: here for field, (there, here) in names.items() if getattr(commit, field) == there
        }
        own: Commit = replace(commit, **ours)
        signer = self.desk.ledger.sealer.signer
        return Offered(
            Sealed(own.body, signer.sign("commit", RealmId(own.realm), own.id)), offered.receipts
        )


@cache
def _world() -> _World:
    return _World()


def _intake(data: bytes) -> None:
    """Whatever an enrolled laptop asks, it is answered, and the answer is one that it can read."""
    request = wire.decode_request(data)
    if not isinstance(request, SyncRequest):
        raise Problem("message-malformed")
    world = _world()
    reply = world.sent(replace(request, commits=tuple(map(world.own, request.commits))))
    assert wire.decode_reply(wire.encode(reply)) == reply
    assert isinstance(reply, SyncReply | ProblemReply)
    if isinstance(reply, ProblemReply):
        assert not reply.code.startswith(("storage-", "server-")), reply
        raise Problem("message-malformed")


def _seeds() -> list[bytes]:
    whole = messages.sample_request()
    sealed = [Sealed(one.body, b"") for one in messages.sample_commits()]
    bare = SyncRequest(messages.REALM, 1, messages.NOW, (), (), (), b"", None, None)
    return [
        wire.encode(one)
        for one in (
            bare,
            replace(bare, heads={}),
            replace(whole, commits=()),
            *(replace(bare, commits=(Offered(one),)) for one in sealed),
        )
    ]


HARNESSES = [Harness("intake", _intake, _seeds, 2048, is_msgpack=True)]
