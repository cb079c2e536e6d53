"""Connections that nobody can hold without asking for something and taking the answer.

What uvicorn leaves open has an end here: a head that doesn't come, a body that doesn't end, an
answer that nobody reads, and more connections than there are files for. A newcomer that finds all
places taken takes that of whoever keeps one without a request, or else of whoever sends slowest;
where everybody is busy in earnest, it is told to come again. Bounds are in `sync.limits`.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

import h11
import msgspec
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from server.intake.answer import problem_reply
from server.routes.refusals import MEDIA_TYPE, refusal
from sync import wire
from sync.limits import (
    ANSWER_IDLE_SECONDS_MAX,
    BODY_SECONDS_MAX,
    CONNECTIONS_MAX,
    CONNECTIONS_REFUSED_MAX,
    HEAD_SECONDS_MAX,
    HOLD_SECONDS_MIN,
    RETRY_AFTER_SECONDS,
)
from sync.problems import Problem
from sync.roads.http import SYNC_PATH

__all__ = ["Connection"]


class Connection(H11Protocol):
    """One connection: since when it waits for its request or sends it, and what it sent of it."""

    since = 0.0
    taken = 0
    _deadline: asyncio.TimerHandle | None = None
    _unread: int | None = None

    @property
    def in_request(self) -> bool:
        """Whether a request has begun and is not answered."""
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None until the first
        return cycle is not None and not cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Takes it in, or in somebody's place, or only to say that there is no room."""
        super().connection_made(transport)
        self.since = self.loop.time()
        if len(self.connections) > CONNECTIONS_MAX and not self._make_room():
            if len(self.connections) > CONNECTIONS_MAX + CONNECTIONS_REFUSED_MAX:
                transport.abort()
                return
            self.app = _busy
        self._expect(HEAD_SECONDS_MAX)

    def connection_lost(self, exc: Exception | None) -> None:
        """As its base; nothing is expected any more."""
        self._expect(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As its base; a head that has come is no longer waited for, but its body is."""
        self.taken += len(data)
        before = self.cycle
        super().data_received(data)
        self._note(before)

    def on_response_complete(self) -> None:
        """As its base; the next head is waited for, and the end of a body that was not wanted."""
        self._expect(HEAD_SECONDS_MAX)
        before = self.cycle
        super().on_response_complete()
        self._note(before)

    def pause_writing(self) -> None:
        """As its base; somebody must read on."""
        super().pause_writing()
        self._expect(ANSWER_IDLE_SECONDS_MAX)

    def resume_writing(self) -> None:
        """As its base; somebody does."""
        super().resume_writing()
        if self.in_request:
            self._expect(None)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - no words of the framework's
        """What is no HTTP is answered in the one shape."""
        self._refuse(Problem("request-malformed"))

    def _note(self, before: object) -> None:
        """Changes what is waited for where a request has begun or ended."""
        if not self.in_request:
            return
        if self.cycle is not before:
            self.since, self.taken = self.loop.time(), 0
        if self.flow.write_paused:
            self._expect(ANSWER_IDLE_SECONDS_MAX)
        elif not self.cycle.more_body:
            self._expect(None)
        elif self.cycle is not before:
            self._expect(BODY_SECONDS_MAX + HEAD_SECONDS_MAX)

    def _expect(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._unread = None
        late = self._is_late
        self._deadline = None if seconds is None else self.loop.call_later(seconds, late)

    def _is_late(self) -> None:
        """Ends the connection, unless its answer is still being read, however slowly."""
        waiting = self.transport.get_write_buffer_size()
        if waiting and (self._unread is None or waiting < self._unread):
            self._expect(ANSWER_IDLE_SECONDS_MAX)
            self._unread = waiting
        elif waiting or self.conn.our_state is not h11.IDLE or not self.conn.trailing_data[0]:
            self.transport.abort()
        else:
            self._refuse(Problem("request-slow"))

    def _refuse(self, problem: Problem) -> None:
        """Answers what can't be handed to the application, and ends the connection."""
        status, content, headers = _refusal(problem)
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            for event in (
                h11.Response(status_code=status, headers=headers),
                h11.Data(data=content),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
        self._expect(ANSWER_IDLE_SECONDS_MAX)

    def _make_room(self) -> bool:
        """Ends the connection that is held for the least: False where there is none to spare."""
        now = self.loop.time()
        others = [
            cast(Connection, one)
            for one in self.connections
            if one is not self and not one.transport.is_closing()
        ]
        idle = [one for one in others if not one.in_request]
        slow = [
            one
            for one in others
            if one.in_request and one.cycle.more_body and now - one.since > HOLD_SECONDS_MIN
        ]
        if idle:
            min(idle, key=lambda one: one.since).transport.abort()
        elif slow:
            min(slow, key=lambda one: one.taken / (now - one.since)).transport.abort()
        return bool(idle or slow)


def _refusal(problem: Problem) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    said = refusal(problem, "zh-Hans")
    content = json.dumps(msgspec.to_builtins(said), ensure_ascii=False).encode()
    return said.status, content, _headers(MEDIA_TYPE, content)


def _headers(media_type: str, content: bytes) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(content)).encode()),
        (b"connection", b"close"),
    ]


async def _busy(scope: Any, _receive: Any, send: Any) -> None:
    """The application of a connection for which there is no room."""
    problem = Problem("server-busy", address="")
    status, content, headers = _refusal(problem)
    if scope["path"] == SYNC_PATH:
        content = wire.pack(wire.encode(problem_reply(problem, RETRY_AFTER_SECONDS)))
        headers = _headers(wire.MEDIA_TYPE, content)
    headers.append((b"retry-after", str(RETRY_AFTER_SECONDS).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
