"""Enrolment: a laptop makes its own key, and a one-time code makes it known to a server.

Another code lets one more person sit at it: their sign-in and their grant come with the next sync.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx

from sync.conversation import problem_of
from sync.enrolment import clean_code, names_realm
from sync.ids import PersonId
from sync.ledger import identity
from sync.ledger.database import Database
from sync.ledger.ledger import FILE_NAME, SCHEMAS, Ledger, write_certificate
from sync.problems import Problem
from sync.roads.http import exchange
from sync.trust import KeySigner
from sync.versions import CURRENT
from sync.wire import EnrolReply, EnrolRequest, ProblemReply


async def enrol(
    folder: Path,
    client: httpx.AsyncClient,
    code: str,
    random_bytes: Callable[[int], bytes],
    *,
    server: str,
    device_name: str,
    person_name: str = "",
) -> EnrolReply:
    """Makes the laptop's database. The private key is made here and never leaves it.

    A broken connection costs nothing: the key is kept, and the same code works again.
    Raises `device-exists`, `laptop-gone`, `code-…`, `network-…`, `reply-untrue`.
    """
    if identity.read(folder) is not None and not (folder / FILE_NAME).exists():
        raise Problem("laptop-gone", folder=str(folder))
    async with Database.open(folder / FILE_NAME, SCHEMAS, create=True) as database:
        if await database.meta("realm") is not None:
            raise Problem("device-exists", folder=str(folder))
        signer = KeySigner(await own_seed(database, random_bytes))
        request = EnrolRequest(clean_code(code), signer.public, device_name, person_name, CURRENT)
        reply = await exchange(client, request, signer)
        if isinstance(reply, ProblemReply):
            raise problem_of(reply)
        if not isinstance(reply, EnrolReply):
            raise Problem("reply-untrue")
        await finish(folder, database, reply, request.code, server)
    return reply


async def finish(
    folder: Path, database: Database, reply: EnrolReply, code: str, server: str
) -> None:
    """Makes the laptop what the answer to its code says. Raises `reply-untrue`."""
    certified = [certificate.is_good(reply.realm) for certificate in reply.certificates]
    if not names_realm(code, reply.realm) or not certified or not all(certified):
        raise Problem("reply-untrue")
    ((seed,),) = await database.rows("SELECT value FROM secret WHERE name = 'device'")
    identity.write(folder, _identity(reply, seed, server))
    await _keep(database, reply, server)


async def join(ledger: Ledger, client: httpx.AsyncClient, code: str, person_name: str) -> PersonId:
    """Signs in one more person on a laptop that is enrolled; a broken connection costs nothing.

    Raises `code-…`, `device-revoked`, `network-…`, `reply-untrue`.
    """
    code = clean_code(code)
    if not names_realm(code, ledger.realm):
        raise Problem("code-foreign")
    signer = ledger.sealer.signer
    request = EnrolRequest(code, signer.public, "", person_name, CURRENT, joins=True)
    reply = await exchange(client, request, signer)
    if isinstance(reply, ProblemReply):
        raise problem_of(reply)
    if not isinstance(reply, EnrolReply) or reply.realm != ledger.realm:
        raise Problem("reply-untrue")
    return PersonId(reply.person)


async def is_enrolled(folder: Path) -> bool:
    """Whether a laptop's data lie there, or should: False only where enrolment may begin."""
    if not (folder / FILE_NAME).exists():
        return identity.read(folder) is not None
    async with Database.open(folder / FILE_NAME, SCHEMAS, check=False) as database:
        return await database.meta("realm") is not None


async def own_seed(database: Database, random_bytes: Callable[[int], bytes]) -> bytes:
    """The laptop's own private key, made here when it is first asked for; it never leaves."""
    rows = await database.rows("SELECT value FROM secret WHERE name = 'device'")
    if rows:
        return bytes(rows[0][0])
    seed = random_bytes(32)
    async with database.writing():
        await database.run("INSERT INTO secret (name, value) VALUES ('device', ?)", (seed,))
    database.path.chmod(0o600)
    return seed


def _identity(reply: EnrolReply, seed: bytes, server: str) -> identity.Identity:
    settings = {"place": bytes(reply.place), "person": reply.person, "grant": reply.grant}
    return identity.Identity("laptop", reply.realm, seed, reply.certificates, server, settings)


async def _keep(database: Database, reply: EnrolReply, server: str) -> None:
    async with database.writing():
        for certificate in reply.certificates:
            await write_certificate(database, certificate)
        await database.run_many(
            "INSERT INTO scope (place) VALUES (?) ON CONFLICT DO NOTHING",
            [(place,) for place in reply.scope],
        )
        for key, value in (
            ("server", server),
            ("place", reply.place),
            ("person", reply.person),
            ("grant", reply.grant),
            ("server_time", reply.at),
            ("realm", reply.realm),
        ):
            await database.set_meta(key, value)
