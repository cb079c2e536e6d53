"""Pending edits: durable when `record` returns, sealed into commits before anything is applied."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import msgspec

from sync import commit_bytes
from sync.commit import Change, Commit, commit_of, edit_id
from sync.history import Version
from sync.ids import CommitId, DeviceId, EditId, GrantId, PersonId, PlaceId, RealmId
from sync.ledger.apply import Arrival, CellChange, apply, versions_of
from sync.ledger.database import Database
from sync.limits import COMMIT_CHANGES_MAX, COMMIT_PARENTS_MAX
from sync.trust import Signer
from sync.value import Cell, Type, Value


class Edit(NamedTuple):
    """What a person typed into one cell, and as whom."""

    place: PlaceId
    cell: Cell
    value: Value
    author: PersonId
    grant: GrantId
    catalogue: str = ""


class Pending(NamedTuple):
    """An edit that is kept here and not sealed yet."""

    edit: Edit
    stamp: int
    unseen: tuple[EditId, ...]
    replaced: tuple[EditId, ...]

    def name(self, device: DeviceId) -> EditId:
        """The edit's name for life."""
        return edit_id(device, self.edit.place, self.edit.cell, self.stamp, self.edit.value)


class Standing(NamedTuple):
    """What a page shows of one cell: the pending edit if there is one, and the versions."""

    versions: tuple[Version, ...]
    pending: Pending | None


class Sealer(NamedTuple):
    """As whom a device seals."""

    realm: RealmId
    device: DeviceId
    signer: Signer


_NAMES = msgspec.msgpack.Decoder(list[bytes])


async def standing(
    database: Database, place: PlaceId, subjects: Iterable[tuple[str, str]]
) -> dict[Cell, Standing]:
    """The cells of one place under each (kind, subject), with what is pending on top."""
    wanted = set(subjects)
    numbers = await _numbers(database, [place])
    keys = {(place, kind, subject) for kind, subject in wanted}
    versions, _ = await versions_of(database, numbers, keys)
    found = {cell: Standing(held, None) for (_, cell), held in versions.items()}
    for pending in await pendings(database, [place]):
        cell = pending.edit.cell
        if cell[:2] in wanted:
            held = found[cell].versions if cell in found else ()
            found[cell] = Standing(held, pending)
    return found


def displayed(standing_cell: Standing, place: PlaceId, cell: Cell, device: DeviceId) -> set[EditId]:
    """The names of the edits that a page of this cell shows."""
    held = {version.edit(place, cell) for version in standing_cell.versions}
    pending = standing_cell.pending
    return held if pending is None else {pending.name(device)} | held & set(pending.unseen)


async def record(
    database: Database, sealer: Sealer, edit: Edit, stamp: int, shown: Collection[EditId] | None
) -> list[CellChange]:
    """Keeps an edit, inside a transaction; `shown` is what its page displayed, None what stands.

    Seals first where the edit can't simply take a pending one's place: its page did not show that
    one, or the author, the grant or the catalogue is another.
    """
    place, cell, device = edit.place, edit.cell, sealer.device
    here = await _cell(database, place, cell)
    page = displayed(here, place, cell, device) if shown is None else set(shown)
    changes: list[CellChange] = []
    pending = here.pending
    if pending and (pending.name(device) not in page or _needs_seal(pending.edit, edit)):
        changes = await seal(database, sealer, [place])
        here = await _cell(database, place, cell)
        pending = None
    held = {version.edit(place, cell): version for version in here.versions}
    replaced: set[EditId] = set()
    seen = set(page)
    if pending:
        replaced = {pending.name(device), *pending.replaced}
        seen |= held.keys() - set(pending.unseen)
    missing = page - held.keys() - replaced
    through = await withdrawn_changes(database, device, place, cell, missing) if missing else []
    for commit, change, name in through:
        replaced |= {name, *change.replaced}
        seen |= await seen_by(database, commit, change, held)
    unseen = tuple(sorted(held.keys() - seen))
    await _keep(database, Pending(edit, stamp, unseen, tuple(sorted(replaced))))
    if unseen or shown is not None:
        name = edit_id(device, place, cell, stamp, edit.value)
        await database.run(
            "INSERT INTO page (edit, shown) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (name, msgspec.msgpack.encode(sorted(page))),
        )
    return changes


async def seal(
    database: Database, sealer: Sealer, places: Collection[PlaceId] | None = None
) -> list[CellChange]:
    """Makes commits of what is pending: one place, one author, one grant, one catalogue each."""
    groups: dict[tuple[PlaceId, PersonId, GrantId, str], list[Pending]] = defaultdict(list)
    for pending in await pendings(database, places):
        edit = pending.edit
        groups[edit.place, edit.author, edit.grant, edit.catalogue].append(pending)
    if not groups:
        return []
    tips = await _tips(database, {key[0] for key in groups})
    arrivals: list[Arrival] = []
    for key in sorted(groups):
        place, author, grant, catalogue = key
        for part in _parts(groups[key]):
            commit = commit_of(
                realm=sealer.realm,
                place=place,
                parents=sorted(tips[place])[:COMMIT_PARENTS_MAX],
                device=sealer.device,
                author=author,
                grant=grant,
                catalogue=catalogue,
                changes=[
                    Change(p.edit.cell, p.edit.value, p.stamp, p.unseen, p.replaced) for p in part
                ],
            )
            tips[place] = tips[place] - set(commit.parents) | {commit.id}
            arrivals.append(Arrival(commit, sign(sealer, commit)))
    known = await database.rows_in(
        "SELECT id FROM commits WHERE id IN ({keys})", [(a.commit.id,) for a in arrivals]
    )
    fresh = [a for a in arrivals if (a.commit.id,) not in set(known)]
    changes = await apply(database, fresh)
    await database.run_many(
        "DELETE FROM pending WHERE place = ?", [(place,) for place in {key[0] for key in groups}]
    )
    return changes


