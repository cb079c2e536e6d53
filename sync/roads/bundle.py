"""The road by USB stick: a file with what a laptop has to give, and a file with the answer.

The messages are those of the road over HTTP, so each means the same here. No answer comes between
two of them: all that no server has accepted goes into the file, and what the answer asks for goes
into the next one. What was learnt last is used and nothing depends on it: a file that never arrives,
or arrives twice, or late, does no harm.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, NamedTuple

import msgspec

from sync import bundle, wire
from sync.bundle import Page
from sync.conversation import Asked, Outcome, problem_of
from sync.ids import CommitId, PlaceId
from sync.ledger import outbox
from sync.ledger.feed import EMPTY
from sync.ledger.ledger import Ledger
from sync.ledger.settle import request, settle
from sync.problems import Problem
from sync.trust import Certificate, Signer, device_of, is_signed
from sync.wire import EnrolReply, ProblemReply, Reply, Request, Signed, SyncRequest

__all__ = [
    "REPLY",
    "Arrived",
    "Outgoing",
    "outgoing",
    "server_of",
    "shut_for",
    "signed_request",
    "take_in",
]

REPLY = "reply"
"""What a server's signature on an answer by stick is for; it covers whom the answer is for, too."""
_STATE = "stick"


class _Learnt(msgspec.Struct):
    """What the last answer by stick told, as the laptop keeps it."""

    serial: int = 0
    answered: int = 0
    heads: bool = False
    """The two sides differed, or a part of the answer was missing: heads go along next time."""
    introduce: bool = False
    wants: tuple[CommitId, ...] = ()
    have: Annotated[dict[PlaceId, tuple[CommitId, ...]], msgspec.Meta(max_length=100_000)] = {}


class Outgoing(NamedTuple):
    """A file to carry to the server, and how many commits it holds that no server has accepted."""

    content: bytes
    commits: int


class Arrived(NamedTuple):
    """What a file from the server came to."""

    received: int
    """Commits that were new here."""
    receipts: int
    refused: int
    unreceipted: int
    """Own commits that still wait for a server's word."""
    agreed: bool
    """Server and laptop held the same when the answer was written."""
    missing: int
    """Boxes of the file that are not there or not whole."""
    is_late: bool
    """All of it was overtaken by a later answer."""
    problem: Problem | None
    """What the server could not do, if it said so."""


async def outgoing(ledger: Ledger, random_bytes: Callable[[int], bytes]) -> Outgoing:
    """Seals what is pending and makes the file. Raises `bundle-server-unknown`, `key-unfit`."""
    server = await server_of(ledger)
    learnt = await _learnt(ledger)
    asked = Asked(
        wants=learnt.wants,
        have=tuple(learnt.have.items()),
        heads=learnt.heads,
        introduce=int(learnt.introduce),
    )
    first = _shortened(await request(ledger, asked))
    requests = [first]
    if learnt.introduce:
        requests += await _introduction(ledger, first)
    shown = {one.sealed.body for message in requests for one in message.commits}
    async for more in outbox.further(ledger.database, shown):
        requests.append(msgspec.structs.replace(first, commits=more, heads=None, landmarks={}))
    learnt.serial += 1
    await _keep(ledger, learnt)
    pages = [Page(learnt.serial, signed_request(ledger.sealer.signer, one)) for one in requests]
    ((waiting,),) = await ledger.database.rows(
        "SELECT count(*) FROM commits WHERE accepted_at IS NULL"
    )
    return Outgoing(shut_for(server.server, pages, random_bytes), waiting)


async def take_in(ledger: Ledger, content: bytes) -> Arrived:
    """Takes in the answer that a file holds: all of it that is whole and for this laptop.

    Raises `bundle-for-another`, `bundle-none`, and `bundle-untrue` where no certified server of the
    realm signed it for this laptop; nothing is changed then.
    """
    signer = ledger.sealer.signer
    found = bundle.read(content, ledger.device, signer.public, signer.agree)
    if not any(one.pages for one in found.found):
        is_others = found.for_others and not found.found
        raise Problem("bundle-for-another" if is_others else "bundle-none")
    replies = [_reply(ledger, page) for one in found.found for page in one.pages]
    missing = sum(len(one.missing) for one in found.found)
    replies.sort(key=lambda one: one[0])  # several sticks' answers in one file: the latest last
    return await _take_in(ledger, replies, missing)


