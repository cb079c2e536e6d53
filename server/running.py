"""Running the server in this process: a socket of its own, the application, a graceful end."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

from server.app import create_app, guarded
from server.connections import Connection
from server.lock import alone
from server.machine import now
from server.routes.envelope import Logged, log_to_stderr
from server.settings import Settings
from server.store import open_server
from sync.ledger import identity
from sync.screens.serving import Server, address, listening

__all__ = ["run"]


async def run(folder: Path, settings: Settings, ready: Callable[[str], None]) -> None:
    """Serves until SIGTERM or Ctrl-C; requests under way are finished first.

    `ready` is told the address once requests are taken. Raises `server-running`, `port-in-use`,
    `host-unusable`, and what opening the ledger raises.
    """
    with alone(folder), listening(settings.host, settings.port) as listener:
        async with open_server(folder, now) as ledger:
            await identity.ensure(ledger.database, "server")
            log_to_stderr()
            gc.collect()
            gc.freeze()  # a province's registers stay: looking through them takes most of a second
            app = create_app(ledger, settings)
            station = app.state.station
            logged = Logged(guarded(app), station.metrics.observe)
            server = Server(logged, station.live.close, protocol=Connection)
            await server.run_on(listener, lambda: ready(address(listener)))
