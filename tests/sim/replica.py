"""The replicas of a simulated world: a ledger on a disk that can be copied, put back and cloned."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from server.intake.queue import IntakeQueue
from server.store import open_server
from sync import wire
from sync.conversation import Effect, Exchange, Flow, Prepare, Settle, conversation
from sync.ids import CommitId, EditId, GrantId, PersonId, PlaceId
from sync.ledger.edits import Edit, Standing
from sync.ledger.ledger import Ledger
from sync.ledger.settle import request, settle
from sync.ledger.soundfile import sound
from sync.value import Cell, quantity_value
from sync.wire import Reply, Request, Signed
from tests.sim import disk
from tests.sim.oracle import Where

UNIT = 10_000


@dataclass
class Page:
    """What a page of one cell displayed: the names it hands back, and the edits they are."""

    names: set[EditId]
    numbers: set[int]


class Replica:
    """One ledger, open; `ledger` is another object after `put_back`."""

    def __init__(self, folder: Path, now: Callable[[], int]) -> None:
        self.folder = folder
        self.now = now
        self.pages: dict[Where, Page] = {}
        self._stack = AsyncExitStack()
        self.ledger: Ledger
        self.is_newer = False
        """Whether its software adds fields to messages that older software doesn't know."""

    async def open(self) -> None:
        """Opens what lies in the folder, as the program does: what looks damaged is not opened."""
        self._stack.enter_context(sound(self.folder, "laptop"))
        opening = Ledger.open(self.folder, self.now, check=False)
        self.ledger = await self._stack.enter_async_context(opening)

    async def close(self) -> None:
        """Closes the database."""
        await self._stack.aclose()
        self._stack = AsyncExitStack()

    def image(self) -> bytes:
        """The disk as it is now."""
        return disk.image(self.folder)

    async def put_back(self, content: bytes, log: bytes = b"") -> None:
        """The disk as it was; pages that were open are gone."""
        await self.close()
        disk.put_back(self.folder, content, log)
        self.pages.clear()
        await self.open()

    def spoken(self, content: bytes) -> bytes:
        """A message as this replica's software says it: newer one knows of a field more."""
        if not self.is_newer:
            return content
        fields = msgspec.msgpack.decode(content)
        return msgspec.msgpack.encode([*fields, {"of": "later"}])

    async def page(self, place: PlaceId, cell: Cell) -> Page:
        """A page of one cell, drawn now."""
        here = (await self.ledger.standing(place, [cell[:2]])).get(cell, Standing((), None))
        return Page(
            self.ledger.displayed(here, place, cell), displayed_numbers(self, here, place, cell)
        )


def displayed_numbers(replica: Replica, here: Standing, place: PlaceId, cell: Cell) -> set[int]:
    """The edits that a page shows, by their numbers."""
    names = replica.ledger.displayed(here, place, cell)
    shown = {v.value.number // UNIT for v in here.versions if v.edit(place, cell) in names}
    if here.pending is not None:
        shown.add(here.pending.edit.value.number // UNIT)
    return shown


class Server(Replica):
    """The server, which answers requests through its intake queue."""

    queue: IntakeQueue
    told: set[CommitId]
    """Commits for which it gave receipts since its disk was last another one."""

    async def open(self) -> None:
        """Opens what lies in the folder, with the server's own tables."""
        self.ledger = await self._stack.enter_async_context(open_server(self.folder, self.now))
        self.queue = IntakeQueue(self.ledger)
        self.told = set()


@dataclass
class Person:
    """Someone who types, with the grants they may choose from; the last is the one they use."""

    name: PersonId
    grants: list[GrantId] = field(default_factory=list)


class Laptop(Replica):
    """A laptop with the person it was given to."""

    def __init__(self, folder: Path, now: Callable[[], int], name: str) -> None:
        super().__init__(folder, now)
        self.name = name
        self.person: Person
        self.home: PlaceId
        self.formerly: set[PlaceId] = set()
        self.life = 0
        self.flow: Flow | None = None
        self.awaited = -1

    async def put_back(self, content: bytes, log: bytes = b"") -> None:
        """See `Replica.put_back`; a conversation under way is over, and its replies are lost."""
        self.life += 1
        self.flow = None
        await super().put_back(content, log)

    def body(self, message: Request) -> bytes:
        """A request as it travels."""
        signer = self.ledger.sealer.signer
        content = self.spoken(wire.encode(message))
        signature = signer.sign("request", wire.realm_in(message), content)
        return wire.pack(wire.encode(Signed(content, self.ledger.device, signature)))

    async def begin(self) -> bytes:
        """Begins a conversation; the first request's bytes."""
        self.flow, self.awaited = conversation(), -1
        body = await self._on(None)
        assert body is not None
        return body

    async def hear(self, reply: Reply) -> bytes | None:
        """Goes on with the conversation under way; the next request's bytes, if there is one."""
        return await self._on(reply)

    async def late(self, reply: Reply) -> None:
        """Settles a reply that nobody waits for any more."""
        if isinstance(reply, wire.SyncReply):
            await settle(self.ledger, reply)

    async def type(
        self,
        place: PlaceId,
        cell: Cell,
        number: int,
        as_whom: tuple[PersonId, GrantId],
        page: Page | None,
        catalogue: str = "",
    ) -> None:
        """Keeps an edit whose value is its number."""
        edit = Edit(place, cell, quantity_value(number * UNIT), *as_whom, catalogue)
        await self.ledger.record(edit, None if page is None else page.names)

    async def _on(self, answer: object) -> bytes | None:
        flow, self.flow = self.flow, None
        assert flow is not None
        while True:
            try:
                effect: Effect = flow.send(answer)
            except StopIteration:
                return None
            match effect:
                case Prepare(asked):
                    answer = await request(self.ledger, asked)
                case Settle(reply):
                    answer = await settle(self.ledger, reply)
                case Exchange(message):
                    self.flow = flow
                    return self.body(message)
