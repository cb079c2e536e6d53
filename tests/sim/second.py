"""A second server of the same realm: it knows nothing but keys, and hears all from laptops.

It judges by what it knows, so that it may accept what the first one refuses, and the other way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.founding import certify
from server.store import SCHEMAS
from sync.ledger.database import Database
from sync.ledger.ledger import FILE_NAME, write_certificate
from sync.trust import KeySigner
from tests.sim.replica import Server

if TYPE_CHECKING:
    from tests.sim.world import World


async def add(world: World, root_key: bytes) -> Server:
    """Founds it, certified by the realm's root key; the first server is told its certificate."""
    first, random = world.server.ledger, world.random
    seed = random.randbytes(32)
    certificate = certify(KeySigner(root_key), KeySigner(seed).public, world.time)
    folder = world.folder / f"server{len(world.servers) + 1}"
    async with (
        Database.open(folder / FILE_NAME, SCHEMAS, create=True) as database,
        database.writing(),
    ):
        await database.set_meta("realm", first.realm)
        await database.set_meta("epoch", random.randbytes(8))
        await database.run("INSERT INTO secret VALUES ('device', ?)", (seed,))
        for one in (certificate, *first.certificates.values()):
            await write_certificate(database, one)
    async with first.transaction():
        await first.keep_certificates([certificate])
    server = Server(folder, lambda: world.time)
    await server.open()
    world.others.append(server)
    return server
