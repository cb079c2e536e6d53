"""What follows for commits that are here already: acceptance, vouching, and their withdrawal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from sync import history
from sync.ids import CommitId, PlaceId
from sync.ledger.apply import (
    CellChange,
    history_of,
    version_of,
    versions_of,
    write_receipts,
    write_versions,
)
from sync.ledger.database import Database
from sync.receipt import Receipt
from sync.value import Cell

ACCEPTED_HEADS = (
    "SELECT p.id, c.id FROM commits c JOIN place_no p ON p.no = c.place WHERE {where}"
    " AND c.accepted_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM parent e JOIN commits k"
    " ON k.no = e.child WHERE e.parent = c.no AND k.accepted_at IS NOT NULL)"
)


async def accept(
    database: Database, receipts: Mapping[CommitId, Sequence[Receipt]]
) -> list[CellChange]:
    """Keeps receipts of applied commits, which vouch for all ancestors.

    Returns the cells whose shown version became another by it.
    """
    rows = await database.rows_in(
        "SELECT id, no, place FROM commits WHERE id IN ({keys})", [(c,) for c in receipts]
    )
    await write_receipts(
        database, [(no, receipt) for commit, no, _ in rows for receipt in receipts[commit]]
    )
    await _vouch(database, [number for commit, number, _ in rows if receipts[commit]])
    return await show_again(database, {place for *_, place in rows})


async def _vouch(database: Database, numbers: Sequence[int]) -> None:
    """A commit's own receipts say when it was accepted; of an ancestor's, only that it was."""
    await database.run_many(
        "UPDATE commits SET accepted_at = (SELECT min(at) FROM receipt WHERE commit_no = ?1)"
        " WHERE no = ?1",
        [(number,) for number in numbers],
    )
    above = await database.rows_in(
        "SELECT DISTINCT c.accepted_at, c.no FROM commits c JOIN parent e ON e.child = c.no"
        " JOIN commits p ON p.no = e.parent AND p.accepted_at IS NULL WHERE c.no IN ({keys})",
        [(number,) for number in numbers],
    )
    await database.run_many(
        "WITH RECURSIVE above (no) AS (SELECT parent FROM parent WHERE child = ? UNION"
        " SELECT e.parent FROM above a JOIN commits c ON c.no = a.no AND c.accepted_at IS NULL"
        " JOIN parent e ON e.child = a.no)"
        " UPDATE commits SET accepted_at = ? WHERE accepted_at IS NULL"
        " AND no IN (SELECT no FROM above)",
        [(number, at) for at, number in sorted(above)],
    )


async def show_again(database: Database, places: Iterable[int]) -> list[CellChange]:
    """Chooses anew which of several versions is shown, at places where an acceptance came in."""
    changes: list[CellChange] = []
    for number in places:
        rows = await database.rows(
            "SELECT p.id, v.kind, v.subject, v.field, v.type, v.number, v.text, v.stamp, c.device,"
            " c.author, c.id, c.no, c.accepted_at"
            " FROM (SELECT DISTINCT kind, subject, field FROM version WHERE place = ?1"
            " AND shown = 0) r JOIN version v ON v.place = ?1 AND v.kind = r.kind"
            " AND v.subject = r.subject AND v.field = r.field"
            " JOIN commits c ON c.no = v.commit_no JOIN place_no p ON p.no = v.place"
            " ORDER BY v.shown DESC",
            (number,),
        )
        accepted = {row[10]: row[12] for row in rows}
        cells: dict[Cell, tuple[history.Version, ...]] = defaultdict(tuple)
        for row in rows:
            cells[Cell(*row[1:4])] += (version_of(row[4:11]),)
        moved = []
        for cell, before in cells.items():
            after = history.shown_first(before, accepted.__getitem__)
            if after[0] != before[0]:
                moved.append(CellChange(PlaceId(rows[0][0]), cell, before, after))
        if moved:
            numbers = {row[10]: row[11] for row in rows}
            await write_versions(database, {moved[0].place: number}, numbers, moved)
        changes += moved
    return changes


async def withdraw(
    database: Database, place: PlaceId, number: int, gone: Collection[CommitId]
) -> list[CellChange]:
    """Takes commits and all that they did out of a place; nothing that stays may build on them."""
    commits, rows = await history_of(database, number)
    numbers = {row[0]: row[1] for row in rows}
    accepted = {row[0]: row[2] for row in rows}
    left = [commit for commit in commits if commit.id not in gone]
    assert not any(set(commit.parents) & set(gone) for commit in left)
    cells = {ch.cell: None for c in commits if c.id in gone for ch in c.changes}
    subjects = {(place, cell.kind, cell.subject) for cell in cells}
    before, _ = await versions_of(database, {place: number}, subjects)
    after = history.fold(left, cells)
    changes = [
        CellChange(
            place,
            cell,
            before.get((place, cell), ()),
            history.shown_first(after.get(cell, ()), accepted.__getitem__),
        )
        for cell in cells
    ]
    await write_versions(database, {place: number}, numbers, changes)
    removed = [(numbers[commit],) for commit in gone]
    await database.run_many("DELETE FROM parent WHERE child = ?", removed)
    await database.run_many("DELETE FROM receipt WHERE commit_no = ?", removed)
    await database.run_many("DELETE FROM commits WHERE no = ?", removed)
    await database.run("DELETE FROM head WHERE place = ?", (number,))
    inner = {parent for commit in left for parent in commit.parents}
    await database.run_many(
        "INSERT INTO head (place, commit_no) VALUES (?, ?)",
        [(number, numbers[commit.id]) for commit in left if commit.id not in inner],
    )
    return changes


async def ahead(
    database: Database, places: Collection[PlaceId]
) -> dict[PlaceId, dict[CommitId, int]]:
    """When the commits were accepted whose device's clock was ahead of that, by place.

    Replicas must agree on these times too, since they decide what is shown first.
    """
    found: dict[PlaceId, dict[CommitId, int]] = {}
    for place, commit, at in await database.rows_in(
        "SELECT p.id, c.id, c.accepted_at FROM place_no p JOIN commits c INDEXED BY commits_ahead"
        " ON c.place = p.no AND c.accepted_at < c.last_stamp >> 20 WHERE p.id IN ({keys})",
        [(place,) for place in sorted(places)],
    ):
        found.setdefault(PlaceId(place), {})[CommitId(commit)] = at
    return found


async def accepted_heads(
    database: Database, places: Collection[PlaceId]
) -> dict[PlaceId, list[CommitId]]:
    """The accepted heads of each place: what fingerprints and the feed go by."""
    found: dict[PlaceId, list[CommitId]] = {}
    keys = [(place,) for place in sorted(places)]
    for place, commit in await database.rows_in(
        "SELECT p.id, c.id FROM place_no p JOIN head h ON h.place = p.no"
        " JOIN commits c ON c.no = h.commit_no WHERE p.id IN ({keys})",
        keys,
    ):
        found.setdefault(PlaceId(place), []).append(CommitId(commit))
    unsettled = await database.rows_in(
        "SELECT DISTINCT p.id, p.no FROM place_no p JOIN commits c ON c.place = p.no"
        " AND c.accepted_at IS NULL WHERE p.id IN ({keys})",
        keys,
    )
    for place, number in unsettled:
        rows = await database.rows(ACCEPTED_HEADS.format(where="c.place = ?"), (number,))
        found.pop(place, None)
        if rows:
            found[PlaceId(place)] = [CommitId(commit) for _, commit in rows]
    return found
