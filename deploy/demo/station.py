"""The server of the demo, in this process on a socket of its own: started, stopped, put back."""

from __future__ import annotations

import asyncio
import io
import socket
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import uvicorn

from deploy.demo.times import Clock
from server import backup, founding
from server.accounts import people, tokens
from server.app import create_app, guarded
from server.catalogue import shipped_files
from server.catalogue.keeping import import_pack
from server.devices.invites import authority, invite
from server.filing import Filed, file
from server.machine import random_bytes
from server.places import shipped
from server.places.importing import import_places
from server.store import open_server
from sync.ids import GrantId, PlaceId
from sync.ledger.ledger import Ledger
from sync.ledger.simulated import SIMULATED
from sync.problems import Problem
from sync.value import Cell, Value, flag_value

__all__ = ["Station"]

HOST = "127.0.0.1"


class Station:
    """A server and its folder. `ledger` is there while it runs."""

    def __init__(self, folder: Path, clock: Clock, port: int) -> None:
        self.folder = folder
        self.clock = clock
        self.ledger: Ledger
        self._port = port
        self._open = AsyncExitStack()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self._port}"

    async def found(self) -> None:
        """Makes the server's data, starts it, and files Guangdong's hierarchy and catalogue."""
        with _listening(self._port):
            pass  # a port in use is said before anything is made
        await founding.found(self.folder, self.clock, random_bytes, "管理员（模拟）")
        await self.start()
        await self.file(self.ledger.root, [(SIMULATED, flag_value(True))])
        await import_pack(self.ledger, shipped_files())
        year = max(shipped.AS_OF)
        with io.BytesIO(shipped.content(year)) as stream:
            await import_places(self.ledger, stream, shipped.AS_OF[year])

    async def start(self) -> None:
        """Opens the data and answers from now on. Raises `port-in-use`."""
        stack = AsyncExitStack()
        listener = stack.enter_context(_listening(self._port))
        self._port = listener.getsockname()[1]
        self.ledger = await stack.enter_async_context(open_server(self.folder, self.clock))
        app = create_app(self.ledger)
        stack.callback(app.state.station.live.close)
        server = _Server(
            uvicorn.Config(
                guarded(app),
                http="h11",
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        stack.push_async_callback(_ended, server, serving)
        while not server.started:
            if serving.done():
                await serving
            await asyncio.sleep(0.01)
        self._open = stack

    async def stop(self) -> None:
        """Finishes what is under way and closes the data."""
        await self._open.aclose()

    async def back_up(self, target: Path) -> None:
        """A consistent copy of the data while the server goes on."""
        await backup.back_up(self.ledger, target)

    async def put_back(self, file: Path) -> None:
        """Stops, takes the data of a backup under a new epoch, and starts again."""
        await self.stop()
        backup.restore(file, self.folder, random_bytes, replace=True)
        await self.start()

    async def invite(self, place: PlaceId, person_name: str) -> str:
        """A one-time code for an officer of a place."""
        return await invite(self.ledger, place, "enter", person_name, random_bytes)

    async def end_grant(self, place: PlaceId, grant: GrantId) -> None:
        """The administrator ends a grant; a laptop that is away doesn't hear of it."""
        await self.file(place, [(Cell("grant", grant.hex(), "ended"), flag_value(True))])

    async def file(self, place: PlaceId, cells: list[tuple[Cell, Value]]) -> None:
        """Files as the first administrator."""
        await file(self.ledger, [Filed(place, *authority(self.ledger), cells)])

    async def administrator(self) -> tuple[str, str]:
        """The first administrator's login and one-time password."""
        person, _ = authority(self.ledger)
        login = "admin"
        return login, await people.open_account(self.ledger, person, login, random_bytes)

    async def token(self) -> str:
        """A new token for the programs that read figures."""
        return await tokens.renew(self.ledger, random_bytes)


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    with socket.socket() as listener:
        if sys.platform != "win32":  # there it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen()
        except OSError as error:
            raise Problem("port-in-use", host=HOST, port=port) from error
        yield listener


async def _ended(server: uvicorn.Server, serving: asyncio.Task[None]) -> None:
    server.should_exit = True
    await serving


class _Server(uvicorn.Server):
    """A server that leaves signals to the command."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield
