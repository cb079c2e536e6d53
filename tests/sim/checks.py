"""What is wrong with a healed world, by the oracle and by comparing the replicas.

An empty list is what every seed must come to.
"""

from __future__ import annotations

from collections import defaultdict

from server.rollup.folding import compare
from sync import history
from sync.commit import Commit
from sync.ids import PlaceId
from sync.ledger.verify import verify_ledger
from sync.value import Cell
from tests.sim.oracle import Where
from tests.sim.reading import applied_edits, aside_edits, decoded, edits_in
from tests.sim.replica import UNIT, Laptop, Replica, Server
from tests.sim.totals import wrong_totals
from tests.sim.world import PLACES, World

Row = tuple[int, int, int, str, str]
"""A version: number, shown, disputed, commit, text."""


async def faults_of(world: World) -> list[str]:
    """Everything that is wrong, one line each."""
    faults = [*world.problems, *world.claims]
    accepted = await applied_edits(world.server)
    for server in world.servers:
        forged = await applied_edits(server) - world.oracle.typed.keys()
        if forged:
            return [*faults, f"{server.folder.name} accepted {sorted(forged)}, which nobody typed"]
        if world.hard:
            faults += await wrong_totals(world, server)
            faults += [str(one) for one in (await compare(server.ledger))[1]]
    faults += await _survivors(world, accepted)
    parked: set[int] = set()
    for replica in world.replicas:
        parked |= await aside_edits(replica, "parked")
    waiting: set[int] = set()
    for server in world.servers:
        waiting |= await _waiting(world, server, faults)
    faults += world.oracle.missing(accepted, parked, waiting)
    for replica in world.replicas:
        faults += await _refold(replica)
        if world.hard:
            faults += [str(one) for one in (await verify_ledger(replica.ledger)).faults]
    for laptop in world.laptops:
        if laptop.ledger.device not in world.oracle.revoked:
            faults += await _same(world, laptop)
    return faults


