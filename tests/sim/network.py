"""The network between laptops and the server: messages that are lost, doubled, late and reordered."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from sync import wire
from sync.ledger import feed, outbox
from tests.sim.replica import Laptop, Server


@dataclass(frozen=True)
class Message:
    """A request on its way up, or a reply on its way down."""

    laptop: Laptop
    life: int
    number: int
    body: bytes
    is_reply: bool


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

    def __init__(self, random: Random, faults: Counter[str]) -> None:
        self._random = random
        self._faults = faults
        self.under_way: list[Message] = []
        self.sent = 0

    async def begin(self, laptop: Laptop) -> None:
        """A laptop begins a conversation."""
        self._put(laptop, await laptop.begin())

    async def move(self, server: Server) -> None:
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
        if message.is_reply:
            await self._down(message)
            return
        together = [message]
        if self._random.random() < 0.3:
            together += [one for one in self.under_way if not one.is_reply][:3]
            self._faults["requests in one transaction"] += len(together) > 1
        replies = await answered(server, *(one.body for one in together))
        self.under_way += [
            Message(one.laptop, one.life, one.number, reply, is_reply=True)
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
            self._put(laptop, following)

    def _put(self, laptop: Laptop, body: bytes) -> None:
        self.sent += 1
        laptop.awaited = self.sent
        self.under_way.append(Message(laptop, laptop.life, self.sent, body, is_reply=False))


async def answered(server: Server, *bodies: bytes) -> list[bytes]:
    """The bytes of the server's replies to requests, which it takes in one transaction."""
    running = asyncio.create_task(server.queue.run())
    try:
        replies = await asyncio.gather(*(server.queue.answer(body) for body in bodies))
    finally:
        running.cancel()
    return [wire.pack(wire.encode(reply)) for reply in replies]


async def whole_sync(laptop: Laptop, server: Server) -> None:
    """One conversation from its beginning to its end, undisturbed."""
    body: bytes | None = await laptop.begin()
    while body is not None:
        (answer,) = await answered(server, body)
        body = await laptop.hear(wire.decode_reply(wire.unpack(answer)))
