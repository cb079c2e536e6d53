"""Serving the pages of one laptop in this process until Ctrl-C."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from field_client.desk import Desk
from field_client.pages.app import create_app
from field_client.running import HOST, Running, announced
from sync.cli.within import catching
from sync.limits import PAGES_PORT, PAGES_PORTS
from sync.problems import Problem
from sync.screens.serving import Server, address, listening

__all__ = ["run"]


async def run(
    folder: Path, port: int | None, now: Callable[[], int], ready: Callable[[str], None]
) -> None:
    """Serves; `ready` is told a launch link once pages are served. The folder's lock is held.

    None is the first free port of ours. Raises `port-in-use` and what opening the desk raises.
    """
    with _listening(port) as listener, catching():
        async with Desk.open(folder, now) as desk:
            bound = listener.getsockname()[1]
            hosts = {f"{HOST}:{bound}", f"localhost:{bound}"}
            app, station = create_app(desk, hosts, os.urandom)
            station.address = address(listener)
            with announced(folder, Running(bound, os.getpid(), station.secret)):
                server = Server(app, station.close)
                await server.run_on(listener, lambda: ready(station.link()))


@contextmanager
def _listening(port: int | None) -> Iterator[socket.socket]:
    wanted = range(PAGES_PORT, PAGES_PORT + PAGES_PORTS) if port is None else [port]
    for one in wanted:
        try:
            with listening(HOST, one) as listener:
                yield listener
                return
        except Problem as problem:
            if problem.code != "port-in-use" or one == wanted[-1]:
                raise
