"""Serving the pages of one laptop in this process until Ctrl-C."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from field_client.desk import Desk
from field_client.pages.app import create_app
from sync.screens.serving import Server, address, listening

__all__ = ["run"]

HOST = "127.0.0.1"


async def run(
    folder: Path, port: int, now: Callable[[], int], ready: Callable[[str], None]
) -> None:
    """Serves; `ready` is told a launch link once pages are served.

    Raises `port-in-use` and what opening the desk raises.
    """
    with listening(HOST, port) as listener:
        async with Desk.open(folder, now) as desk:
            url = address(listener)
            bound = listener.getsockname()[1]
            hosts = {f"{HOST}:{bound}", f"localhost:{bound}"}
            app, station = create_app(desk, hosts, os.urandom)
            link = f"{url}/open?token={station.sessions.launch()}"
            await Server(app, station.close).run_on(listener, lambda: ready(link))
