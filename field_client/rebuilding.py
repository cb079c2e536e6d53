"""Making a laptop whole whose database is damaged or gone.

What its own file still holds comes first: commits prove themselves, edits that weren't sealed are
taken as far as they are whole. What is missing the next syncs bring. The damaged file is kept. An
edit is sealed here where the database no longer holds what its author had seen: its commit names
that, and waits until it has come back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NamedTuple

from field_client.desk import PACKAGE, Desk
from sync import clock
from sync.commit import Change, commit_of
from sync.ids import ID_BYTES, CommitId, PlaceId
from sync.ledger import aside, identity, replacing, soundlog
from sync.ledger.apply import Arrival, apply
from sync.ledger.aside import Aside, State
from sync.ledger.database import Database
from sync.ledger.edits import Pending, sign
from sync.ledger.identity import Identity
from sync.ledger.ledger import FILE_NAME, SCHEMAS, Ledger
from sync.ledger.refill import Told, copy_tables, known_of, refill, tables_of, unproved
from sync.ledger.salvage import PENDING_COLUMNS, Remains, remains_of
from sync.ledger.soundfile import fault_in
from sync.ledger.take import arrange, known_commits
from sync.ledger.verify import snapshot, verify_ledger
from sync.limits import COMMIT_PARENTS_MAX
from sync.problems import Problem

__all__ = ["Rebuilt", "rebuild", "resume"]

_ANEW = {"cursor", "held_by_server"}
_TIMES = {"server_time", "last_contact", "last_stamp"}


class Rebuilt(NamedTuple):
    """What came of a damaged file: commits and edits that were in it and are in the new database.

    `waiting` counts own commits that need what only the server has; `lost` rows, or stretches of
    them, that could not be read; `kept` is where the damaged file lies now, if there was one.
    `resumed` says that an earlier rebuild, which was stopped, is done now.
    """

    commits: int = 0
    pending: int = 0
    waiting: int = 0
    lost: int = 0
    kept: Path | None = None
    resumed: bool = False


async def rebuild(folder: Path, now: Callable[[], int], told: Told) -> Rebuilt | None:
    """Puts a new database of the same laptop in place; None where nothing is wrong with the one
    that is there. Whenever this is stopped, it can be begun again.

    Raises `data-missing`, `rebuild-in-use`, `laptop-rebuild-keyless`, `storage-…`.
    """
    file = folder / FILE_NAME
    if replacing.is_unfinished(folder):
        return Rebuilt(kept=replacing.finish(folder), resumed=True)
    known = identity.read(folder)
    if known is None and not file.exists():
        raise Problem("data-missing", folder=str(folder))
    if known is not None and known.kind != "laptop":
        raise Problem("field-not-a-laptop", folder=folder)
    if soundlog.in_use(file):
        raise Problem("rebuild-in-use", file=str(file))
    if await _is_sound(folder, now):
        return None
    part = replacing.part_of(folder)
    try:
        own, made = await _make(file, part, known, now, told)
    except BaseException:
        replacing.drop(folder)
        raise
    identity.write(folder, own)
    return made._replace(kept=replacing.replace(folder))


async def resume(ledger: Ledger) -> int:
    """Applies own commits of a rebuilt laptop that waited for what has come since; how many."""
    waiting = await aside.in_state(ledger.database, State.HELD)
    own = [one for one in waiting if one.commit.device == ledger.device and not one.receipts]
    if not own:
        return 0
    async with ledger.transaction() as database:
        names = {name for one in own for name in (one.commit.id, *one.commit.parents)}
        known = await known_commits(database, names)
        arrivals = {one.commit.id: Arrival(one.commit, one.signature) for one in own}
        ready, _ = arrange(arrivals, known)
        await ledger.changed(await apply(database, ready))
        done = [arrival.commit.id for arrival in ready] + sorted(known & arrivals.keys())
        await aside.take_out(database, done)
    return len(ready)


async def _is_sound(folder: Path, now: Callable[[], int]) -> bool:
    """Whether the database is there and `verify` would find nothing."""
    file = folder / FILE_NAME
    if not file.exists() or not file.stat().st_size or fault_in(file, None):
        return False
    try:
        async with snapshot(folder, now) as ledger:
            await Desk.at(ledger)
            return (await verify_ledger(ledger)).ok
    except Problem as problem:
        if problem.code in {"data-newer", "data-foreign", "field-not-a-laptop"}:
            raise
        return False
    except Exception:  # noqa: BLE001 - what damage makes of a database may raise anything
        return False


async def _make(
    file: Path, part: Path, known: Identity | None, now: Callable[[], int], told: Told
) -> tuple[Identity, Rebuilt]:
    """Makes the new database; anew without them, if commits turn out not to be their devices'."""
    new = part / FILE_NAME
    without: set[CommitId] = set()
    while True:
        replacing.begin(file.parent)
        async with Database.open(new, SCHEMAS, create=True):
            pass
        source = file if file.exists() and file.stat().st_size else new
        with remains_of(source, part, new) as remains:
            own = identity.either(known, remains.identity("laptop"))
            if own is None:
                raise Problem("laptop-rebuild-keyless", folder=str(file.parent))
            async with Database.open(new, SCHEMAS) as database, database.writing():
                await identity.keep(database, own)
            async with Ledger.open(part, now, check=False) as ledger:
                made = await _fill(ledger, remains, told, without)
                wrong = await unproved(ledger)
                if not wrong:
                    whole = await identity.of_database(ledger.database, "laptop")
                    return whole, made
        without |= wrong


