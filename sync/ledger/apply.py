"""Applying commits: gather what they touch, decide purely, write in a few statements.

Many commits go in together: a server's transaction takes those of up to 64 laptops. The caller has
opened the transaction, has checked the commits, and hands them in with parents before children.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sync import commit_bytes, history
from sync.commit import Commit
from sync.history import Version
from sync.ids import CommitId, DeviceId, PersonId, PlaceId
from sync.ledger.database import Database, Row
from sync.receipt import Receipt
from sync.value import Cell, Type, Value


class Arrival(NamedTuple):
    """A commit that is about to be applied, with the receipts that came with it."""

    commit: Commit
    signature: bytes
    receipts: tuple[Receipt, ...] = ()
    accepted_now: int | None = None

    @property
    def accepted_at(self) -> int | None:
        """The second of the earliest acceptance, None if no server accepted it yet."""
        times = [receipt.at for receipt in self.receipts]
        if self.accepted_now is not None:
            times.append(self.accepted_now)
        return min(times, default=None)


class CellChange(NamedTuple):
    """A cell's versions before and after, the shown one first."""

    place: PlaceId
    cell: Cell
    before: tuple[Version, ...]
    after: tuple[Version, ...]


@dataclass
class Ground:
    """What the ledger holds of the places that commits arrive at."""

    numbers: dict[PlaceId, int]
    heads: dict[PlaceId, dict[CommitId, int]] = field(default_factory=lambda: defaultdict(dict))
    stamps: dict[tuple[PlaceId, DeviceId], int] = field(default_factory=dict)
    accepted: dict[CommitId, int | None] = field(default_factory=dict)
    commit_numbers: dict[CommitId, int] = field(default_factory=dict)
    histories: dict[PlaceId, list[Commit]] = field(default_factory=dict)
    versions: dict[tuple[PlaceId, Cell], tuple[Version, ...]] = field(default_factory=dict)


async def apply(
    database: Database, arrivals: Sequence[Arrival], *, position: int | None = None
) -> list[CellChange]:
    """Applies commits that are not here yet; on a server, `position` is the next in its order."""
    if not arrivals:
        return []
    by_place: dict[PlaceId, list[Arrival]] = defaultdict(list)
    for arrival in arrivals:
        by_place[arrival.commit.place].append(arrival)
    ground = await _gather(database, by_place)
    changes = [
        change for place, there in by_place.items() for change in _decide(ground, place, there)
    ]
    await _write(database, ground, arrivals, changes, position)
    return changes


async def number_places(database: Database, places: Iterable[PlaceId]) -> dict[PlaceId, int]:
    """This file's numbers of the places, given out where they have none."""
    wanted = sorted(set(places))
    await database.run_many(
        "INSERT INTO place_no (id) VALUES (?) ON CONFLICT DO NOTHING", [(p,) for p in wanted]
    )
    rows = await database.rows_in(
        "SELECT id, no FROM place_no WHERE id IN ({keys})", [(p,) for p in wanted]
    )
    return {PlaceId(place): number for place, number in rows}


async def versions_of(
    database: Database, numbers: dict[PlaceId, int], subjects: Iterable[tuple[PlaceId, str, str]]
) -> tuple[dict[tuple[PlaceId, Cell], tuple[Version, ...]], list[Row]]:
    """The versions of all cells under (place, kind, subject), the shown one first, and their
    commits as rows of (id, number, accepted_at).
    """
    names = {number: place for place, number in numbers.items()}
    rows = await database.rows_in(
        "SELECT v.place, v.kind, v.subject, v.field, v.type, v.number, v.text, v.stamp, c.device,"
        " c.author, c.id, c.no, c.accepted_at FROM {seek} version v"
        " ON v.place = k.column1 AND v.kind = k.column2 AND v.subject = k.column3"
        " JOIN commits c ON c.no = v.commit_no ORDER BY v.shown DESC",
        sorted({(numbers[p], kind, subject) for p, kind, subject in subjects if p in numbers}),
    )
    found: dict[tuple[PlaceId, Cell], tuple[Version, ...]] = defaultdict(tuple)
    for row in rows:
        found[names[row[0]], Cell(*row[1:4])] += (version_of(row[4:11]),)
    return found, [(row[10], row[11], row[12]) for row in rows]


