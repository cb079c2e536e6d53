"""Changes of values in the order in which this server accepted them, to be followed for ever.

A cursor names the commit that comes next, and how many of its changes were given. A server that was restored or made anew has another order: its
epoch differs, and whoever follows begins again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from server.catalogue.keeping import catalogue_of
from server.exchange.cursor import read, written
from server.exchange.selecting import indicators_asked
from sync import commit_bytes
from sync import period as periods
from sync.commit import Commit
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.limits import API_COMMITS_LOOKED_AT_MAX
from sync.problems import Problem
from sync.value import Type, shown_text

__all__ = ["ChangeRow", "Followed", "changes_page"]

_COMMITS_READ_AT_ONCE = 50
_COMMITS_READ_MAX = 500  # for one page
# What changed a value left one: a place that holds none has no commit worth reading.
_HEADS = (
    "SELECT c.position, p.id, EXISTS (SELECT 1 FROM version v WHERE v.place = c.place"
    " AND v.kind = 'value') FROM commits c CROSS JOIN place_no p ON p.no = c.place"
    " WHERE c.position >= ? ORDER BY c.position LIMIT ?"
)


class ChangeRow(NamedTuple):
    """One accepted change of one cell; who made it is not told.

    `position` is the commit's in the order of acceptance. An older version may be accepted later,
    and rivals both are: what stands in the cell in the end, `values` tells.
    """

    position: int
    accepted_at: str
    place: str
    period: str
    indicator: str
    value: str
    reason: str
    commit: str


class Followed(NamedTuple):
    """Some changes, the cursor at which it goes on, and whether there is more by now."""

    rows: list[ChangeRow]
    cursor: str
    more: bool


class _Wanted(NamedTuple):
    place: Callable[[PlaceId], bool]
    period: str
    codes: frozenset[str] | None
    limit: int


async def changes_page(
    books: Ledger,
    covers: Callable[[PlaceId], bool],
    *,
    since: str,
    limit: int,
    period: str = "",
    indicators: Sequence[str] = (),
) -> Followed:
    """The changes after a cursor, of places that `covers` lets through.

    So many commits are looked at for one page that it may be short or empty, with more to come.
    Raises `cursor-unknown`, `cursor-outdated`, `period-malformed`, `indicator-unknown`.
    """
    epoch = bytes(await books.database.meta("epoch") or b"").hex()
    position, within = _begin(since, epoch)
    catalogue = await catalogue_of(books)
    wanted = _Wanted(
        covers,
        periods.parse(period).text if period else "",
        frozenset(indicators_asked(catalogue, indicators)) if indicators else None,
        limit,
    )
    heads = await books.database.rows(_HEADS, (position, API_COMMITS_LOOKED_AT_MAX + 1))
    more = len(heads) > API_COMMITS_LOOKED_AT_MAX
    heads = heads[:API_COMMITS_LOOKED_AT_MAX]
    near = [one for one, place, has_values in heads if has_values and covers(PlaceId(place))]
    rows: list[ChangeRow] = []
    for start in range(0, len(near), _COMMITS_READ_AT_ONCE):
        if start == _COMMITS_READ_MAX:
            return Followed(rows, written(epoch, near[start], 0), more=True)
        for at, accepted_at, commit in await _commits(books, near[start:][:_COMMITS_READ_AT_ONCE]):
            first = within if at == position else 0
            stopped = _take(books, wanted, rows, (at, accepted_at, commit), first)
            if stopped is not None:
                return Followed(rows, written(epoch, at, stopped), more=True)
    if not heads:
        return Followed(rows, written(epoch, position, within), more=False)
    return Followed(rows, written(epoch, heads[-1][0] + 1, 0), more)


def _begin(since: str, epoch: str) -> tuple[int, int]:
    """The position at which it goes on, and how many changes there were given already."""
    key = read(since, str, int, int)
    if key is None:
        return 0, 0
    if key[0] != epoch:
        raise Problem("cursor-outdated")
    return int(key[1]), int(key[2])


async def _commits(books: Ledger, positions: Sequence[int]) -> list[tuple[int, int, Commit]]:
    found = await books.database.rows_in(
        "SELECT position, accepted_at, body FROM commits WHERE position IN ({keys})",
        [(one,) for one in positions],
    )
    return [(at, accepted, commit_bytes.decode(body)) for at, accepted, body in sorted(found)]


def _take(
    books: Ledger,
    wanted: _Wanted,
    rows: list[ChangeRow],
    found: tuple[int, int, Commit],
    first: int,
) -> int | None:
    """Adds a commit's changes from the `first`; where the page is full, which one is next."""
    position, accepted_at, commit = found
    for number, change in enumerate(commit.changes[first:], first):
        cell, value = change.cell, change.value
        if cell.kind != "value" or wanted.period not in ("", cell.subject):
            continue
        if wanted.codes is not None and cell.field not in wanted.codes:
            continue
        if len(rows) == wanted.limit:
            return number
        text, is_reason = shown_text(value), value.type is Type.REASON
        rows.append(
            ChangeRow(
                position,
                datetime.fromtimestamp(accepted_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                books.tree.code(commit.place, books.today()) or commit.place.hex(),
                cell.subject,
                cell.field,
                "" if is_reason else text,
                text if is_reason else "",
                commit.id.hex(),
            )
        )
    return None
