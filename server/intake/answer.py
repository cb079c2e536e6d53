"""What a server does with one request inside a transaction, and what it replies after it."""

from __future__ import annotations

from typing import NamedTuple

from server.devices.invites import enrol
from sync import wire
from sync.commit import commit_id
from sync.grants import Device
from sync.ids import CommitId, DeviceId, PlaceId
from sync.ledger.database import Database
from sync.ledger.feed import EMPTY, feed
from sync.ledger.ledger import Ledger
from sync.ledger.receive import Intake, Verdicts
from sync.problems import Problem
from sync.receipt import Receipt
from sync.trust import is_signed
from sync.versions import CURRENT, SPOKEN
from sync.wire import (
    Cursor,
    EnrolReply,
    EnrolRequest,
    Offered,
    ProblemReply,
    Reply,
    Signed,
    SyncReply,
    SyncRequest,
)


class Taken(NamedTuple):
    """A request whose commits were judged; its reply is made once that is durable."""

    request: SyncRequest
    device: DeviceId
    verdicts: Verdicts


def opened(ledger: Ledger, body: bytes) -> tuple[Signed, SyncRequest | EnrolRequest]:
    """The request in a body. Raises `message-…`, `version-unspoken`, `signature-bad`.

    What a known device did not sign is turned away before it takes any room or waits for anything.
    """
    signed = wire.decode_signed(wire.unpack(body))
    request = wire.decode_request(signed.request)
    if request.version not in SPOKEN:
        raise Problem("version-unspoken", version=request.version)
    if isinstance(request, SyncRequest):
        key = ledger.register.key(signed.device)
        if key and not is_signed(key, "request", ledger.realm, signed.request, signed.signature):
            raise Problem("signature-bad" if request.realm == ledger.realm else "realm-foreign")
    return signed, request


async def take(
    ledger: Ledger,
    database: Database,
    intake: Intake,
    signed: Signed,
    request: SyncRequest | EnrolRequest,
) -> Taken | EnrolReply:
    """Does what a request asks. Raises a problem where it can't be trusted as a whole."""
    if isinstance(request, EnrolRequest):
        realm = wire.realm_in(request)
        if not is_signed(request.key, "request", realm, signed.request, signed.signature):
            raise Problem("signature-bad")
        return await enrol(ledger, database, request)
    if request.realm != ledger.realm:
        raise Problem("realm-foreign")
    if ledger.register.key(signed.device) is None:
        shown = [one for one in request.commits if _is_receipted(ledger, one)]
        await intake.receive(shown, signed.device)
    key = ledger.register.key(signed.device)
    if key is None:
        raise Problem("unknown-device")
    if not is_signed(key, "request", request.realm, signed.request, signed.signature):
        raise Problem("signature-bad")
    await intake.drop_withdrawn(request.withdrawn, signed.device)
    return Taken(request, signed.device, await intake.receive(request.commits, signed.device))


async def reply(ledger: Ledger, taken: Taken | EnrolReply) -> Reply:
    """The reply to what was taken; called when it is durable."""
    if isinstance(taken, EnrolReply):
        return taken
    device = ledger.register.devices[taken.device.hex()]
    scope = scope_of(ledger, device)
    database = ledger.database
    page = await feed(database, await database.meta("epoch"), scope, taken.request)
    accepted = [*taken.verdicts.accepted, *taken.request.parked, *page.told]
    return SyncReply(
        at=ledger.now(),
        certificates=tuple(ledger.certificates.values()),
        scope=scope,
        receipts=tuple(await receipts_for(database, accepted)),
        refusals=tuple(taken.verdicts.refusals.values()),
        held=tuple(taken.verdicts.held.items()),
        feed=tuple(page.commits),
        more=page.more,
        cursor=page.cursor if scope else Cursor(b"", 0, b"", b""),
        fingerprint=await ledger.fingerprint(scope) if scope else EMPTY,
        wants=page.wants,
        have=page.have,
        version=CURRENT,
    )


def scope_of(ledger: Ledger, device: Device) -> tuple[PlaceId, ...]:
    """What a device may see: its places, all below and all above them; nothing once revoked."""
    places = device.in_use_at
    below = (lower for place in places for lower in ledger.below(place))
    return tuple(dict.fromkeys([*(p for one in places for p in ledger.above(one)), *below]))


async def receipts_for(
    database: Database, commits: list[CommitId]
) -> list[tuple[CommitId, Receipt]]:
    """The receipts that this replica holds for commits."""
    rows = await database.rows_in(
        "SELECT c.id, r.server, r.at, r.leaf, r.leaves, r.path, r.signature FROM commits c"
        " JOIN receipt r ON r.commit_no = c.no WHERE c.id IN ({keys})",
        [(commit,) for commit in dict.fromkeys(commits)],
    )
    return [(CommitId(commit), Receipt(*receipt)) for commit, *receipt in rows]


def problem_reply(problem: Problem, retry_seconds: int = 0) -> ProblemReply:
    """A problem as it is sent."""
    return ProblemReply(
        problem.code, {key: str(value) for key, value in problem.values.items()}, retry_seconds
    )


def _is_receipted(ledger: Ledger, offered: Offered) -> bool:
    name = commit_id(offered.sealed.body)
    return any(ledger.is_receipted(receipt, name) for receipt in offered.receipts)
