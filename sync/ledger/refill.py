"""Filling a new ledger with what is left of an old one, the same on laptops and servers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from sync.commit import Commit
from sync.ids import CommitId
from sync.ledger import aside
from sync.ledger.apply import Arrival
from sync.ledger.database import Database
from sync.ledger.edits import sign
from sync.ledger.ledger import Ledger
from sync.ledger.salvage import Found, Remains
from sync.ledger.take import known_commits, take
from sync.ledger.wholerows import is_text
from sync.trust import is_signed

__all__ = ["Told", "copy_tables", "known_of", "refill", "tables_of", "unproved"]

Told = Callable[[int], None]
"""Told how many commits were read so far."""

_COMMITS_AT_ONCE = 200
_TYPES: Mapping[str, tuple[type, ...]] = {
    "INTEGER": (int,),
    "TEXT": (str,),
    "BLOB": (bytes,),
    "ANY": (int, str, bytes),
}


async def refill(
    ledger: Ledger,
    remains: Remains,
    told: Told,
    *,
    without: Collection[CommitId] = (),
    as_server: bool = False,
) -> tuple[int, list[Found]]:
    """Applies all that can be; returns how many commits that were, and those that are left.

    A server takes only what is receipted, in its new order of acceptance; a laptop its own too.
    """
    count, left = 0, list[Found]()
    found = (one for one in remains.commits() if one.commit.id not in without)
    for part in _parts(found):
        arrivals = [_arrival(ledger, one) for one in part]
        if as_server:
            arrivals = [one for one in arrivals if one.receipts]
        async with ledger.transaction() as database:
            applied = await _take(ledger, database, arrivals, as_server=as_server)
        count += len(applied)
        left += [one for one in part if one.commit.id not in applied]
        told(count)
    return count, left


async def unproved(ledger: Ledger) -> set[CommitId]:
    """Applied commits of devices that are known, whose signatures are not theirs."""
    found: set[CommitId] = set()
    last = 0
    while rows := await ledger.database.rows(
        "SELECT no, id, device, signature FROM commits WHERE no > ? ORDER BY no LIMIT 1000", (last,)
    ):
        for number, name, device, signature in rows:
            last = number
            key = ledger.register.key(device)
            if key is not None and not is_signed(key, "commit", ledger.realm, name, signature):
                found.add(CommitId(name))
    return found


async def known_of(ledger: Ledger, commits: Iterable[Commit]) -> set[CommitId]:
    """Those of the commits that are applied."""
    return await known_commits(ledger.database, [commit.id for commit in commits])


async def copy_tables(database: Database, remains: Remains, tables: Iterable[str]) -> None:
    """Takes over the rows of tables that stand for themselves, those whose columns are what they
    must be; inside `writing()`.
    """
    for table in tables:
        told = await database.rows(f"PRAGMA table_info({table})")
        columns = [name for _, name, *_ in told]
        types = [_TYPES[kind] for _, _, kind, *_ in told]
        (key,) = (name for _, name, _, _, _, place in told if place == 1)
        marks = ",".join("?" * len(columns))
        await database.run_many(
            f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({marks})",
            [row for row in remains.rows(table, columns, key) if _fits(row, types)],
        )


async def tables_of(database: Database) -> set[str]:
    """The names of all tables."""
    rows = await database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")
    return {name for (name,) in rows}


async def _take(
    ledger: Ledger, database: Database, arrivals: list[Arrival], *, as_server: bool
) -> set[CommitId]:
    position = None
    if as_server:
        ((last,),) = await database.rows("SELECT coalesce(max(position), 0) FROM commits")
        position = int(last) + 1
    now = ledger.now()
    applied, changes = await take(
        database, arrivals, now, position=position, accepted_now=now if as_server else None
    )
    await aside.take_out(database, applied)
    await ledger.changed(changes)
    return set(applied)


def _arrival(ledger: Ledger, found: Found) -> Arrival:
    """With the receipts that are good; what this device signed it can sign again."""
    commit, signature = found.commit, found.signature
    good = tuple(r for r in found.receipts if ledger.is_receipted(r, commit.id))
    own = ledger.sealer.signer.public
    if commit.device == ledger.device and not is_signed(
        own, "commit", ledger.realm, commit.id, signature
    ):
        signature = sign(ledger.sealer, commit)
    return Arrival(commit, signature, good)


def _fits(row: Sequence[object], types: Sequence[tuple[type, ...]]) -> bool:
    pairs = zip(row, types, strict=True)
    return all(value is None or isinstance(value, kinds) for value, kinds in pairs) and all(
        is_text(value) for value in row if isinstance(value, str)
    )


def _parts(found: Iterator[Found]) -> Iterator[list[Found]]:
    while part := list(islice(found, _COMMITS_AT_ONCE)):
        yield part
