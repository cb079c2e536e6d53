"""A world from a seed: laptops, a server, a network, people and faults, in virtual time.

`World.live` makes one step after another as the seed says; `heal` ends all trouble and lets the
laptops sync until nothing moves; `checks.faults_of` then says what is wrong.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import NamedTuple, Self

import httpx

from field_client.enrolling import enrol
from server.devices.invites import authority, invite
from server.filing import Filed, file
from server.founding import found
from sync import wire
from sync.ids import GrantId, PersonId, PlaceId, mint
from sync.problems import Problem
from sync.value import Cell, choice_value, text_value
from tests.sim import disk, second
from tests.sim.defining import define
from tests.sim.network import Network, answered, whole_sync
from tests.sim.oracle import Oracle
from tests.sim.replica import Laptop, Person, Replica, Server

START = 1_750_000_000
HIERARCHY = {
    "county": None,
    "town": "county",
    "other town": "county",
    "village one": "town",
    "village two": "town",
    "village three": "other town",
}
LAPTOPS = {
    "a": "village one",
    "b": "village one",
    "c": "village two",
    "t": "town",
    "k": "county",
    "x": "village three",
}
CELLS = (Cell("value", "2024", "A1"), Cell("value", "2024", "A2"))
UNKNOWN = Cell("later", "2024", "A1")
"""A cell of a kind that this software doesn't know; people with newer software fill it in."""
ROUNDS_MAX = 30


def place_id(name: str) -> PlaceId:
    """The id of a place of the simulated hierarchy."""
    return PlaceId(mint("place", name.encode()))


PLACES = {name: place_id(name) for name in HIERARCHY}


class Typing(NamedTuple):
    """An edit that somebody is about to record, and the pending one that it may take the place of."""

    replica: Replica
    number: int
    before: int | None


