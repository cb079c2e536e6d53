"""What a replica sends: its own commits without a receipt, and what the other side asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Sequence

from sync.commit import Sealed
from sync.conversation import Asked
from sync.ids import CommitId, PlaceId, tagged_hash
from sync.ledger import aside
from sync.ledger.database import Database
from sync.limits import CHANGE_NAMES_MAX, MESSAGE_COMMITS_MAX, OFFER_BYTES
from sync.receipt import Receipt
from sync.wire import Offered


async def unreceipted(database: Database, held: Collection[CommitId] = ()) -> list[Offered]:
    """Own commits that no server has accepted yet, as many as one message takes.

    The oldest go first, but those behind all others that a server was said to hold, the latest said
    last: what waits for something gone for ever must not keep the rest back.
    """
    names = await database.rows(
        "SELECT no, id FROM commits INDEXED BY commits_unaccepted"
        " WHERE accepted_at IS NULL ORDER BY no"
    )
    said = {commit: at for at, commit in enumerate(held, 1)}
    names.sort(key=lambda row: said.get(row[1], 0))
    return bounded(await with_receipts(database, [no for no, _ in names[:MESSAGE_COMMITS_MAX]]))


async def further(
    database: Database, without: Collection[bytes]
) -> AsyncIterator[tuple[Offered, ...]]:
    """All own commits that no server has accepted yet, but for those bodies, a message's worth at a
    time: for a road on which no answer comes between two messages.
    """
    rows = await database.rows(
        "SELECT no FROM commits INDEXED BY commits_unaccepted WHERE accepted_at IS NULL ORDER BY no"
    )
    numbers = [number for (number,) in rows]
    while numbers:
        found = await with_receipts(database, numbers[:MESSAGE_COMMITS_MAX])
        page = bounded(found)
        numbers = numbers[len(page) :]
        new = tuple(one for one in page if one.sealed.body not in without)
        if new:
            yield new


async def wanted(database: Database, asked: Asked) -> list[Offered]:
    """Commits asked for by id with those of their ancestors that the asker lacks, parents first.

    The asker says which heads it has of the places that it knows to be asked about; of others it is
    known what it said to have. One that it has is asked for its receipts.
    """
    names = asked.wants
    rows = await database.rows_in(
        "SELECT place, no FROM commits WHERE id IN ({keys})", [(name,) for name in names]
    )
    named: dict[int, set[int]] = {}
    for place, number in rows:
        named.setdefault(place, set()).add(number)
    theirs = {commit for _, heads in asked.have for commit in heads} | asked.known
    waiting = await database.rows_in(
        "SELECT no FROM commits WHERE id IN ({keys})", [(name,) for name in sorted(asked.waiting)]
    )
    there = {number for (number,) in waiting}
    offered: list[Offered] = []
    for place, numbers in named.items():
        lacking = await reached(database, place, names, theirs)
        lacking = [number for number in lacking if number not in there]
        offered += await with_receipts(database, sorted(numbers.union(lacking)))
    held = await aside.by_id(database, names)
    offered += [Offered(one.sealed, one.receipts) for one in held.values()]
    return bounded(offered)


async def reached(
    database: Database, place: int, heads: Collection[CommitId], without: Collection[CommitId]
) -> list[int]:
    """The numbers of a place's commits that those heads reach and the others don't."""
    rows = await database.rows(
        "SELECT c.id, c.no, e.parent FROM commits c LEFT JOIN parent e ON e.child = c.no"
        " WHERE c.place = ? ORDER BY c.no",
        (place,),
    )
    numbers = {row[0]: row[1] for row in rows}
    parents: dict[int, list[int]] = {}
    for _, number, parent in rows:
        parents.setdefault(number, [])
        if parent is not None:
            parents[number].append(parent)
    theirs = _closure(parents, [numbers[c] for c in without if c in numbers])
    return sorted(_closure(parents, [numbers[c] for c in heads if c in numbers]) - theirs)


async def landmarks(
    database: Database, places: Collection[PlaceId]
) -> dict[PlaceId, tuple[CommitId, ...]]:
    """Accepted commits at doubling distances from the newest, where a history fills many messages.

    Heads that the other side doesn't know tell it nothing; of these it knows some, so neither has
    to begin with the first page, for ever.
    """
    long = await database.rows_in(
        "SELECT p.id, p.no FROM place_no p JOIN commits c ON c.place = p.no WHERE p.id IN ({keys})"
        f" GROUP BY p.no HAVING count(*) > {MESSAGE_COMMITS_MAX // 4:d}"
        f" OR sum(length(c.body)) > {OFFER_BYTES // 4:d}",
        [(place,) for place in sorted(places)],
    )
    found: dict[PlaceId, tuple[CommitId, ...]] = {}
    for place, number in long:
        rows = await database.rows(
            "SELECT id FROM commits WHERE place = ? AND accepted_at IS NOT NULL ORDER BY no DESC",
            (number,),
        )
        steps = [(1 << step) - 1 for step in range(len(rows).bit_length())]
        found[PlaceId(place)] = tuple(CommitId(rows[step][0]) for step in steps)
    return found


async def with_receipts(database: Database, numbers: Sequence[int]) -> list[Offered]:
    """Commits by their numbers, in that order, with the receipts held for them."""
    keys = [(number,) for number in numbers]
    bodies = {
        number: Sealed(body, signature)
        for number, body, signature in await database.rows_in(
            "SELECT no, body, signature FROM commits WHERE no IN ({keys})", keys
        )
    }
    receipts: dict[int, tuple[Receipt, ...]] = {}
    for number, *receipt in await database.rows_in(
        "SELECT commit_no, server, at, leaf, leaves, path, signature FROM receipt"
        " WHERE commit_no IN ({keys})",
        keys,
    ):
        receipts[number] = (*receipts.get(number, ()), Receipt(*receipt))
    return [Offered(bodies[number], receipts.get(number, ())) for number in numbers]


async def introduction(database: Database, kinds: Iterable[str], page: int) -> list[Offered]:
    """The accepted commits that registered devices, people and grants here, with all they build on:
    what a server that was put back to an old copy must have before anything else. Pages count from
    1; after the last they are empty.
    """
    marks = ",".join(f"'{kind}'" for kind in sorted(kinds))
    rows = await database.rows(
        "SELECT DISTINCT c.place, c.id FROM version v INDEXED BY version_definitions"
        f" JOIN commits c ON c.no = v.commit_no WHERE v.kind <> 'value' AND v.kind IN ({marks})"
        " AND c.accepted_at IS NOT NULL"
    )
    offered: list[Offered] = []
    for place in sorted({place for place, _ in rows}):
        names = [CommitId(commit) for there, commit in rows if there == place]
        offered += await with_receipts(database, await reached(database, place, names, ()))
    for _ in range(1, page):
        offered = offered[len(bounded(offered)) :]
    return bounded(offered)


def turn(now: int) -> bytes:
    """Where to begin in a list of ids of which only a part fits: elsewhere each second, so that
    what stands first and leads nowhere can't keep back what stands behind it.
    """
    return tagged_hash("turn", str(now).encode())


async def names_aside(database: Database, state: aside.State) -> tuple[CommitId, ...]:
    """The newest ids in a state, as many as one message names."""
    rows = await database.rows(
        "SELECT id FROM aside WHERE state = ? ORDER BY since DESC, id LIMIT ?",
        (state, CHANGE_NAMES_MAX),
    )
    return tuple(CommitId(row[0]) for row in rows)


def bounded(offered: Iterable[Offered], most_bytes: int = OFFER_BYTES) -> list[Offered]:
    """The first of them that one message takes: at least one."""
    part: list[Offered] = []
    size = 0
    for one in offered:
        size += len(one.sealed.body)
        if part and (size > most_bytes or len(part) >= MESSAGE_COMMITS_MAX):
            break
        part.append(one)
    return part


def _closure(parents: dict[int, list[int]], starts: Iterable[int]) -> set[int]:
    found: set[int] = set()
    stack = list(starts)
    while stack:
        number = stack.pop()
        if number not in found:
            found.add(number)
            stack.extend(parents[number])
    return found
