"""The network between laptops and the server: messages that are lost, doubled, late and reordered."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random

from sync import wire
from sync.ledger import feed, outbox
from sync.wire import SyncReply
from tests.sim.replica import Laptop, Server

OVERHEARD_MAX = 100


@dataclass(frozen=True)
class Message:
    """A request on its way up, or a reply on its way down."""

    laptop: Laptop
    life: int
    number: int
    body: bytes
    is_reply: bool
    server: Server


@contextmanager
def paged(commits: int) -> Iterator[None]:
    """Messages hold no more commits than that within, so that short histories fill many; 0: all."""
    modules = (feed, outbox, wire)
    before = [vars(module)["MESSAGE_COMMITS_MAX"] for module in modules]
    try:
        for module, most in zip(modules, before, strict=True):
            vars(module)["MESSAGE_COMMITS_MAX"] = commits or most
        yield
    finally:
        for module, most in zip(modules, before, strict=True):
            vars(module)["MESSAGE_COMMITS_MAX"] = most


class Network:
    """What is under way, and what befalls it."""

    def __init__(self, random: Random, faults: Counter[str], *, hard: bool = False) -> None:
        self._random = random
        self._faults = faults
        self._hard = hard
        self.under_way: list[Message] = []
        self.overheard: deque[bytes] = deque(maxlen=OVERHEARD_MAX)
        self.sent = 0

    async def begin(self, laptop: Laptop, server: Server) -> None:
        """A laptop begins a conversation with a server."""
        self._put(laptop, await laptop.begin(), server)

    async def move(self) -> None:
        """Something becomes of one message: it arrives, perhaps twice or not at all."""
        if not self.under_way:
            return
        index = 0 if self._random.random() < 0.6 else self._random.randrange(len(self.under_way))
        message = self.under_way[index]
        kind = "reply" if message.is_reply else "request"
        if index:
            self._faults[f"{kind} reordered"] += 1
        if self._random.random() < 0.85:
            self.under_way.pop(index)
        else:
            self._faults[f"{kind} doubled"] += 1
        if self._random.random() < 0.2:
            self._faults[f"{kind} lost"] += 1
            return
        if self._hard and self._random.random() < 0.05:
            self._faults[f"{kind} cut"] += 1
            message = replace(message, body=cut(self._random, message.body))
        if message.is_reply:
            await self._down(message)
            return
        together = [message]
        if self._random.random() < 0.3:
            together += [
                one for one in self.under_way if not one.is_reply and one.server is message.server
            ][:3]
            self._faults["requests in one transaction"] += len(together) > 1
        self.overheard += [one.body for one in together]
        replies = await answered(message.server, *(one.body for one in together))
        self.under_way += [
            replace(one, body=reply, is_reply=True)
            for one, reply in zip(together, replies, strict=True)
        ]

    async def _down(self, message: Message) -> None:
        laptop = message.laptop
        if laptop.life != message.life:
            return
        reply = wire.decode_reply(wire.unpack(message.body))
        if laptop.flow is None or laptop.awaited != message.number:
            self._faults["reply late"] += 1
            await laptop.late(reply)
            return
        laptop.awaited = -1
        following = await laptop.hear(reply)
        if following is not None:
            self._put(laptop, following, message.server)

    def _put(self, laptop: Laptop, body: bytes, server: Server) -> None:
        self.sent += 1
        laptop.awaited = self.sent
        self.under_way.append(
            Message(laptop, laptop.life, self.sent, body, is_reply=False, server=server)
        )


def cut(random: Random, body: bytes) -> bytes:
    """What is left of a message that was cut off, or of which a byte is another."""
    at = int(random.random() * len(body))
    if random.random() < 0.5:
        return body[:at]
    return body[:at] + bytes([body[at] ^ 1 << random.randrange(8)]) + body[at + 1 :]


async def answered(server: Server, *bodies: bytes) -> list[bytes]:
    """The bytes of the server's replies to requests, which it takes in one transaction.

    Raises `Crash` where the server's process ends in the middle of it.
    """
    running = asyncio.create_task(server.queue.run())
    answers = [asyncio.create_task(server.queue.answer(body)) for body in bodies]
    try:
        waiting = {running, *answers}
        while not all(one.done() for one in answers):
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                one.result()
    finally:
        for one in (running, *answers):
            one.cancel()
    replies = [one.result() for one in answers]
    for reply in replies:
        if isinstance(reply, SyncReply):
            server.told.update(commit for commit, _ in reply.receipts)
    return [wire.pack(server.spoken(wire.encode(reply))) for reply in replies]


async def whole_sync(laptop: Laptop, server: Server) -> None:
    """One conversation from its beginning to its end, undisturbed."""
    body: bytes | None = await laptop.begin()
    while body is not None:
        (answer,) = await answered(server, body)
        body = await laptop.hear(wire.decode_reply(wire.unpack(answer)))
