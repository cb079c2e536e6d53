"""What a laptop does when a commit of its own is refused: nothing else may suffer by it.

The refused commit is parked. What was built on it is sealed again with the refused commit's own
parents in its place and the stamps kept (as git rebases), and the touched cells are folded anew.
"""

from __future__ import annotations

from sync import history
from sync.commit import Change, Commit, commit_of, edit_id
from sync.history import Version
from sync.ids import CommitId, EditId
from sync.ledger import aside
from sync.ledger.acceptance import withdraw
from sync.ledger.apply import Arrival, CellChange, apply, history_of, versions_of
from sync.ledger.aside import Aside, State
from sync.ledger.database import Database
from sync.ledger.edits import Sealer, page_of, seen_by, sign, withdrawn_changes
from sync.ledger.seen import has_seen
from sync.ledger.take import known_commits
from sync.receipt import Refusal


async def park(database: Database, sealer: Sealer, refusal: Refusal, now: int) -> list[CellChange]:
    """Parks an own commit that a server refused and seals again what was built on it.

    Does nothing where the commit is not applied here or a server has accepted it: one acceptance
    outweighs every refusal.
    """
    rows = await database.rows(
        "SELECT place, accepted_at FROM commits WHERE id = ?", (refusal.commit,)
    )
    if not rows or rows[0][1] is not None:
        return []
    number = rows[0][0]
    commits, _ = await history_of(database, number)
    ordered = history.topological(commits)
    masks = history.ancestor_masks(ordered)
    bit = {commit.id: 1 << index for index, commit in enumerate(ordered)}
    refused = next(commit for commit in ordered if commit.id == refusal.commit)
    tail = [c for c, mask in zip(ordered, masks, strict=True) if mask & bit[refused.id]]
    signatures: dict[CommitId, bytes] = dict(
        await database.rows_in(
            "SELECT id, signature FROM commits WHERE id IN ({keys})",
            [(commit.id,) for commit in (refused, *tail)],
        )
    )
    changes = await withdraw(database, refused.place, number, {c.id for c in (refused, *tail)})
    parked = Aside(refused, signatures[refused.id], State.PARKED, refusal.reason, (), refusal, now)
    others = [
        Aside(commit, signatures[commit.id], State.WITHDRAWN, "parent-refused", (), None, now)
        for commit in tail
    ]
    await aside.put(database, [parked, *others])
    return changes + await _seal_again(database, sealer, refused, tail, number)


async def _seal_again(
    database: Database, sealer: Sealer, refused: Commit, tail: list[Commit], number: int
) -> list[CellChange]:
    renamed: dict[CommitId, tuple[CommitId, ...]] = {refused.id: refused.parents}
    taken = {change.cell: change for change in refused.changes}
    changes: list[CellChange] = []
    for commit in tail:
        again = commit_of(
            realm=commit.realm,
            place=commit.place,
            parents=mapped_parents(commit, renamed),
            device=commit.device,
            author=commit.author,
            grant=commit.grant,
            catalogue=commit.catalogue,
            act=commit.act,
            changes=[
                await _without(database, refused, taken[change.cell], change, number)
                if change.cell in taken
                else change
                for change in commit.changes
            ],
        )
        renamed[commit.id] = (again.id,)
        if not await known_commits(database, [again.id]):  # a clone may have made it, too
            changes += await apply(database, [Arrival(again, sign(sealer, again))])
    return changes


def mapped_parents(commit: Commit, renamed: dict[CommitId, tuple[CommitId, ...]]) -> list[CommitId]:
    """A commit's parents with the refused one's own parents, and new names, in their places."""
    return [name for parent in commit.parents for name in renamed.get(parent, (parent,))]


async def _without(
    database: Database, refused: Commit, before: Change, change: Change, number: int
) -> Change:
    """A change of a cell that the refused commit wrote too, so that it says what its author saw.

    Who saw the refused edit overtypes it for ever, though no parent names it any more; who didn't
    see it must not cover what only the refused edit had covered. That an edit isn't listed as
    unseen doesn't say that it was seen: one that is listed may have covered it.
    """
    place, cell = refused.place, change.cell
    name = edit_id(refused.device, place, cell, before.stamp, before.value)
    own = edit_id(refused.device, place, cell, change.stamp, change.value)
    if not change.unseen or (
        name not in change.unseen and await has_seen(database, refused, cell, own, name)
    ):
        return change._replace(replaced=(*change.replaced, name, *before.replaced))
    versions, _ = await versions_of(database, {place: number}, [(place, cell.kind, cell.subject)])
    held: dict[EditId, Version] = {v.edit(place, cell): v for v in versions.get((place, cell), ())}
    page = await page_of(database, own) or set()
    missing = page - held.keys()
    for commit, seen, _ in await withdrawn_changes(database, refused.device, place, cell, missing):
        page |= await seen_by(database, commit, seen, held)
    uncovered = await seen_by(database, refused, before, held)
    return change._replace(unseen=(*change.unseen, *(uncovered - page)))