async def server_of(ledger: Ledger) -> Certificate:
    """The server that files are for: of several that are certified, the one whose word came last.

    Raises `bundle-server-unknown`.
    """
    rows = await ledger.database.rows("SELECT server FROM receipt ORDER BY at DESC LIMIT 1")
    latest = [one for one in ledger.certificates.values() if rows and one.device == rows[0][0]]
    known = latest or sorted(ledger.certificates.values(), key=lambda one: -one.since)
    if not known:
        raise Problem("bundle-server-unknown")
    return known[0]


def shut_for(key: bytes, pages: list[Page], random_bytes: Callable[[int], bytes]) -> bytes:
    """The file for the device that holds that key. Raises `key-unfit`."""
    return bundle.written(pages, device_of(key), key, random_bytes(32))


def _shortened(message: SyncRequest) -> SyncRequest:
    """Without the fingerprint, which a server compares with none: the laptop compares the answer's."""
    if message.fingerprint == EMPTY:
        return message
    return msgspec.structs.replace(message, fingerprint=b"")


async def _introduction(ledger: Ledger, first: SyncRequest) -> list[SyncRequest]:
    """The further pages of registrations, for a server that said not to know this device."""
    pages: list[SyncRequest] = []
    page = 2
    while True:
        message = await request(ledger, Asked(introduce=page))
        shown = tuple(one for one in message.commits if one.receipts)
        if not shown:
            return pages
        pages.append(msgspec.structs.replace(first, commits=shown, heads=None, landmarks={}))
        page += 1


async def _take_in(ledger: Ledger, replies: list[tuple[int, Reply]], missing: int) -> Arrived:
    learnt = await _learnt(ledger)
    received = receipts = refused = 0
    outcome: Outcome | None = None
    problem: Problem | None = None
    late = True
    for serial, reply in replies:
        is_late = serial < learnt.answered
        if isinstance(reply, ProblemReply):
            learnt.introduce = learnt.introduce or reply.code == "unknown-device"
            problem = problem_of(reply)
            continue
        if isinstance(reply, EnrolReply):
            continue  # what made this laptop: it is taken in already
        outcome = await settle(ledger, reply, is_late=is_late)
        received += outcome.received
        receipts += len(reply.receipts)
        refused += len(reply.refusals)
        if not is_late:
            late = False
            learnt.answered = serial
            learnt.introduce = False
            learnt.wants, learnt.have = outcome.asked.wants, dict(outcome.asked.have)
            learnt.heads = not outcome.agreed
    learnt.heads = learnt.heads or bool(missing)
    await _keep(ledger, learnt)
    ((waiting,),) = await ledger.database.rows(
        "SELECT count(*) FROM commits WHERE accepted_at IS NULL"
    )
    agreed = outcome is not None and outcome.agreed and not late
    return Arrived(received, receipts, refused, waiting, agreed, missing, late, problem)


def _reply(ledger: Ledger, page: Page) -> tuple[int, Reply]:
    """A stick may come from anybody: an answer counts if a certified server signed it for us."""
    signed = wire.decode_signed(page.message)
    known = ledger.certificates.get(signed.device)
    addressed = ledger.device + signed.request
    if known is None or not is_signed(
        known.server, REPLY, ledger.realm, addressed, signed.signature
    ):
        raise Problem("bundle-untrue")
    reply = wire.decode_reply(signed.request)
    return page.serial, reply


def signed_request(signer: Signer, message: Request) -> bytes:
    """A request as it travels in a page."""
    content = wire.encode(message)
    signature = signer.sign("request", wire.realm_in(message), content)
    return wire.encode(Signed(content, wire.sender(signer), signature))


async def _learnt(ledger: Ledger) -> _Learnt:
    kept = await ledger.database.meta(_STATE)
    return msgspec.msgpack.decode(kept, type=_Learnt) if kept else _Learnt()


async def _keep(ledger: Ledger, learnt: _Learnt) -> None:
    async with ledger.transaction() as database:
        await database.set_meta(_STATE, msgspec.msgpack.encode(learnt))
