"""Running the server in this process: a socket of its own, the application, a graceful end."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import uvicorn

from server.app import create_app
from server.lock import alone
from server.machine import now
from server.routes.envelope import Logged, log_to_stderr
from server.settings import Settings
from server.store import open_server
from sync.limits import SHUTDOWN_SECONDS_MAX
from sync.problems import Problem

__all__ = ["run"]


async def run(folder: Path, settings: Settings, ready: Callable[[str], None]) -> None:
    """Serves until SIGTERM or Ctrl-C; requests under way are finished first.

    `ready` is told the address once requests are taken. Raises `server-running`, `port-in-use`,
    `host-unusable`, and what opening the ledger raises.
    """
    with alone(folder), _listening(settings) as listener:
        async with open_server(folder, now) as ledger:
            log_to_stderr()
            server = _Server(_configuration(create_app(ledger)))
            with server.stopped_by_signals():
                serving = asyncio.create_task(server.serve(sockets=[listener]))
                await server.begun.wait()
                if server.started:
                    ready(_address(listener))
                await serving


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    try:
        ((family, kind, protocol, _, address), *_) = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        with socket.socket(family, kind, protocol) as listener:
            if sys.platform != "win32":  # there it would let two programs share the port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen()
            yield listener
    except OSError as error:
        raise _refused(settings, error) from error


def _refused(settings: Settings, error: OSError) -> Problem:
    if error.errno == errno.EADDRINUSE:
        return Problem("port-in-use", host=settings.host, port=settings.port)
    why = error.strerror or error
    return Problem("host-unusable", host=settings.host, port=settings.port, why=why)


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - told, not bound
    return f"http://{shown}:{port}"


def _configuration(app: object) -> uvicorn.Config:
    return uvicorn.Config(
        Logged(app),  # type: ignore[arg-type]
        http="h11",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS_MAX,
    )


class _Server(uvicorn.Server):
    """A server that ends by returning, so that the ledger is closed in order."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.begun = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As its base, and says so."""
        try:
            await super().startup(sockets)
        finally:
            self.begun.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals alone: the base raises them again before the ledger is closed."""
        yield

    @contextmanager
    def stopped_by_signals(self) -> Iterator[None]:
        """SIGTERM and Ctrl-C end the server; a second one ends it at once."""
        before = {one: signal.signal(one, self._stop) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True
