"""Whoever opens a socket to a real server and misbehaves meets a limit; everybody else is served.

The server runs with waiting times and numbers that are small enough for a test.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from sync import wire
from sync.limits import MESSAGE_BYTES_MAX
from sync.wire import ProblemReply
from tests.e2e import processes

LIMITS = {
    "HEAD_SECONDS_MAX": 0.6,
    "BODY_IDLE_SECONDS_MAX": 3.0,
    "ANSWER_IDLE_SECONDS_MAX": 0.8,
    "HOLD_SECONDS_MIN": 1.5,
    "CONNECTIONS_MAX": 20,
    "CONNECTIONS_REFUSED_MAX": 5,
}
SECONDS_MAX = 20.0
MEGABYTES_MAX = 160
START = (
    "import sys; from sync import limits; vars(limits).update({limits});"
    " from sync.cli import main; sys.exit(main(sys.argv[1:]))"
)
POST = b"POST /sync/v1 HTTP/1.1\r\nhost: x\r\n"
PROBLEM_JSON = "application/problem+json"


class Server(NamedTuple):
    """A running server: where it listens, and its process."""

    port: int
    process: subprocess.Popen[str]


class Answer(NamedTuple):
    """What came back before the server closed the connection."""

    status: int
    media_type: str
    body: bytes

    @property
    def code(self) -> str:
        """The code of the problem that it tells."""
        if self.media_type == wire.MEDIA_TYPE:
            reply = wire.decode_reply(wire.unpack(self.body))
            assert isinstance(reply, ProblemReply)
            return reply.code
        assert self.media_type == PROBLEM_JSON, self
        return str(json.loads(self.body)["code"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of one town; it must have used little memory when all is over."""
    folder: Path = tmp_path_factory.mktemp("server")
    processes.found(folder)
    code = START.format(limits=LIMITS)
    command = [sys.executable, "-c", code, "server", "run", "--data", str(folder), "--port", "0"]
    with subprocess.Popen(
        command,
        env=processes.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    ) as process:
        try:
            yield Server(int(processes.address_of(process).rpartition(":")[2]), process)
        finally:
            process.terminate()
            assert process.wait(processes.START_SECONDS_MAX) == 0


