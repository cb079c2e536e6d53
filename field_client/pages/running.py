"""Serving the pages of one laptop in this process until Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from field_client.desk import Desk
from field_client.enrolling import is_enrolled
from field_client.pages.app import create_app
from field_client.pages.enrol_app import Newcomer, create_enrol_app
from field_client.running import HOST, Running, announced
from sync.cli.within import catching
from sync.limits import PAGES_LOOK_SECONDS_MAX, PAGES_PORT, PAGES_PORTS
from sync.problems import Problem
from sync.screens.serving import Server, address, listening

__all__ = ["run"]


async def run(
    folder: Path, port: int | None, now: Callable[[], int], ready: Callable[[str], None]
) -> None:
    """Serves; `ready` is told a launch link once pages are served. The folder's lock is held.

    A folder that is no laptop's yet is enrolled first, in the browser, at the same address.
    None is the first free port of ours. Raises `port-in-use` and what opening the desk raises.
    """
    with _listening(port) as listener, catching():
        bound = listener.getsockname()[1]
        hosts = {f"{HOST}:{bound}", f"localhost:{bound}"}
        sessions = None
        if not await is_enrolled(folder):
            newcomer = Newcomer(folder, os.urandom)
            newcomer.address = address(listener)
            with announced(folder, Running(bound, os.getpid(), newcomer.secret)):
                await _enrol(newcomer, hosts, listener, ready)
            if not newcomer.enrolled.is_set():
                return
            sessions = newcomer.sessions
        async with Desk.open(folder, now, look_seconds=PAGES_LOOK_SECONDS_MAX) as desk:
            app, station = create_app(desk, hosts, os.urandom, sessions)
            station.address = address(listener)
            with announced(folder, Running(bound, os.getpid(), station.secret)):
                server = Server(app, station.close)
                if sessions is None:
                    await server.run_on(listener, lambda: ready(station.link()))
                else:  # the browser that enrolled goes on by itself, and the network is there now
                    await server.run_on(listener, station.background.start)


async def _enrol(
    newcomer: Newcomer, hosts: set[str], listener: socket.socket, ready: Callable[[str], None]
) -> None:
    """Serves the page that asks for the code, until it was taken or somebody stops it."""
    server = Server(create_enrol_app(newcomer, hosts))
    leaving = asyncio.create_task(_leave(newcomer, server))
    with listener.dup() as own:  # a server closes its socket when it ends
        await server.run_on(own, lambda: ready(newcomer.link()))
    leaving.cancel()


async def _leave(newcomer: Newcomer, server: Server) -> None:
    await newcomer.enrolled.wait()
    server.should_exit = True


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
