"""Taking back one's own last word on a form, as long as nothing followed it."""

from __future__ import annotations

from collections.abc import Collection

from server.desk.acting import Write
from server.review.formstate import FormState
from sync import commit_bytes
from sync.ids import CommitId, PersonId
from sync.ledger.ledger import Ledger
from sync.review import SUBMITTED
from sync.value import Cell, Value, text_value

__all__ = ["undone_by", "values_before"]

_COMMITS_AT_ONCE = 50


async def undone_by(books: Ledger, person: PersonId, state: FormState) -> list[Write] | None:
    """What puts the review back to where it was before this person's last decision; None where the
    last word is another's, or anything came after it.
    """
    if len(state.decided) != 1 or state.decided[0].author != person or not state.decisions:
        return None
    seen = set(state.decisions[0].saw)
    filed = {one.commit.hex() for one in state.submission if one.value == SUBMITTED}
    if filed != seen or state.changed or state.asked or _is_answered(state):
        return None
    last = state.decided[0].commit
    rows = await books.database.rows(
        "SELECT body, position, place FROM commits WHERE id = ?", (last,)
    )
    if not rows:
        return None
    body, position, place = rows[0]
    cells = [one.cell for one in commit_bytes.decode(body).changes if one.cell.kind == "review"]
    if any(_commits(state, cell) != {last} for cell in cells):
        return None
    before = await values_before(books, place, position, cells)
    return [Write(cell, before.get(cell, text_value(""))) for cell in cells]


def _is_answered(state: FormState) -> bool:
    """Whether what the decision sent back has an answer."""
    last = state.decided[0].commit
    return any(
        code not in state.open_returns
        for code in state.returns
        if _commits(state, Cell("review", state.at.subject, code)) == {last}
    )


def _commits(state: FormState, cell: Cell) -> set[CommitId]:
    return {one.commit for one in state.cells.get(cell, ())}


async def values_before(
    books: Ledger, place: int, position: int, cells: Collection[Cell]
) -> dict[Cell, Value]:
    """What was filed last in those cells before that position, looked for from the latest on."""
    found: dict[Cell, Value] = {}
    while len(found) < len(cells):
        rows = await books.database.rows(
            "SELECT position, body FROM commits WHERE place = ? AND position < ?"
            " ORDER BY position DESC LIMIT ?",
            (place, position, _COMMITS_AT_ONCE),
        )
        if not rows:
            break
        position = rows[-1][0]
        for _, body in rows:
            for change in commit_bytes.decode(body).changes:
                if change.cell in cells:
                    found.setdefault(change.cell, change.value)
    return found
