"""A bad line to a real office: HTTP over a socket that is slow, that is cut, or that leads elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sync import wire
from tests.unit.field_office import Office

__all__ = ["Line", "line_to"]

_PART_BYTES = 4096


class Line:
    """What the line does next: `cut_after` answers none follows, `bytes_a_second` paces each.

    `answers` counts those that went through whole; `instead` is said to everybody in the office's
    place.
    """

    def __init__(self, office: Office) -> None:
        self._office = office
        self.address = ""
        self.cut_after: int | None = None
        self.bytes_a_second: int | None = None
        self.instead: bytes | None = None
        self.answers = 0
        self.begun = asyncio.Event()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection, a request after another."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                size = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                body = await reader.readexactly(size)
                self.begun.set()
                await self._answer(writer, body)
        writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, body: bytes) -> None:
        if self.instead is not None:
            writer.write(self.instead)
            await writer.drain()
            raise ConnectionResetError
        content = wire.pack(wire.encode(await self._office.queue.answer(body)))
        head = f"HTTP/1.1 200 OK\r\ncontent-type: {wire.MEDIA_TYPE}\r\n"
        writer.write(f"{head}content-length: {len(content)}\r\n\r\n".encode())
        is_cut = self.cut_after is not None and self.answers >= self.cut_after
        await self._pace(writer, content[: len(content) // 2] if is_cut else content)
        if is_cut:
            raise ConnectionResetError
        self.answers += 1

    async def _pace(self, writer: asyncio.StreamWriter, content: bytes) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for start in range(0, len(content), _PART_BYTES):
            writer.write(content[start : start + _PART_BYTES])
            await writer.drain()
            if self.bytes_a_second:
                due = begun + (start + _PART_BYTES) / self.bytes_a_second
                timer = loop.create_future()
                loop.call_at(due, timer.set_result, None)
                await timer


@asynccontextmanager
async def line_to(office: Office) -> AsyncIterator[Line]:
    """A line to the office; its address is what a laptop syncs with."""
    line = Line(office)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    async with server:
        line.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield line
