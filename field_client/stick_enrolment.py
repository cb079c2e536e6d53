"""Enrolment by USB stick: an invitation comes, a request goes, the answer makes the laptop.

The laptop's key is made with the request and kept; the same invitation can be asked with again, and
an answer that is read twice finds the laptop enrolled.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from field_client.enrolling import finish, own_seed
from sync import bundle, invitation, wire
from sync.bundle import Page
from sync.conversation import problem_of
from sync.enrolment import clean_code
from sync.ids import DeviceId
from sync.invitation import Invitation
from sync.ledger.database import Database
from sync.ledger.ledger import FILE_NAME, SCHEMAS
from sync.problems import Problem
from sync.roads.bundle import REPLY, shut_for, signed_request
from sync.trust import KeySigner, device_of, is_signed
from sync.versions import CURRENT
from sync.wire import EnrolReply, EnrolRequest, ProblemReply

__all__ = ["ask", "is_asked", "take_answer"]

_INVITATION = "invitation"


async def ask(
    folder: Path,
    content: bytes,
    random_bytes: Callable[[int], bytes],
    *,
    device_name: str,
    person_name: str = "",
) -> bytes:
    """The request to carry to the server that invited. Raises `device-exists`, `invitation-…`."""
    invited = invitation.read(content)
    async with Database.open(folder / FILE_NAME, SCHEMAS, create=True) as database:
        if await database.meta("realm") is not None:
            raise Problem("device-exists", folder=str(folder))
        signer = KeySigner(await own_seed(database, random_bytes))
        async with database.writing():
            await database.set_meta(_INVITATION, content)
    request = EnrolRequest(
        clean_code(invited.code), signer.public, device_name, person_name, CURRENT
    )
    page = Page(0, signed_request(signer, request))
    return shut_for(invited.server.server, [page], random_bytes)


async def is_asked(folder: Path) -> bool:
    """Whether the folder is a laptop's that asked by stick and has no answer yet."""
    if not (folder / FILE_NAME).exists():
        return False
    async with Database.open(folder / FILE_NAME, SCHEMAS, check=False) as database:
        asked = await database.meta(_INVITATION) is not None
        return asked and await database.meta("realm") is None


async def take_answer(folder: Path, content: bytes) -> EnrolReply:
    """Enrols the laptop by the answer in a file, which also holds its first figures: they are taken
    in afterwards as any answer is.

    Raises `bundle-…`, `reply-untrue`, and what the server found against the request.
    """
    async with Database.open(folder / FILE_NAME, SCHEMAS) as database:
        invited = invitation.read(await database.meta(_INVITATION) or b"")
        ((seed,),) = await database.rows("SELECT value FROM secret WHERE name = 'device'")
        reply = _answer(KeySigner(seed), content, invited)
        await finish(folder, database, reply, clean_code(invited.code), "")
    return reply


def _answer(signer: KeySigner, content: bytes, invited: Invitation) -> EnrolReply:
    device = device_of(signer.public)
    read = bundle.read(content, device, signer.public, signer.agree)
    pages = [page for one in read.found for page in one.pages]
    if not pages:
        is_others = read.for_others and not read.found
        raise Problem("bundle-for-another" if is_others else "bundle-none")
    for page in pages:
        reply = _signed_by(invited, device, page)
        if isinstance(reply, ProblemReply):
            raise problem_of(reply)
        if isinstance(reply, EnrolReply):
            return reply
    raise Problem("bundle-untrue")


def _signed_by(invited: Invitation, device: DeviceId, page: Page) -> wire.Reply:
    signed = wire.decode_signed(page.message)
    servers = {one.device: one.server for one in invited.certificates}
    key = servers.get(signed.device)
    addressed = device + signed.request
    if key is None or not is_signed(key, REPLY, invited.realm, addressed, signed.signature):
        raise Problem("bundle-untrue")
    return wire.decode_reply(signed.request)