def version_of(row: Sequence[object]) -> Version:
    """A version from columns (type, number, text, stamp, device, author, commit id)."""
    kind, number, text, stamp, device, author, commit = row
    value = Value(Type(kind), number, text)  # type: ignore[arg-type]  # the schema is STRICT
    return Version(value, stamp, DeviceId(device), PersonId(author), CommitId(commit))  # type: ignore[arg-type]  # as above


async def history_of(database: Database, number: int) -> tuple[list[Commit], list[Row]]:
    """A place's applied commits, and rows of (id, number, accepted_at)."""
    rows = await database.rows(
        "SELECT body, id, no, accepted_at FROM commits WHERE place = ?", (number,)
    )
    return [commit_bytes.decode(row[0]) for row in rows], [row[1:] for row in rows]


async def _gather(database: Database, by_place: dict[PlaceId, list[Arrival]]) -> Ground:
    ground = Ground(await number_places(database, by_place))
    names = {number: place for place, number in ground.numbers.items()}
    keys = [(number,) for number in names]
    for number, commit, no, accepted in await database.rows_in(
        "SELECT h.place, c.id, c.no, c.accepted_at FROM head h JOIN commits c ON c.no = h.commit_no"
        " WHERE h.place IN ({keys})",
        keys,
    ):
        ground.heads[names[number]][CommitId(commit)] = no
        ground.commit_numbers[CommitId(commit)] = no
        ground.accepted[CommitId(commit)] = accepted
    for number, device, stamp in await database.rows_in(
        "SELECT place, device, max(last_stamp) FROM commits WHERE place IN ({keys})"
        " GROUP BY place, device",
        keys,
    ):
        ground.stamps[names[number], DeviceId(device)] = stamp
    for place, there in by_place.items():
        if not _is_line(ground, place, there):
            ground.histories[place], rows = await history_of(database, ground.numbers[place])
            _note_commits(ground, rows)
    touched = {
        (place, change.cell.kind, change.cell.subject)
        for place, there in by_place.items()
        for arrival in there
        for change in arrival.commit.changes
    }
    ground.versions, rows = await versions_of(database, ground.numbers, touched)
    _note_commits(ground, rows)
    return ground


def _note_commits(ground: Ground, rows: Iterable[Row]) -> None:
    for commit, number, accepted in rows:
        ground.commit_numbers[commit] = number
        ground.accepted[commit] = accepted


def _is_line(ground: Ground, place: PlaceId, arrivals: Sequence[Arrival]) -> bool:
    """Whether each commit covers all before it and none of its edits can have been here before."""
    heads: Iterable[CommitId] = ground.heads[place]
    stamps: dict[DeviceId, int] = {}
    for commit, *_rest in arrivals:
        device = commit.device
        last = stamps.get(device, ground.stamps.get((place, device), -1))
        if not history.covers_all(commit, tuple(heads)):
            return False
        if min(change.stamp for change in commit.changes) <= last:
            return False
        stamps[device] = max(change.stamp for change in commit.changes)
        heads = (commit.id,)
    return True


def _decide(ground: Ground, place: PlaceId, arrivals: Sequence[Arrival]) -> list[CellChange]:
    for arrival in arrivals:
        ground.accepted[arrival.commit.id] = arrival.accepted_at
    commits = [arrival.commit for arrival in arrivals]
    cells = {change.cell: None for commit in commits for change in commit.changes}
    before = {cell: ground.versions.get((place, cell), ()) for cell in cells}
    after: dict[Cell, tuple[Version, ...]]
    if place in ground.histories:
        after = history.fold([*ground.histories[place], *commits], cells)
    else:
        after = dict(before)
        for commit in commits:
            for change in commit.changes:
                after[change.cell] = history.supersede(place, commit, change, after[change.cell])
    return [
        CellChange(
            place, cell, before[cell], history.shown_first(after[cell], ground.accepted.__getitem__)
        )
        for cell in cells
    ]


