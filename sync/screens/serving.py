"""A socket, an application on it, and a graceful end: for laptops and servers alike."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Literal

import uvicorn

from sync.limits import SHUTDOWN_SECONDS_MAX
from sync.problems import Problem

__all__ = ["Server", "address", "listening"]


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens there; port 0 is any that is free. Raises `port-in-use`, `host-unusable`."""
    try:
        ((family, kind, protocol, _, where), *_) = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        with socket.socket(family, kind, protocol) as listener:
            if sys.platform != "win32":  # there it would let two programs share the port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(where)
            listener.listen()
            yield listener
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Problem("port-in-use", host=host, port=port) from error
        why = error.strerror or error
        raise Problem("host-unusable", host=host, port=port, why=why) from error


def address(listener: socket.socket) -> str:
    """The address that a browser of this machine opens."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - told, not bound
    return f"http://{shown}:{port}"


class Server(uvicorn.Server):
    """Serves until SIGTERM or Ctrl-C, then ends by returning, so that a ledger is closed in order."""

    def __init__(
        self,
        app: object,
        leaving: Callable[[], None] = lambda: None,
        protocol: type[asyncio.Protocol] | Literal["h11"] = "h11",
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,  # type: ignore[arg-type]  # any application
                http=protocol,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=SHUTDOWN_SECONDS_MAX,
            )
        )
        self._begun = asyncio.Event()
        self._leaving = leaving  # told before open connections are waited for: streams must end

    async def run_on(self, listener: socket.socket, ready: Callable[[], None]) -> None:
        """Serves; `ready` is called once requests are taken."""
        with self._stopped_by_signals():
            serving = asyncio.create_task(self.serve(sockets=[listener]))
            await self._begun.wait()
            if self.started:
                ready()
            await serving

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As its base, and says so."""
        try:
            await super().startup(sockets)
        finally:
            self._begun.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As its base, once those who hold a stream open were told."""
        self._leaving()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals alone: the base raises them again before the ledger is closed."""
        yield

    @contextmanager
    def _stopped_by_signals(self) -> Iterator[None]:
        """A second signal ends the server at once."""
        before = {one: signal.signal(one, self._stop) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True
