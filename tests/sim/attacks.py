"""What a malicious client does: it forges, replays, reorders, truncates and floods.

None of it may be accepted unless an honest device could have made it, none may stop what is honest,
and whatever the bytes are, the answer is a message.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from sync import wire
from sync.commit import Change, Commit, Sealed, commit_of
from sync.ids import CommitId, RealmId
from sync.ledger import outbox
from sync.ledger.edits import Sealer, sign
from sync.ledger.feed import EMPTY
from sync.trust import KeySigner
from sync.value import Cell, quantity_value, text_value
from sync.versions import CURRENT
from sync.wire import Offered, SyncRequest
from tests.sim.network import answered, cut
from tests.sim.reading import decoded
from tests.sim.replica import UNIT, Laptop, Server
from tests.sim.world import World

EVIL = 10_000_000
"""Values from here on were typed by nobody."""
FLOOD_COMMITS = 40
ATTACKS = ("forged", "resigned", "foreign", "replayed", "reordered", "cut", "flooded", "stranger")


async def attack(world: World) -> None:
    """One attack on one of the servers, as the seed says."""
    random = world.random
    kind = random.choice(ATTACKS)
    server, laptop = random.choice(world.servers), random.choice(world.laptops)
    await attack_with(world, kind, server, laptop)
    world.faults[f"attack: {kind}"] += 1


async def attack_with(world: World, kind: str, server: Server, laptop: Laptop) -> None:
    """That attack, by someone who has that laptop's key, or none."""
    world.note("attack:", kind, "by", laptop.name)
    if kind in ("replayed", "cut"):
        if world.network.overheard:
            body = world.random.choice(list(world.network.overheard))
            await answered(server, cut(world.random, body) if kind == "cut" else body)
        return
    offered = await _offered(world, kind, laptop)
    body = asking(laptop, offered)
    if kind == "stranger":
        body = _signed_by(KeySigner(world.random.randbytes(32)), laptop, offered)
    await answered(server, body)


def asking(laptop: Laptop, offered: Sequence[Offered]) -> bytes:
    """A request of a laptop that brings these commits and tells nothing else."""
    return laptop.body(_request(laptop, offered))


async def _offered(world: World, kind: str, laptop: Laptop) -> list[Offered]:
    ledger, random = laptop.ledger, world.random
    if kind == "reordered":
        own = await outbox.unreceipted(ledger.database)
        return [*reversed(own), *own[:2]]
    if kind == "flooded":
        return [
            _sealed(ledger.sealer, _orphan(laptop, random.randbytes(32), number))
            for number in range(FLOOD_COMMITS)
        ]
    rows = await ledger.database.rows("SELECT body FROM commits ORDER BY no DESC LIMIT 20")
    victim = decoded(random.choice(rows)[0])
    if kind == "resigned":
        return [Offered(Sealed(victim.body, random.randbytes(64)))]
    evil = _altered(victim, EVIL + random.randrange(1000))
    if kind == "foreign":
        evil = msgspec.structs.replace(evil, realm=RealmId(random.randbytes(16)))
    sealer = Sealer(ledger.realm, ledger.device, KeySigner(random.randbytes(32)))
    return [_sealed(sealer, evil)]


def _request(laptop: Laptop, offered: Sequence[Offered]) -> SyncRequest:
    return SyncRequest(
        realm=laptop.ledger.realm,
        version=CURRENT,
        at=laptop.now(),
        commits=tuple(offered),
        parked=(),
        withdrawn=(),
        fingerprint=EMPTY,
        cursor=None,
        heads=None,
    )


def _signed_by(signer: KeySigner, laptop: Laptop, offered: Sequence[Offered]) -> bytes:
    content = wire.encode(_request(laptop, offered))
    signature = signer.sign("request", laptop.ledger.realm, content)
    return wire.pack(wire.encode(wire.Signed(content, wire.sender(signer), signature)))


def _altered(victim: Commit, number: int) -> Commit:
    first = victim.changes[0]
    cell = Cell("value", "2024", "A1")
    return commit_of(
        realm=victim.realm,
        place=victim.place,
        parents=victim.parents,
        device=victim.device,
        author=victim.author,
        grant=victim.grant,
        changes=[Change(cell, quantity_value(number * UNIT), first.stamp + 1)],
    )


def _orphan(laptop: Laptop, parent: bytes, number: int) -> Commit:
    return commit_of(
        realm=laptop.ledger.realm,
        place=laptop.home,
        parents=[CommitId(parent)],
        device=laptop.ledger.device,
        author=laptop.person.name,
        grant=laptop.person.grants[0],
        changes=[Change(Cell("note", "2024", "A1"), text_value("x"), number + 1)],
    )


def _sealed(sealer: Sealer, commit: Commit) -> Offered:
    return Offered(Sealed(commit.body, sign(sealer, commit)))
