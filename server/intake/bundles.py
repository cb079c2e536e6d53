"""Files that laptops send by stick: taken in like requests over HTTP, and answered by files.

A file may hold the bundles of many laptops; each is answered in one that only it can read. The
answer has the server's word on all that came, and all that the laptop lacks: no second question
can be asked on this road.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from server.intake.answer import Taken, problem_reply, reply, take
from sync import bundle, commit_bytes, wire
from sync.bundle import Page
from sync.ids import DeviceId, PlaceId
from sync.ledger.feed import EMPTY
from sync.ledger.ledger import Ledger
from sync.ledger.receive import Intake, Verdicts
from sync.problems import Problem
from sync.roads.bundle import REPLY, shut_for
from sync.trust import device_of
from sync.versions import CURRENT, SPOKEN
from sync.wire import EnrolReply, EnrolRequest, Reply, Signed, SyncReply, SyncRequest

__all__ = ["Answered", "Heard", "answer", "unasked"]


@dataclass
class Heard:
    """What came from one device, and what is answered."""

    device: DeviceId
    key: bytes
    pages: list[Page] = field(default_factory=list)
    accepted: int = 0
    refused: int = 0
    held: int = 0
    problem: Problem | None = None
    """Why its requests could not be taken as a whole, if so."""


class Answered(NamedTuple):
    """The file with every device's answer, who was heard, and how much of the file was gone."""

    content: bytes
    heard: list[Heard]
    missing: int


async def answer(ledger: Ledger, content: bytes, random_bytes: Callable[[int], bytes]) -> Answered:
    """Takes in all of a file that is whole and meant for this server, and answers it.

    Raises `bundle-for-another`, `bundle-none`; nothing is changed then.
    """
    signer = ledger.sealer.signer
    read = bundle.read(content, ledger.device, signer.public, signer.agree)
    if not any(one.pages for one in read.found):
        is_others = read.for_others and not read.found
        raise Problem("bundle-for-another" if is_others else "bundle-none")
    heard: dict[DeviceId, Heard] = {}
    for found in read.found:
        await _hear(ledger, found.pages, heard)
    files = [shut_for(one.key, one.pages, random_bytes) for one in heard.values() if one.pages]
    return Answered(
        b"".join(files), list(heard.values()), sum(len(one.missing) for one in read.found)
    )


async def unasked(ledger: Ledger, place: PlaceId, random_bytes: Callable[[int], bytes]) -> Answered:
    """A file for every laptop in use at a place or below it: all that it may have, whatever it has.

    For those whose answer was lost; the commits that one has already do nothing there.
    """
    heard = []
    for device, known in sorted(ledger.register.devices.items()):
        here = any(place in ledger.above(one) for one in known.in_use_at)
        if not here or not known.key or device == ledger.device.hex():
            continue
        one = Heard(DeviceId(bytes.fromhex(device)), known.key)
        await _feed(ledger, one, 0, _everything(ledger))
        heard.append(one)
    files = [shut_for(one.key, one.pages, random_bytes) for one in heard]
    return Answered(b"".join(files), heard, 0)


async def _hear(ledger: Ledger, pages: list[Page], heard: dict[DeviceId, Heard]) -> None:
    """One bundle: each request in a transaction of its own; the feed goes with the last answer."""
    last: tuple[Heard, int, SyncRequest] | None = None
    for page in pages:
        try:
            signed = wire.decode_signed(page.message)
            request = wire.decode_request(signed.request)
        except Problem:
            continue  # whole, and nonsense: there is nobody to answer
        key = _key(ledger, signed, request)
        if key is None:
            continue
        one = heard.setdefault(device_of(key), Heard(device_of(key), key))
        said = await _answered(ledger, signed, request, one)
        if isinstance(said, SyncReply):
            assert isinstance(request, SyncRequest)
            asked = _same_but(request, last[2] if last is not None and last[0] is one else None)
            last = one, page.serial, asked
            said = msgspec.structs.replace(said, feed=(), more=True)
        elif isinstance(said, EnrolReply):
            last = one, page.serial, _everything(ledger)
        one.pages.append(_page(ledger, one, page.serial, said))
    if last is not None:
        await _feed(ledger, *last)


def _key(ledger: Ledger, signed: Signed, request: SyncRequest | EnrolRequest) -> bytes | None:
    """The key that a request is answered to: only who holds it can read the answer."""
    if isinstance(request, EnrolRequest):
        return request.key
    return ledger.register.key(signed.device)


async def _answered(
    ledger: Ledger, signed: Signed, request: SyncRequest | EnrolRequest, one: Heard
) -> Reply:
    try:
        if request.version not in SPOKEN:
            raise Problem("version-unspoken", version=request.version)
        async with ledger.transaction() as database:
            intake = Intake(ledger, database)
            taken = await take(ledger, database, intake, signed, request)
            await intake.finish()
        if isinstance(taken, Taken):
            one.accepted += len(taken.verdicts.accepted)
            one.refused += len(taken.verdicts.refusals)
            one.held += len(taken.verdicts.held)
        async with ledger.database.reading():
            return await reply(ledger, taken)
    except Problem as problem:
        if problem.code.startswith("storage-"):
            raise
        one.problem = problem
        return problem_reply(problem)


def _same_but(request: SyncRequest, before: SyncRequest | None) -> SyncRequest:
    """What the device lacks is asked once, by the first of its requests, for all of them."""
    if before is None:
        return request
    return msgspec.structs.replace(before, commits=(*before.commits, *request.commits))


def _everything(ledger: Ledger) -> SyncRequest:
    """What a device that has nothing would ask."""
    return SyncRequest(
        realm=ledger.realm,
        version=CURRENT,
        at=ledger.now(),
        commits=(),
        parked=(),
        withdrawn=(),
        fingerprint=EMPTY,
        cursor=None,
        heads=None,
    )


async def _feed(ledger: Ledger, one: Heard, serial: int, request: SyncRequest) -> None:
    """All that the device lacks, page by page, as if it had asked on and on."""
    while True:
        async with ledger.database.reading():
            said = await reply(ledger, Taken(request, one.device, Verdicts()))
        assert isinstance(said, SyncReply)
        one.pages.append(_page(ledger, one, serial, said))
        if not said.more:
            return
        request = _going_on(request, said)


def _page(ledger: Ledger, one: Heard, serial: int, said: Reply) -> Page:
    """An answer, signed for the device that it goes to: a stick may come from anybody."""
    content = wire.encode(said)
    signature = ledger.sealer.signer.sign(REPLY, ledger.realm, one.device + content)
    return Page(serial, wire.encode(Signed(content, ledger.device, signature)))


def _going_on(request: SyncRequest, said: SyncReply) -> SyncRequest:
    """What would be asked after a page: by the cursor, or by heads that have the page's commits."""
    if request.heads is None:
        return msgspec.structs.replace(request, cursor=said.cursor, commits=())
    heads = {place: set(names) for place, names in request.heads.items()}
    for offered in said.feed:
        commit = commit_bytes.decode(offered.sealed.body)
        heads.setdefault(commit.place, set()).add(commit.id)
    return msgspec.structs.replace(
        request, heads={place: tuple(sorted(names)) for place, names in heads.items()}
    )
