"""What befalls disks and clocks in a simulated world."""

from __future__ import annotations

import msgspec

from server.store import SCHEMAS
from sync.ledger.database import Database
from sync.ledger.ledger import FILE_NAME
from sync.trust import Certificate
from tests.sim import disk
from tests.sim.reading import all_edits, live_edits
from tests.sim.replica import Laptop, Replica
from tests.sim.world import World

LAPTOPS_MAX = 8
CLOCKS = {"1970": -1_750_000_000, "2099": 2_320_000_000, "an hour late": -3_600, "right": 0}


async def befall(world: World) -> None:
    """One fault, as the seed says."""
    random = world.random
    deed = random.choices(
        ("copy", "clone", "restore", "backup", "told", "untold", "empty", "clock", "server clock"),
        (2, 1, 1, 2, 0.6, 0.6, 0.4, 1, 0.3),
    )[0]
    laptop = random.choice(world.laptops)
    if deed == "copy":
        world.images.append((laptop.name, laptop.image()))
    elif deed == "backup":
        world.backups.append(world.server.image())
    elif deed == "clone" and len(world.laptops) < LAPTOPS_MAX:
        await clone(world, laptop)
    elif deed == "restore":
        of_it = [content for name, content in world.images if name == laptop.name]
        if of_it:
            await restore(world, laptop, random.choice(of_it))
    elif deed in ("told", "untold"):
        await restore_server(world, random.choice(world.backups), told=deed == "told")
    elif deed == "empty":
        await empty_server(world)
    elif deed == "clock":
        said, offset = random.choice(list(CLOCKS.items()))
        world.offsets[laptop.name] = offset
        world.note("clock of", laptop.name, said)
    elif deed == "server clock":
        world.server_offset = random.choice((0, 0, -86_400, 600))
    world.faults[deed] += 1


async def clone(world: World, laptop: Laptop) -> Laptop:
    """A laptop's disk is copied into a second laptop, and both go on."""
    name = f"{laptop.name}'{len(world.laptops)}"
    world.note(laptop.name, "is cloned to", name)
    twin = Laptop(world.folder / f"clone{len(world.laptops)}", world.clock_of(name), name)
    disk.put_back(twin.folder, laptop.image())
    twin.person, twin.home = laptop.person, laptop.home
    twin.formerly = laptop.formerly
    await twin.open()
    world.laptops.append(twin)
    return twin


async def restore(world: World, laptop: Laptop, content: bytes) -> None:
    """A laptop is put back to an old copy of its disk."""
    world.note(laptop.name, "is put back")
    await destroying(world, laptop)
    await laptop.put_back(content)


async def restore_server(world: World, content: bytes, *, told: bool) -> None:
    """The server is put back to an old backup, and told of it or not."""
    world.note("server is put back,", "told" if told else "untold")
    await destroying(world, world.server)
    await world.server.put_back(content)
    if told:
        await _new_epoch(world, world.server.ledger.database)


async def empty_server(world: World) -> None:
    """The server loses everything but its key, its certificate and its realm."""
    world.note("server is emptied")
    server, ledger = world.server, world.server.ledger
    await destroying(world, server)
    ((seed,),) = await ledger.database.rows("SELECT value FROM secret WHERE name = 'device'")
    certificates = list(ledger.certificates.values())
    realm = ledger.realm
    await server.close()
    disk.put_back(server.folder, b"")
    async with Database.open(server.folder / FILE_NAME, SCHEMAS, create=True) as database:
        async with database.writing():
            await database.set_meta("realm", realm)
            await database.run("INSERT INTO secret VALUES ('device', ?)", (seed,))
            await database.run_many("INSERT INTO certificate VALUES (?, ?)", _rows(certificates))
        await _new_epoch(world, database)
    server.pages.clear()
    await server.open()


async def _new_epoch(world: World, database: Database) -> None:
    async with database.writing():
        await database.set_meta("epoch", world.random.randbytes(8))


async def destroying(world: World, replica: Replica) -> None:
    """Notes what only that replica holds: its disk is about to be lost."""
    others = [one for one in world.replicas if one is not replica]
    left: set[int] = set()
    for one in others:
        left |= await live_edits(one)
    world.oracle.destroy(await all_edits(replica), left)


def _rows(certificates: list[Certificate]) -> list[tuple[bytes, bytes]]:
    return [(one.device, msgspec.msgpack.encode(one)) for one in certificates]