async def _write(
    database: Database,
    ground: Ground,
    arrivals: Sequence[Arrival],
    changes: Sequence[CellChange],
    position: int | None,
) -> None:
    ((number,),) = await database.rows("SELECT coalesce(max(no), 0) FROM commits")
    rows: list[Row] = []
    for offset, arrival in enumerate(arrivals):
        commit = arrival.commit
        ground.commit_numbers[commit.id] = number = number + 1
        last_stamp = max(change.stamp for change in commit.changes)
        place = None if position is None else position + offset
        owner = (ground.numbers[commit.place], commit.device, commit.author, last_stamp)
        content = (commit.body, arrival.signature, arrival.accepted_at, place)
        rows.append((number, commit.id, *owner, *content))
    await database.run_many(
        "INSERT INTO commits (no, id, place, device, author, last_stamp, body, signature,"
        " accepted_at, position) VALUES (?,?,?,?,?,?,?,?,?,?)",
        rows,
    )
    await _write_graph(database, ground, [arrival.commit for arrival in arrivals])
    await write_receipts(
        database,
        [(ground.commit_numbers[a.commit.id], receipt) for a in arrivals for receipt in a.receipts],
    )
    await write_versions(database, ground.numbers, ground.commit_numbers, changes)


async def _write_graph(database: Database, ground: Ground, commits: Sequence[Commit]) -> None:
    numbers = ground.commit_numbers
    parents = {parent for commit in commits for parent in commit.parents}
    unknown = [(parent,) for parent in sorted(parents - numbers.keys())]
    for commit_id, number in await database.rows_in(
        "SELECT id, no FROM commits WHERE id IN ({keys})", unknown
    ):
        numbers[commit_id] = number
    edges = [(numbers[c.id], numbers[parent]) for c in commits for parent in c.parents]
    await database.run_many("INSERT INTO parent (child, parent) VALUES (?, ?)", edges)
    heads = {commit.id: ground.numbers[commit.place] for commit in commits}
    for commit in commits:
        for parent in commit.parents:
            heads.pop(parent, None)
    await database.run_many(
        "DELETE FROM head WHERE place = ? AND commit_no = ?",
        [(ground.numbers[c.place], numbers[parent]) for c in commits for parent in c.parents],
    )
    await database.run_many(
        "INSERT INTO head (place, commit_no) VALUES (?, ?)",
        [(place, numbers[commit_id]) for commit_id, place in heads.items()],
    )


async def write_receipts(database: Database, receipts: Sequence[tuple[int, Receipt]]) -> None:
    """Keeps receipts of commits by their numbers; the earliest of each server counts."""
    await database.run_many(
        "INSERT INTO receipt (commit_no, server, at, leaf, leaves, path, signature)"
        " VALUES (?,?,?,?,?,?,?) ON CONFLICT (commit_no, server) DO UPDATE SET at = excluded.at,"
        " leaf = excluded.leaf, leaves = excluded.leaves, path = excluded.path,"
        " signature = excluded.signature WHERE excluded.at < receipt.at",
        [(n, r.server, r.at, r.leaf, r.leaves, r.path, r.signature) for n, r in receipts],
    )


async def write_versions(
    database: Database,
    places: dict[PlaceId, int],
    commits: dict[CommitId, int],
    changes: Sequence[CellChange],
) -> None:
    """Makes the changed cells' rows what they are now."""
    await database.run_many(
        "DELETE FROM version WHERE place = ? AND kind = ? AND subject = ? AND field = ?",
        [(places[change.place], *change.cell) for change in changes if change.before],
    )
    rows: list[Row] = []
    for place, cell, _, after in changes:
        rival = history.disputed(after) if len(after) > 1 else False
        for index, (value, stamp, _device, _author, commit) in enumerate(after):
            shown = (int(index == 0), int(index == 0 and rival))
            number = (commits[commit], stamp, int(value.type), value.number, value.text)
            rows.append((places[place], *cell, *number, *shown))
    await database.run_many(
        "INSERT INTO version (place, kind, subject, field, commit_no, stamp, type, number, text,"
        " shown, disputed) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
        rows,
    )