async def _survivors(world: World, accepted: set[int]) -> list[str]:
    expected = world.oracle.survivors(accepted)
    found: dict[Where, frozenset[int]] = {}
    for place, cell, rows in await _cells(world.server):
        found[place, str(cell)] = frozenset(number // UNIT for number, *_ in rows)
    return [
        f"server has {sorted(found.get(where, ()))} in {_said(where)}, not "
        f"{sorted(expected.get(where, ()))}"
        for where in expected.keys() | found.keys()
        if found.get(where, frozenset()) != expected.get(where, frozenset())
    ]


async def _cells(
    replica: Replica, kind: str = "IN ('value', 'later')"
) -> list[tuple[bytes, Cell, list[Row]]]:
    rows = await replica.ledger.database.rows(
        "SELECT p.id, v.kind, v.subject, v.field, v.number, v.shown, v.disputed, hex(c.id), v.text"
        " FROM version v JOIN place_no p ON p.no = v.place JOIN commits c ON c.no = v.commit_no"
        f" WHERE v.kind {kind} ORDER BY p.id, v.kind, v.subject, v.field, v.shown DESC, c.id, v.stamp"
    )
    cells: dict[tuple[bytes, Cell], list[Row]] = defaultdict(list)
    for row in rows:
        cells[row[0], Cell(*row[1:4])].append(row[4:])
    return [(place, cell, there) for (place, cell), there in cells.items()]


async def _waiting(world: World, server: Server, faults: list[str]) -> set[int]:
    """The edits that rightly wait at a server for what is gone for ever; others are faults."""
    held, known, here = set(), set(), set()
    commits: dict[bytes, Commit] = {}
    sources = [one for one in world.replicas if not _is_revoked(world, one)]
    for replica in sources:
        rows = await replica.ledger.database.rows(
            "SELECT body FROM commits UNION SELECT body FROM aside"
        )
        for (body,) in rows:
            commits[decoded(body).id] = decoded(body)
    for name, state in await server.ledger.database.rows(
        "SELECT id, 'here' FROM commits UNION ALL SELECT id, state FROM aside"
    ):
        known.add(name)
        if state == "here":
            here.add(name)
        elif state == "held":
            held.add(name)
    grants = {
        name
        for one in sources
        for name, grant in one.ledger.register.grants.items()
        if grant.role and grant.person
    }
    gone = set(held)
    moved = True
    while moved:
        before = len(gone)
        gone = {n for n in gone if _can_never(commits[n], here, gone, commits, grants)}
        moved = len(gone) != before
    at = server.folder.name
    faults += [f"commit {n.hex()[:8]} is held at {at} without need" for n in held - gone]
    if server is world.server:
        for laptop in world.laptops:
            revoked = laptop.ledger.device in world.oracle.revoked
            faults += await _left_over(laptop, gone, revoked=revoked)
    return {number for name in gone for number in edits_in(commits[name])}


async def _left_over(laptop: Laptop, gone: set[bytes], *, revoked: bool) -> list[str]:
    """What a laptop has still to send or to apply; a revoked one is sent no more, mid-page or not."""
    database = laptop.ledger.database
    rows = await database.rows("SELECT body FROM commits WHERE accepted_at IS NULL")
    faults = [
        f"{laptop.name} still has {sorted(edits_in(decoded(body)))} to send"
        for (body,) in rows
        if decoded(body).id not in gone
    ]
    ((held,),) = await database.rows("SELECT count(*) FROM aside WHERE state = 'held'")
    return [*faults, f"{laptop.name} has {held} held"] if held and not revoked else faults


def _can_never(
    commit: Commit,
    here: set[bytes],
    gone: set[bytes],
    commits: dict[bytes, Commit],
    grants: set[str],
) -> bool:
    lacking = [parent for parent in commit.parents if parent not in here]
    if any(parent in gone or parent not in commits for parent in lacking):
        return True
    return not lacking and commit.grant.hex() not in grants


def _is_revoked(world: World, replica: Replica) -> bool:
    return replica.ledger.device in world.oracle.revoked


async def _refold(replica: Replica) -> list[str]:
    name = getattr(replica, "name", "server")
    rows = await replica.ledger.database.rows(
        "SELECT p.id, c.body FROM commits c JOIN place_no p ON p.no = c.place"
    )
    graphs: dict[bytes, list[Commit]] = defaultdict(list)
    for place, body in rows:
        graphs[place].append(decoded(body))
    standing = {
        (p, c): {(r[0], r[4], r[3]) for r in rs} for p, c, rs in await _cells(replica, "<> ''")
    }
    folded = {
        (place, cell): {(v.value.number, v.value.text, v.commit.hex().upper()) for v in versions}
        for place, commits in graphs.items()
        for cell, versions in history.fold(commits).items()
    }
    faults = [
        f"{name}: {_said(key)} is {standing.get(key)}, folds to {folded.get(key)}"
        for key in standing.keys() | folded.keys()
        if standing.get(key) != folded.get(key)
    ]
    heads = await replica.ledger.database.rows(
        "SELECT c.id FROM head h JOIN commits c ON c.no = h.commit_no"
    )
    inner = {parent for commits in graphs.values() for c in commits for parent in c.parents}
    ends = {c.id for commits in graphs.values() for c in commits} - inner
    if {row[0] for row in heads} != ends:
        faults.append(f"{name}: heads are not the graph's")
    return faults


async def _same(world: World, laptop: Laptop) -> list[str]:
    faults: list[str] = []
    scope = await world.scope_of(laptop)
    database = laptop.ledger.database
    told = {row[0] for row in await database.rows("SELECT place FROM scope")}
    if told != scope:
        faults.append(f"{laptop.name}: scope is {[_said((p, '')) for p in told ^ scope]} off")
    stray = [
        row
        for row in await database.rows(
            "SELECT DISTINCT p.id FROM commits c JOIN place_no p ON p.no = c.place"
        )
        if row[0] not in scope | laptop.formerly
    ]
    if stray:
        faults.append(f"{laptop.name}: holds {len(stray)} places outside its scope")
    faults += await _shows(world, laptop, scope)
    ordered = sorted(scope)
    if await laptop.ledger.fingerprint(ordered) != await world.server.ledger.fingerprint(ordered):
        faults.append(f"{laptop.name}: fingerprint differs")
    known = {row[0] for row in await world.server.ledger.database.rows("SELECT id FROM commits")}
    for (name,) in await database.rows(
        "SELECT DISTINCT c.id FROM receipt r JOIN commits c ON c.no = r.commit_no"
    ):
        if name not in known:
            faults.append(
                f"{laptop.name}: receipt for {name.hex()[:8]}, not in the server's ledger"
            )
    return faults


async def _shows(world: World, laptop: Laptop, scope: set[PlaceId]) -> list[str]:
    busy = {
        row[0]
        for row in await laptop.ledger.database.rows(
            "SELECT p.id FROM commits c JOIN place_no p ON p.no = c.place WHERE c.accepted_at IS NULL"
        )
    }
    there = {
        (p, c): rows for p, c, rows in await _cells(world.server, "<> ''") if p in scope - busy
    }
    here = {(p, c): rows for p, c, rows in await _cells(laptop, "<> ''") if p in scope - busy}
    return [
        f"{laptop.name}: shows {here.get(k)} in {_said(k)}, server {there.get(k)}"
        for k in here.keys() | there.keys()
        if here.get(k) != there.get(k)
    ]


def _said(key: tuple[bytes, object]) -> str:
    place = next((n for n, known in PLACES.items() if known == key[0]), key[0].hex()[:6])
    return f"{place} {key[1]}"