async def _fill(
    ledger: Ledger, remains: Remains, told: Told, without: Collection[CommitId]
) -> Rebuilt:
    await _take_settings(ledger, remains)
    count, left = await refill(ledger, remains, told, without=without)
    ours = await tables_of(ledger.database)
    await ledger.database.add(PACKAGE)
    ours = await tables_of(ledger.database) - ours
    asides = list(remains.asides())
    known = await known_of(ledger, [one.commit for one, _ in asides])
    edits = list(remains.pending())
    parents = await _parents(ledger, remains, edits)
    whole = [row for one, row in edits if one.edit.place not in parents]
    waiting = [
        Aside(
            one.commit, sign(ledger.sealer, one.commit), State.HELD, "unknown-parent", (), None, 0
        )
        for one in left
        if one.commit.device == ledger.device and not one.accepted
    ] + _sealed(ledger, [one for one, _ in edits if one.edit.place in parents], parents)
    async with ledger.transaction() as database:
        await copy_tables(database, remains, sorted(ours))
        marks = ",".join("?" * len(PENDING_COLUMNS))
        await database.run_many(
            f"INSERT OR IGNORE INTO pending ({', '.join(PENDING_COLUMNS)}) VALUES ({marks})", whole
        )
        await database.run_many(
            "INSERT OR IGNORE INTO page (edit, shown) VALUES (?, ?)", list(remains.pages())
        )
        for one, carrier in asides:
            if one.commit.id not in known:
                await aside.put(database, [one], carrier)  # type: ignore[arg-type]  # any bytes do
        await aside.put(database, [one._replace(since=ledger.now()) for one in waiting])
        stamps = [one.stamp for one, _ in edits]
        await _follow(ledger, database, [*stamps, *_stamps(waiting)])
    return Rebuilt(count, len(edits), len(waiting), remains.lost)


async def _take_settings(ledger: Ledger, remains: Remains) -> None:
    """What the laptop knew and was told; what it knew of its server the next sync renews."""
    meta = {
        name: value
        for name, value in remains.meta().items()
        if name not in _ANEW and isinstance(value, int if name in _TIMES else int | str | bytes)
    }
    scope = [
        (place,)
        for (place,) in remains.rows("scope", ("place",), "place")
        if isinstance(place, bytes) and len(place) == ID_BYTES
    ]
    async with ledger.transaction() as database:
        for name, value in meta.items():
            if await database.meta(name) is None:
                await database.set_meta(name, value)
        await database.run_many("INSERT OR IGNORE INTO scope (place) VALUES (?)", scope)


async def _parents(
    ledger: Ledger, remains: Remains, edits: list[tuple[Pending, tuple[object, ...]]]
) -> dict[PlaceId, set[CommitId]]:
    """For places of edits whose author had seen what isn't here: the newest that they had seen."""
    places = {one.edit.place for one, _ in edits}
    if not places:
        return {}
    then = {place: names for place, names in remains.heads().items() if place in places}
    known = await known_commits(
        ledger.database, {name for names in then.values() for name in names}
    )
    found: dict[PlaceId, set[CommitId]] = defaultdict(set)
    for place, name in await ledger.database.rows(
        "SELECT p.id, c.id FROM place_no p JOIN head h ON h.place = p.no"
        " JOIN commits c ON c.no = h.commit_no"
    ):
        found[PlaceId(place)].add(CommitId(name))
    return {place: names | found[place] for place, names in then.items() if not names <= known}


def _sealed(
    ledger: Ledger, edits: list[Pending], parents: dict[PlaceId, set[CommitId]]
) -> list[Aside]:
    groups: dict[tuple[object, ...], list[Pending]] = defaultdict(list)
    for one in edits:
        groups[one.edit.place, *one.edit[3:]].append(one)
    sealed = []
    for key in sorted(groups, key=repr):
        group = groups[key]
        edit = group[0].edit
        commit = commit_of(
            realm=ledger.realm,
            place=edit.place,
            parents=sorted(parents[edit.place])[:COMMIT_PARENTS_MAX],
            device=ledger.device,
            author=edit.author,
            grant=edit.grant,
            catalogue=edit.catalogue,
            changes=[
                Change(p.edit.cell, p.edit.value, p.stamp, p.unseen, p.replaced) for p in group
            ],
        )
        parents[edit.place] = {commit.id}
        signature = sign(ledger.sealer, commit)
        sealed.append(Aside(commit, signature, State.HELD, "unknown-parent", (), None, 0))
    return sealed


async def _follow(ledger: Ledger, database: Database, stamps: list[int]) -> None:
    """No stamp that this device has given comes again, as far as its file tells."""
    ((own,),) = await database.rows(
        "SELECT coalesce(max(last_stamp), 0) FROM commits WHERE device = ?", (ledger.device,)
    )
    last = await database.meta("last_stamp") or 0
    sane = [one for one in (*stamps, own) if clock.seconds(one) < clock.seconds(2**63 - 1)]
    await database.set_meta("last_stamp", max([last, *sane]))


def _stamps(asides: list[Aside]) -> list[int]:
    return [change.stamp for one in asides for change in one.commit.changes]
