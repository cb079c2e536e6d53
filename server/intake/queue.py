"""Group commit: requests that wait together are taken in one transaction, and answered after it.

One request's failure never harms another's: a transaction that fails is tried again request by
request, and only the one that fails alone is told so.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import NamedTuple

from server.devices.seen import Sightings
from server.intake.answer import Taken, opened, problem_reply, reply, take
from sync.ledger.ledger import Ledger
from sync.ledger.receive import Intake
from sync.limits import (
    INTAKE_QUEUE_BYTES_MAX,
    INTAKE_QUEUE_REQUESTS_MAX,
    INTAKE_REQUESTS_PER_TRANSACTION,
    RETRY_AFTER_SECONDS,
)
from sync.problems import Problem
from sync.wire import EnrolReply, EnrolRequest, Reply, Signed, SyncRequest


class _Waiting(NamedTuple):
    signed: Signed
    request: SyncRequest | EnrolRequest
    software: str
    answer: asyncio.Future[Taken | EnrolReply | Problem]


@dataclass(slots=True)
class Counted:
    """What was done since the start; verdicts are counted as often as a device was told them."""

    transactions: int = 0
    requests: int = 0
    accepted: int = 0
    held: int = 0
    refused: int = 0


class IntakeQueue:
    """Answers requests; `run` must be running for that."""

    def __init__(self, ledger: Ledger, sightings: Sightings | None = None) -> None:
        self._ledger = ledger
        self._sightings = sightings
        self.counted = Counted()
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(INTAKE_QUEUE_REQUESTS_MAX)
        self._bytes = 0

    @property
    def depth(self) -> int:
        """How many requests wait for their turn."""
        return self._queue.qsize()

    async def answer(self, body: bytes, software: str = "") -> Reply:
        """The reply to a request's bytes, once all that it tells of is durable.

        `software` is the version that made it, as far as it says.
        """
        try:
            signed, request = opened(self._ledger, body)
            taken = await self._taken(signed, request, software)
            if isinstance(taken, Problem):
                return problem_reply(taken)
            async with self._ledger.database.reading():
                return await reply(self._ledger, taken)
        except asyncio.QueueFull:
            return problem_reply(Problem("server-busy", address=""), RETRY_AFTER_SECONDS)
        except Problem as problem:
            return problem_reply(problem)

    async def _taken(
        self, signed: Signed, request: SyncRequest | EnrolRequest, software: str
    ) -> Taken | EnrolReply | Problem:
        """Waits for its turn, where there is room: unpacked, a small body may be a large request."""
        size = len(signed.request)
        if self._bytes and self._bytes + size > INTAKE_QUEUE_BYTES_MAX:
            raise asyncio.QueueFull
        self._bytes += size
        try:
            answer: asyncio.Future[Taken | EnrolReply | Problem] = asyncio.Future()
            self._queue.put_nowait(_Waiting(signed, request, software, answer))
            return await answer
        finally:
            self._bytes -= size

    async def run(self) -> None:
        """Takes requests until it is cancelled."""
        while True:
            batch = [await self._queue.get()]
            while len(batch) < INTAKE_REQUESTS_PER_TRANSACTION and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            await self._take(batch)

    async def _take(self, batch: list[_Waiting]) -> None:
        try:
            taken = await self._transact(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others must get their answers
            if len(batch) == 1:
                _settle(batch[0], error)
                return
            for one in batch:
                await self._take([one])
            return
        self.counted.transactions += 1
        for one, result in zip(batch, taken, strict=True):
            self._count(one, result)
            _settle(one, result)

    def _count(self, waiting: _Waiting, result: Taken | EnrolReply | Problem) -> None:
        """What is durable is counted, and its device noted, at no cost in the database."""
        self.counted.requests += 1
        if isinstance(result, Taken):
            self.counted.accepted += len(result.verdicts.accepted)
            self.counted.held += len(result.verdicts.held)
            self.counted.refused += len(result.verdicts.refusals)
            if self._sightings is not None:
                version, at = result.request.version, result.request.at
                self._sightings.note(result.device, version, waiting.software, at)

    async def _transact(self, batch: list[_Waiting]) -> list[Taken | EnrolReply | Problem]:
        results: list[Taken | EnrolReply | Problem] = []
        async with self._ledger.transaction() as database:
            intake = Intake(self._ledger, database)
            for one in batch:
                try:
                    results.append(
                        await take(self._ledger, database, intake, one.signed, one.request)
                    )
                except Problem as problem:
                    if problem.code.startswith("storage-"):
                        raise
                    results.append(problem)
            await intake.finish()
        return results


def _settle(waiting: _Waiting, result: Taken | EnrolReply | Exception) -> None:
    if waiting.answer.done():
        return
    if isinstance(result, Exception) and not isinstance(result, Problem):
        waiting.answer.set_exception(result)
    else:
        waiting.answer.set_result(result)