def sign(sealer: Sealer, commit: Commit) -> bytes:
    """The device's signature on a commit's id."""
    return sealer.signer.sign("commit", sealer.realm, commit.id)


async def pendings(database: Database, places: Collection[PlaceId] | None = None) -> list[Pending]:
    """What is pending, at all places or at these."""
    sql = (
        "SELECT place, kind, subject, field, type, number, text, author, grant_id, catalogue,"
        " stamp, unseen, replaced FROM pending"
    )
    if places is None:
        rows = await database.rows(sql)
    else:
        rows = await database.rows_in(sql + " WHERE place IN ({keys})", [(p,) for p in places])
    return [
        Pending(
            Edit(row[0], Cell(*row[1:4]), Value(Type(row[4]), row[5], row[6]), *row[7:10]),
            row[10],
            tuple(EditId(name) for name in _NAMES.decode(row[11])),
            tuple(EditId(name) for name in _NAMES.decode(row[12])),
        )
        for row in rows
    ]


async def seen_by(
    database: Database, commit: Commit, change: Change, held: dict[EditId, Version]
) -> set[EditId]:
    """Which of a cell's standing versions the author of a withdrawn commit's change had seen."""
    numbers = await database.rows_in(
        "SELECT no FROM commits WHERE id IN ({keys})", [(parent,) for parent in commit.parents]
    )
    marks = ",".join(str(int(number)) for (number,) in numbers) or "-1"
    above = await database.rows(
        "WITH RECURSIVE above (no) AS (SELECT no FROM commits WHERE no IN (" + marks + ") UNION"
        " SELECT e.parent FROM above a JOIN parent e ON e.child = a.no)"
        " SELECT c.id FROM above a JOIN commits c ON c.no = a.no"
    )
    ancestors = {CommitId(row[0]) for row in above}
    return {
        name
        for name, version in held.items()
        if version.commit in ancestors and name not in change.unseen
    }


async def page_of(database: Database, name: EditId) -> set[EditId] | None:
    """What the page of an own edit showed, None if it showed all that stood."""
    rows = await database.rows("SELECT shown FROM page WHERE edit = ?", (name,))
    return {EditId(edit) for edit in _NAMES.decode(rows[0][0])} if rows else None


async def _cell(database: Database, place: PlaceId, cell: Cell) -> Standing:
    found = await standing(database, place, [cell[:2]])
    return found.get(cell, Standing((), None))


def _needs_seal(before: Edit, after: Edit) -> bool:
    return before[3:] != after[3:]


async def _keep(database: Database, pending: Pending) -> None:
    edit = pending.edit
    await database.run(
        "INSERT INTO pending (place, kind, subject, field, type, number, text, author, grant_id,"
        " catalogue, stamp, unseen, replaced) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
        " ON CONFLICT (place, kind, subject, field) DO UPDATE SET type = excluded.type,"
        " number = excluded.number, text = excluded.text, author = excluded.author,"
        " grant_id = excluded.grant_id, catalogue = excluded.catalogue, stamp = excluded.stamp,"
        " unseen = excluded.unseen, replaced = excluded.replaced",
        (
            edit.place,
            *edit.cell,
            int(edit.value.type),
            edit.value.number,
            edit.value.text,
            *edit[3:],
            pending.stamp,
            msgspec.msgpack.encode(pending.unseen),
            msgspec.msgpack.encode(pending.replaced),
        ),
    )


async def withdrawn_changes(
    database: Database, device: DeviceId, place: PlaceId, cell: Cell, names: Collection[EditId]
) -> list[tuple[Commit, Change, EditId]]:
    """The device's own withdrawn changes of a cell that made one of these edits.

    Not those that overtyped one: they may have seen more, and who saw less must cover less.
    """
    rows = await database.rows(
        "SELECT body FROM aside WHERE place = ? AND device = ? AND state IN ('parked','withdrawn')",
        (place, device),
    )
    found = []
    for (body,) in rows:
        commit = commit_bytes.decode(body)
        for change in commit.changes:
            if change.cell == cell:
                name = edit_id(device, place, cell, change.stamp, change.value)
                if name in names:
                    found.append((commit, change, name))
    return found


async def _tips(database: Database, places: Collection[PlaceId]) -> dict[PlaceId, set[CommitId]]:
    tips: dict[PlaceId, set[CommitId]] = {place: set() for place in places}
    for place, commit in await database.rows_in(
        "SELECT p.id, c.id FROM place_no p JOIN head h ON h.place = p.no"
        " JOIN commits c ON c.no = h.commit_no WHERE p.id IN ({keys})",
        [(place,) for place in places],
    ):
        tips[PlaceId(place)].add(CommitId(commit))
    return tips


async def _numbers(database: Database, places: Sequence[PlaceId]) -> dict[PlaceId, int]:
    rows = await database.rows_in(
        "SELECT id, no FROM place_no WHERE id IN ({keys})", [(p,) for p in places]
    )
    return {PlaceId(place): number for place, number in rows}


def _parts(pending: list[Pending]) -> Iterable[list[Pending]]:
    for start in range(0, len(pending), COMMIT_CHANGES_MAX):
        yield pending[start : start + COMMIT_CHANGES_MAX]
