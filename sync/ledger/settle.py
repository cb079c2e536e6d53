"""A laptop's two halves of an exchange: what it asks, and what it makes of the answer."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from sync import clock, commit_bytes
from sync.conversation import Asked, Outcome
from sync.grants import KINDS
from sync.ids import CommitId, PlaceId
from sync.ledger import aside, edits, outbox
from sync.ledger.acceptance import accept, accepted_heads, ahead
from sync.ledger.apply import Arrival, CellChange
from sync.ledger.aside import State
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.ledger.refuse import park
from sync.ledger.take import take
from sync.limits import HEADS_PLACES_MAX
from sync.problems import Problem
from sync.receipt import Receipt
from sync.versions import CURRENT
from sync.wire import Cursor, Offered, SyncReply, SyncRequest

_CURSOR = msgspec.msgpack.Decoder(Cursor)


async def request(ledger: Ledger, asked: Asked) -> SyncRequest:
    """Seals what is pending and says what this laptop has and lacks."""
    await ledger.seal()
    database = ledger.database
    scope = await scope_of(ledger)
    offers: list[Offered] = []
    if asked.introduce:
        offers = await outbox.introduction(database, KINDS, asked.introduce)
    elif asked.wants:
        offers = await outbox.wanted(database, asked)
    commits = await outbox.unreceipted(database, await _held_by_server(database))
    cursor = await database.meta("cursor")
    heads = await accepted_heads(database, scope) if asked.heads else None
    held = [one.commit.id for one in await aside.in_state(database, State.HELD)]
    own = {one.sealed.body for one in offers}
    return SyncRequest(
        realm=ledger.realm,
        version=CURRENT,
        at=ledger.now(),
        commits=tuple(
            outbox.bounded([*offers, *(one for one in commits if one.sealed.body not in own)])
        ),
        parked=await outbox.names_aside(database, State.PARKED),
        withdrawn=await outbox.names_aside(database, State.WITHDRAWN),
        fingerprint=await ledger.fingerprint(scope),
        cursor=None if cursor is None or asked.heads else _CURSOR.decode(cursor),
        heads=None if heads is None else {p: tuple(sorted(c)) for p, c in heads.items()},
        held=tuple(held),
        ahead=await _ahead(database, scope) if asked.heads else {},
        outside=await _outside(database, ledger.now()),
        landmarks=await outbox.landmarks(database, scope) if asked.heads else {},
    )


async def _held_by_server(database: Database) -> list[CommitId]:
    """What the server was said to hold, the longest ago first."""
    names = await database.meta("held_by_server")
    return [CommitId(bytes.fromhex(name)) for name in msgspec.json.decode(names or "[]")]


async def _keep_held(database: Database, reply: SyncReply) -> None:
    """Notes what a server holds, or will not take while a parent is refused, behind what it was
    said to hold before; of own commits only while no server has accepted them.
    """
    refused = [one.commit for one in reply.refusals if one.reason == "parent-refused"]
    held = [commit for commit, _ in reply.held]
    said = dict.fromkeys((*refused, *held))
    names = [*(one for one in await _held_by_server(database) if one not in said), *said]
    rows = await database.rows_in(
        "SELECT id FROM commits WHERE accepted_at IS NULL AND id IN ({keys})",
        [(commit,) for commit in names],
    )
    still = {*held, *(row[0] for row in rows)}
    kept = [commit.hex() for commit in names if commit in still]
    await database.set_meta("held_by_server", msgspec.json.encode(kept))


async def _outside(database: Database, now: int) -> tuple[CommitId, ...]:
    """Accepted heads of places that are here and no longer in scope.

    A server that lost a place doesn't know that it lies in anyone's scope; and a village that was
    moved may have its commits nowhere but where it lay before. Of very many places, each sync names
    others.
    """
    rows = await database.rows(
        "SELECT DISTINCT p.id FROM head h JOIN place_no p ON p.no = h.place"
        " WHERE p.id NOT IN (SELECT place FROM scope) ORDER BY p.id < ?, p.id LIMIT ?",
        (outbox.turn(now), HEADS_PLACES_MAX),
    )
    heads = await accepted_heads(database, [PlaceId(row[0]) for row in rows])
    return tuple(sorted(commit for there in heads.values() for commit in there))


async def _ahead(database: Database, scope: Collection[PlaceId]) -> dict[CommitId, int]:
    found = await ahead(database, scope)
    return {commit: at for there in found.values() for commit, at in there.items()}


async def settle(ledger: Ledger, reply: SyncReply, *, is_late: bool = False) -> Outcome:
    """Takes in an answer; edits made while it was under way are sealed first.

    `is_late` says that a later answer was taken in before, as happens by stick: where the server
    stood and what it saw as this laptop's scope is over then, and its receipts and commits count.
    Raises `reply-untrue` where a signature is not a certified server's: nothing is changed then.
    """
    async with ledger.transaction() as database:
        await ledger.changed(await edits.seal(database, ledger.sealer))
        await ledger.keep_certificates(reply.certificates)
        arrivals = [_arrival(ledger, one) for one in reply.feed]
        await _check(ledger, reply)
        await ledger.changed(await _receipts(database, ledger, reply))
        for refusal in (one for one in reply.refusals if one.reason != "parent-refused"):
            await ledger.changed(await park(database, ledger.sealer, refusal, ledger.now()))
        applied, changes = await take(database, arrivals, ledger.now())
        await ledger.changed(changes)
        if not is_late:
            await _keep_scope(database, reply)
            last = await database.meta("last_stamp") or 0
            await database.set_meta("last_stamp", clock.follow(last, reply.at, ledger.now()))
            await database.set_meta("server_time", reply.at)
            await database.set_meta("last_contact", ledger.now())
        await _keep_held(database, reply)
        await _clear_pages(database)
    if any(change.cell.kind in KINDS for change in changes):
        await ledger.reload()
    return await _outcome(ledger, reply, len(applied))


async def scope_of(ledger: Ledger) -> list[PlaceId]:
    """The places that this laptop keeps, as its server last said."""
    return [PlaceId(row[0]) for row in await ledger.database.rows("SELECT place FROM scope")]


def _arrival(ledger: Ledger, offered: Offered) -> Arrival:
    commit = commit_bytes.decode(offered.sealed.body)
    good = tuple(r for r in offered.receipts if ledger.is_receipted(r, commit.id))
    if commit.realm != ledger.realm or not good:
        raise Problem("reply-untrue")
    return Arrival(commit, offered.sealed.signature, good)


async def _check(ledger: Ledger, reply: SyncReply) -> None:
    for commit, receipt in reply.receipts:
        if not ledger.is_receipted(receipt, commit):
            raise Problem("reply-untrue")
    for refusal in reply.refusals:
        if not ledger.is_refused(refusal):
            raise Problem("reply-untrue")


async def _receipts(database: Database, ledger: Ledger, reply: SyncReply) -> list[CellChange]:
    """Keeps receipts; a parked commit that some server accepted after all is applied."""
    given: dict[CommitId, tuple[Receipt, ...]] = {}
    for name, receipt in reply.receipts:
        given[name] = (*given.get(name, ()), receipt)
    parked = await aside.by_id(database, given)
    revived = [
        Arrival(one.commit, one.signature, given[name])
        for name, one in parked.items()
        if one.state is not State.HELD or one.commit.place in ledger.tree
    ]
    _, changes = await take(database, revived, ledger.now())
    return changes + await accept(database, given)


async def _keep_scope(database: Database, reply: SyncReply) -> None:
    await database.run("DELETE FROM scope")
    await database.run_many(
        "INSERT INTO scope (place) VALUES (?)", [(p,) for p in dict.fromkeys(reply.scope)]
    )
    await database.set_meta("cursor", msgspec.msgpack.encode(reply.cursor))


async def _clear_pages(database: Database) -> None:
    """What the pages of own edits showed is needed only while one of them can be refused."""
    ((waiting,),) = await database.rows(
        "SELECT EXISTS (SELECT 1 FROM commits WHERE accepted_at IS NULL)"
        " OR EXISTS (SELECT 1 FROM pending)"
    )
    if not waiting:
        await database.run("DELETE FROM page")


async def _outcome(ledger: Ledger, reply: SyncReply, received: int) -> Outcome:
    scope: Collection[PlaceId] = await scope_of(ledger)
    ((waiting,),) = await ledger.database.rows(
        "SELECT count(*) FROM commits WHERE accepted_at IS NULL"
    )
    return Outcome(
        agreed=await ledger.fingerprint(scope) == reply.fingerprint,
        unreceipted=waiting,
        held=len(reply.held),
        more=reply.more,
        received=received,
        asked=Asked(wants=reply.wants, have=tuple(reply.have.items())),
        known=frozenset(commit for commit, _ in reply.receipts),
        waiting=frozenset(commit for commit, why in reply.held if why != "aside-full"),
    )