class World:
    """Everything there is; use `World.made`."""

    def __init__(self, folder: Path, seed: int, *, hard: bool = False) -> None:
        """In a `hard` world disks fail, strangers attack and software differs besides."""
        self.folder = folder
        self.hard = hard
        self.random = Random(seed)
        self.time = START
        self.server_offset = 0
        self.faults: Counter[str] = Counter()
        self.log: list[str] = []
        self.oracle = Oracle()
        self.network = Network(self.random, self.faults, hard=hard)
        self.laptops: list[Laptop] = []
        self.offsets: dict[str, int] = {}
        self.images: list[tuple[str, bytes]] = []
        self.backups: list[bytes] = []
        self.problems: list[str] = []
        self.claims: list[str] = []
        self.typing: Typing | None = None
        self.unkept: set[int] = set()
        self.server = Server(folder / "server", lambda: self.time + self.server_offset)
        self.others: list[Server] = []

    @classmethod
    @asynccontextmanager
    async def made(
        cls,
        folder: Path,
        seed: int,
        names: tuple[str, ...] = tuple(LAPTOPS),
        *,
        hard: bool = False,
        servers: int = 1,
    ) -> AsyncIterator[Self]:
        """A world at its beginning: all laptops enrolled and synced once, with the first server."""
        with disk.quick():
            world = cls(folder, seed, hard=hard)
            server = world.server
            founded = await found(server.folder, server.now, world.random.randbytes)
            await server.open()
            try:
                for _ in range(1, servers):
                    await second.add(world, founded.root_key)
                await world._settle_hierarchy()
                for name in names:
                    laptop = await world.enrol(name, PLACES[LAPTOPS[name]])
                    laptop.is_newer = hard and world.random.random() < 0.3
                server.is_newer = hard and world.random.random() < 0.3
                if hard:
                    await define(world)
                for laptop in world.laptops:
                    await world.sync(laptop)
                world.backups.append(world.server.image())
                yield world
            finally:
                for replica in world.replicas:
                    await replica.close()

    @property
    def servers(self) -> list[Server]:
        """The first one, where everything is administered, and the others."""
        return [self.server, *self.others]

    @property
    def replicas(self) -> list[Replica]:
        """All that hold anything."""
        return [*self.servers, *self.laptops]

    async def enrol(self, name: str, home: PlaceId) -> Laptop:
        """A new laptop for a new person, enrolled at a place."""
        code = await invite(self.server.ledger, home, "enter", name, self.random.randbytes)
        laptop = Laptop(self.folder / name, self.clock_of(name), name)

        async def post(sent: httpx.Request) -> httpx.Response:
            (content,) = await answered(self.server, await sent.aread())
            return httpx.Response(200, content=content, headers={"content-type": wire.MEDIA_TYPE})

        transport = httpx.MockTransport(post)
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
            reply = await enrol(
                laptop.folder,
                client,
                code,
                self.random.randbytes,
                server="http://server",
                device_name=name,
            )
        laptop.home = home
        laptop.person = Person(PersonId(reply.person), [GrantId(reply.grant)])
        await laptop.open()
        self.laptops.append(laptop)
        return laptop

    def clock_of(self, name: str) -> Callable[[], int]:
        """That laptop's own clock, which may be wrong."""
        return lambda: max(self.time + self.offsets.get(name, 0), 0)

    async def places_of(self, laptop: Laptop) -> list[PlaceId]:
        """Where a laptop's person may enter values: at its place and under it."""
        parents = await parents_of(self.server)
        return [place for place in PLACES.values() if laptop.home in _above(place, parents)]

    async def scope_of(self, laptop: Laptop) -> set[PlaceId]:
        """What a laptop may hold: its place, all under it, and all above it."""
        above = _above(laptop.home, await parents_of(self.server))
        return {*(await self.places_of(laptop)), *above, self.server.ledger.root}

    async def move(self, place: PlaceId, under: str) -> None:
        """The server files a place under another one."""
        self.note("moved", place.hex()[:6], "under", under)
        parent = text_value(PLACES[under].hex())
        self.oracle.moved.add(place)
        await self.file(place, (Cell("place", "2020-01-01", "parent"), parent))
        for laptop in self.laptops:  # a server put back, or a second move, may show either again
            towns = (PLACES["town"], PLACES["other town"])
            laptop.formerly |= (
                {place} if laptop.home in towns else (set(towns) if laptop.home == place else set())
            )

    async def sync(self, laptop: Laptop, server: Server | None = None) -> None:
        """A whole conversation, undisturbed; a problem that ends it is noted."""
        try:
            await whole_sync(laptop, server or self.server)
        except Problem as problem:
            laptop.flow = None
            self.problems.append(f"{laptop.name}: {problem.code} {problem.values}")

    async def moved(self) -> None:
        """Something becomes of one message; a problem that it ends in is noted."""
        try:
            await self.network.move()
        except Problem as problem:
            self.problems.append(f"network: {problem.code} {problem.values}")

    async def heal(self) -> None:
        """Everyone syncs until nothing moves. What was noted in the trouble before is forgotten."""
        self.network.under_way.clear()
        before = b""
        for _ in range(ROUNDS_MAX):
            self.problems.clear()
            self.time += 60
            for laptop in self.laptops:
                for server in self.servers:
                    await self.sync(laptop, server)
            now = await self._digest()
            if now == before:
                return
            before = now
        self.problems.append("healing never ends")

    async def file(self, place: PlaceId, *cells: tuple[Cell, object]) -> None:
        """The server files cells in its administrator's name."""
        person, grant = authority(self.server.ledger)
        with disk.calm(self.server.folder):
            await file(self.server.ledger, [Filed(place, person, grant, list(cells))])  # type: ignore[arg-type]  # values are values

    def note(self, *words: object) -> None:
        """One line of the history, for whoever reads a seed."""
        self.log.append(f"{len(self.log):3} " + " ".join(str(word) for word in words))

    async def _settle_hierarchy(self) -> None:
        for name, parent in HIERARCHY.items():
            cells: list[tuple[Cell, object]] = [
                (Cell("place", "2020-01-01", "name"), text_value(name)),
                (
                    Cell("place", "2020-01-01", "level"),
                    choice_value(_level(name)),
                ),
            ]
            if parent:
                above = text_value(PLACES[parent].hex())
                cells.append((Cell("place", "2020-01-01", "parent"), above))
            await self.file(PLACES[name], *cells)

    async def _digest(self) -> bytes:
        digest = hashlib.sha256()
        for replica in self.replicas:
            database = replica.ledger.database
            for table in ("commits", "aside", "pending", "receipt"):
                ((count,),) = await database.rows(f"SELECT count(*) FROM {table}")
                digest.update(f"{table} {count} ".encode())
            for row in await database.rows(
                "SELECT hex(id) FROM commits UNION ALL SELECT hex(id) || state FROM aside ORDER BY 1"
            ):
                digest.update(row[0].encode())
        return digest.digest()


async def parents_of(server: Server) -> dict[PlaceId, PlaceId]:
    """Which place lies under which, as the server's tables say."""
    rows = await server.ledger.database.rows(
        "SELECT p.id, v.text FROM version v JOIN place_no p ON p.no = v.place"
        " WHERE v.kind = 'place' AND v.field = 'parent' AND v.shown = 1 ORDER BY v.subject"
    )
    return {PlaceId(place): PlaceId(bytes.fromhex(parent)) for place, parent in rows}


def _above(place: PlaceId, parents: dict[PlaceId, PlaceId]) -> list[PlaceId]:
    above = [place]
    while (parent := parents.get(above[-1])) and parent not in above:
        above.append(parent)
    return above


def _level(name: str) -> str:
    return next(level for level in ("county", "town", "village") if level in name)
