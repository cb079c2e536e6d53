"""Founding a server: a realm with its root key, the server's own key, the first administrator.

The root key is shown once and kept nowhere here: it certifies servers and is needed again only
for another one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from server.devices.registration import registration
from server.filing import Filed, file
from server.store import SCHEMAS, open_server
from sync.ids import GrantId, PersonId, RealmId, mint_at, realm_place
from sync.ledger import identity
from sync.ledger.database import Database
from sync.ledger.ledger import FILE_NAME, write_certificate
from sync.limits import CERTIFICATE_SECONDS
from sync.problems import Problem
from sync.trust import Certificate, KeySigner, realm_of


class Founded(NamedTuple):
    """What is said once, when a server is founded."""

    realm: RealmId
    root_key: bytes
    administrator: PersonId
    grant: GrantId


async def found(
    folder: Path,
    now: Callable[[], int],
    random_bytes: Callable[[int], bytes],
    administrator_name: str = "管理员",
) -> Founded:
    """Makes an empty server in a folder. Raises `server-exists`, `server-gone`, `storage-…`."""
    if identity.read(folder) is not None and not (folder / FILE_NAME).exists():
        raise Problem("server-gone", folder=str(folder))  # its laptops can still make it whole
    root_seed, server_seed = random_bytes(32), random_bytes(32)
    root, server = KeySigner(root_seed), KeySigner(server_seed)
    realm = realm_of(root.public)
    certificate = certify(root, server.public, now())
    async with Database.open(folder / FILE_NAME, SCHEMAS, create=True) as database:
        if await database.meta("realm") is not None:
            raise Problem("server-exists", folder=str(folder))
        identity.write(folder, identity.Identity("server", realm, server_seed, (certificate,)))
        await _keep_keys(database, certificate, server_seed, random_bytes(8))
    (folder / FILE_NAME).chmod(0o600)
    person = PersonId(mint_at("person", realm_place(realm), b"first administrator"))
    grant = GrantId(mint_at("grant", realm_place(realm), b"first administrator"))
    async with open_server(folder, now) as ledger:
        cells = registration(
            server.public, "server", person, administrator_name, grant, "administer"
        )
        await file(ledger, [Filed(ledger.root, person, grant, cells)])
    return Founded(realm, root_seed, person, grant)


async def _keep_keys(
    database: Database, certificate: Certificate, seed: bytes, epoch: bytes
) -> None:
    async with database.writing():
        await database.set_meta("realm", certificate.realm)
        await database.set_meta("epoch", epoch)
        await database.run(
            "INSERT INTO secret (name, value) VALUES ('device', ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (seed,),
        )
        await write_certificate(database, certificate)


def certify(root: KeySigner, server_key: bytes, now: int) -> Certificate:
    """The root key's word for a server, for the whole realm."""
    realm = realm_of(root.public)
    plain = Certificate(
        realm, root.public, server_key, realm_place(realm), now, now + CERTIFICATE_SECONDS
    )
    signature = root.sign("certificate", realm, plain.content())
    return msgspec.structs.replace(plain, signature=signature)