@pytest.fixture(autouse=True)
def others_are_served(server: Server) -> Iterator[None]:
    """After each test a newcomer gets its answer, and the server has not grown."""
    before = _megabytes(server)
    yield
    answer = asyncio.run(asked(server, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"))
    assert answer.status == 200
    assert _megabytes(server) < before + MEGABYTES_MAX


def _megabytes(server: Server) -> float:
    """What the process holds; 0 where the system doesn't say."""
    status = Path(f"/proc/{server.process.pid}/statm")
    pages = int(status.read_text().split()[1]) if status.exists() else 0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20 if pages else 0.0


async def asked(server: Server, *parts: bytes) -> Answer:
    """Sends the parts and reads until an answer is whole or the connection ends."""
    async with asyncio.timeout(SECONDS_MAX):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
        except ConnectionError:
            pass  # it was told so before it had said all
        try:
            return await _answer(reader)
        finally:
            writer.close()


async def _answer(reader: asyncio.StreamReader) -> Answer:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError as error:
        return Answer(0, "", error.partial)
    lines = head.split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    body = await reader.readexactly(int(headers["content-length"]))
    return Answer(int(lines[0].split()[1]), headers["content-type"].split(";")[0], body)


async def ends(server: Server, *parts: bytes) -> float:
    """How long after those parts the server ends the connection; whatever it says is passed over."""
    async with asyncio.timeout(SECONDS_MAX):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        begun = time.perf_counter()
        for part in parts:
            writer.write(part)
        try:
            while await reader.read(2**16):
                pass
        except ConnectionError:
            pass
        writer.close()
        return time.perf_counter() - begun


async def test_a_connection_that_asks_nothing_is_ended(server: Server) -> None:
    """Silence is heard for as long as a head may take, and no longer (S9)."""
    assert 0.3 < await ends(server) < SECONDS_MAX / 2


async def test_a_head_that_does_not_end_is_answered_408(server: Server) -> None:
    """However it trickles in (S9)."""
    answer = await asked(server, b"GET /healthz HTTP/1.1\r\n", b"x-slow: ")

    assert (answer.status, answer.code) == (408, "request-slow")


async def test_a_head_beyond_the_limit_is_answered_400(server: Server) -> None:
    """A header line has no business being a book (S9)."""
    answer = await asked(server, b"GET /healthz HTTP/1.1\r\nx-long: " + b"a" * 300_000)

    assert (answer.status, answer.code) == (400, "request-malformed")


@pytest.mark.parametrize(
    "rubbish", [b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"GET\r\n\r\n", b"\r\n \r\n\r\n"]
)
async def test_what_is_no_http_is_answered_in_the_one_shape(server: Server, rubbish: bytes) -> None:
    """A browser that speaks TLS, a scanner, noise (S2, S9)."""
    answer = await asked(server, rubbish)

    assert (answer.status, answer.code) == (400, "request-malformed")


async def test_a_body_that_stops_coming_is_answered_408(server: Server) -> None:
    """The laptop is told in the protocol's own form, so that it tries again (S9)."""
    answer = await asked(server, POST + b"content-length: 100\r\n\r\n", b"ten bytes.")

    assert (answer.status, answer.code) == (408, "body-slow")


async def test_a_body_that_says_it_is_huge_is_answered_413_unread(server: Server) -> None:
    """What it says is enough (S9)."""
    answer = await asked(server, POST + b"content-length: 99999999999999\r\n\r\n")

    assert (answer.status, answer.code) == (413, "message-too-large")


async def test_a_body_that_never_ends_is_answered_413(server: Server) -> None:
    """It is read up to the limit of a message, and then no more (S9)."""
    chunk = b"100000\r\n" + bytes(2**20) + b"\r\n"
    count = MESSAGE_BYTES_MAX // 2**20 + 4
    answer = await asked(server, POST + b"transfer-encoding: chunked\r\n\r\n", *[chunk] * count)

    assert (answer.status, answer.code) == (413, "message-too-large")


async def test_a_body_that_nobody_wants_does_not_keep_the_connection(server: Server) -> None:
    """The answer comes, and what goes on coming after it is cut off (S9)."""
    head = b"GET /healthz HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"

    assert await ends(server, head, *[b"1000\r\n" + bytes(4096) + b"\r\n"] * 100) < SECONDS_MAX / 2


@pytest.mark.parametrize(
    "content, code",
    [
        (wire.pack(bytes(50 * 2**20)), "message-too-large"),
        (wire.pack(wire.pack(bytes(50 * 2**20))), "message-malformed"),
        (wire.pack(b"\x91" * 1_000_000), "message-malformed"),
        (wire.pack(b"\xdd\xff\xff\xff\xff"), "message-malformed"),
        (wire.pack(b"\x93\xc6\xff\xff\xff\xff"), "message-malformed"),
    ],
    ids=["bomb", "bomb in a bomb", "deep", "long list", "long bytes"],
)
async def test_a_small_body_of_large_content_is_refused_in_words(
    server: Server, content: bytes, code: str
) -> None:
    """Neither its depth nor the lengths that it tells of cost anything (C6, S9)."""
    head = POST + b"content-length: %d\r\n\r\n" % len(content)
    answer = await asked(server, head, content)

    assert answer.code == code
    assert answer.status == (413 if code == "message-too-large" else 200)


async def test_an_answer_that_nobody_reads_is_given_up(server: Server) -> None:
    """A reader who stops is waited for, but not for ever (S9)."""
    line = b"GET /schema/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n"
    loop = asyncio.get_running_loop()
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.setblocking(False)
        await loop.sock_connect(reader, ("127.0.0.1", server.port))
        async with asyncio.timeout(SECONDS_MAX):
            with pytest.raises(ConnectionError):  # once nothing more is taken, as nothing is read
                await loop.sock_sendall(reader, line * 1_000_000)


async def test_idle_connections_give_way_to_newcomers(server: Server) -> None:
    """Whoever only holds a connection loses it when there is no other place (S9)."""
    held = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(60)]
    answer = await asked(server, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
    for _, writer in held:
        writer.close()

    assert answer.status == 200


async def test_slow_senders_give_way_and_the_rest_are_told_to_come_again(server: Server) -> None:
    """A place is kept for a while whatever is sent; then the slowest loses it (S9)."""
    count = int(LIMITS["CONNECTIONS_MAX"])
    slow = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(count)]
    for reader, writer in slow:
        writer.write(POST + b"content-length: 100\r\nexpect: 100-continue\r\n\r\n")
        assert b" 100 " in await reader.readline()
        writer.write(b"ten bytes.")
    told = [await _told(server, line) for line in (b"GET /healthz", b"POST /sync/v1")]
    async with asyncio.timeout(SECONDS_MAX):
        while await _told(server, b"GET /healthz"):
            pass  # each of them asks for a place
    for _, writer in slow:
        writer.close()

    assert told == ["server-busy", "server-busy"]


async def _told(server: Server, line: bytes) -> str:
    """The problem that a request is answered with, if it is one."""
    answer = await asked(
        server, line + b" HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
    return answer.code if answer.status != 200 else ""
