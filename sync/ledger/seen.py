"""Whether the author of an own edit had seen another one of the cell: on the page, or through what
that showed. It is asked where an edit lists others as unseen, since `unseen` names what stood and
not what lay beneath that.
"""

from __future__ import annotations

from collections import defaultdict

from sync import commit_bytes, history
from sync.commit import Change, Commit, edit_id
from sync.ids import EditId
from sync.ledger.database import Database
from sync.ledger.edits import page_of
from sync.value import Cell

__all__ = ["has_seen"]

_Made = dict[EditId, list[tuple[int, Change]]]
"""Each edit's changes, with the commits of their histories as bits, their own left out."""


async def has_seen(
    database: Database, beside: Commit, cell: Cell, later: EditId, earlier: EditId
) -> bool:
    """Whether the author of `later` had seen `earlier`; the device that made `beside` made both, in
    that commit's place.

    Pages are kept while anything waits for its acceptance. Where none is left and nothing else
    tells, the answer is no: what was not surely seen must not be covered.
    """
    made, bits = await _own_changes(database, beside, cell, earlier)
    looked_at: set[EditId] = set()
    left = {later}
    while left:
        name = left.pop()
        if name == earlier:
            return True
        looked_at.add(name)
        for above, change in made[name]:
            if earlier in change.replaced or (above & bits and not change.unseen):
                return True
        left |= (await page_of(database, name) or set()) - looked_at
    return False


async def _own_changes(
    database: Database, beside: Commit, cell: Cell, wanted: EditId
) -> tuple[_Made, int]:
    """The device's changes of the cell in all its commits, also those aside, and which of these
    made the wanted edit.
    """
    rows = await database.rows(
        "SELECT c.body FROM commits c JOIN place_no p ON p.no = c.place WHERE p.id = ?1"
        " UNION SELECT body FROM aside WHERE place = ?1 AND device = ?2",
        (beside.place, beside.device),
    )
    ordered = history.topological([commit_bytes.decode(body) for (body,) in rows])
    masks = history.ancestor_masks(ordered)
    made: _Made = defaultdict(list)
    bits = 0
    for index, commit in enumerate(ordered):
        if commit.device != beside.device:
            continue
        for change in commit.changes:
            if change.cell == cell:
                name = edit_id(commit.device, commit.place, cell, change.stamp, change.value)
                made[name].append((masks[index], change))
                bits |= 1 << index if name == wanted else 0
    return made, bits
