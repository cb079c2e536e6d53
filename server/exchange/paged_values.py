"""Values as they stand, page by page: sought by place and period, however many there are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from server.catalogue.keeping import catalogue_of
from server.exchange.cursor import Page, place_in, read, written
from server.exchange.listing import Reach, listed, resumed
from server.exchange.selecting import indicators_asked
from sync import period as periods
from sync.ids import PlaceId
from sync.ledger.database import Row
from sync.ledger.ledger import Ledger
from sync.limits import API_PLACES_LOOKED_AT_MAX
from sync.places import Tree
from sync.value import Type, Value, shown_text

__all__ = ["ValueRow", "values_page"]

_PLACES_AT_FIRST = 32
_PLACES_OF_ALL_PERIODS = 100  # whose every period is looked through for one page
_END = "~"  # behind every period's text


class ValueRow(NamedTuple):
    """What stands in one cell. `value` is text, '' where `reason` says why there is none.

    `disputed` says that versions stand which differ; `commit` names the one that is shown.
    """

    place: str
    period: str
    indicator: str
    value: str
    reason: str
    disputed: bool
    commit: str


_Found = tuple[PlaceId, list[Any]]
"""A place and one of its versions: period, indicator, type, number, text, disputed, commit."""


class _Asked(NamedTuple):
    tree: Tree
    day: date
    places: Sequence[PlaceId]
    period: str
    codes: Sequence[str] | None
    limit: int


async def values_page(
    books: Ledger,
    reach: Reach,
    *,
    period: str,
    indicators: Sequence[str],
    place_code: str,
    level: str,
    cursor: str,
    limit: int,
) -> Page[ValueRow]:
    """Some of the shown values of a place and all below it, place by place; all without one.

    Places lie as on the period's last day; today, where none is named. So many places are looked
    at for one page that it may be shorter than asked for, or empty, and be followed by others.
    Raises `period-malformed`, `indicator-unknown`, `place-unknown`, `level-unknown`,
    `cursor-unknown`.
    """
    named = periods.parse(period) if period else None
    catalogue = await catalogue_of(books)
    codes = indicators_asked(catalogue, indicators) if indicators else None
    day = min(named.end, books.today()) if named else books.today()
    places = listed(books.tree, day, reach, place_code, level)
    start, after = 0, ("", "", PlaceId(b""))
    if (key := read(cursor, str, str, str, str)) is not None:
        code, place, subject, field = map(str, key)
        after = subject, field, place_in(place)
        start = resumed(books.tree, day, places, code, after[2])
    most = API_PLACES_LOOKED_AT_MAX if named else _PLACES_OF_ALL_PERIODS
    part = places[start : start + most]
    asked = _Asked(books.tree, day, part, named.text if named else "", codes, limit)
    rows = await _found(books, asked, reach, after)
    return _page(asked, rows, is_last=start + most >= len(places))


async def _found(
    books: Ledger, asked: _Asked, reach: Reach, after: tuple[str, str, PlaceId]
) -> list[_Found]:
    """One version more than the limit, where there are so many: of a few places first, then of more."""
    found: list[_Found] = []
    start, step = 0, _PLACES_AT_FIRST
    while start < len(asked.places) and len(found) <= asked.limit:
        part = [one for one in asked.places[start : start + step] if reach.covers(one)]
        rows = await _rows(books, asked, part, after, asked.limit + 1 - len(found))
        found += [(part[at], row) for at, *row in rows]
        start, step = start + step, 2 * step
    return found


async def _rows(
    books: Ledger,
    asked: _Asked,
    places: Sequence[PlaceId],
    after: tuple[str, str, PlaceId],
    most: int,
) -> list[Row]:
    """So many at most: each a place's number in the list, and a version.

    The join is a nested loop in the order of the list, since it is a CROSS JOIN, and within a place
    by the table's key.
    """
    known: dict[bytes, int] = dict(
        await books.database.rows_in(
            "SELECT id, no FROM place_no WHERE id IN ({keys})", [(place,) for place in places]
        )
    )
    numbers = json.dumps([known.get(place) for place in places])
    subject, field, place = after
    values: list[object] = [numbers]
    sql = _SELECT
    if asked.period:
        sql += " AND v.subject = ?"
        values.append(asked.period)
    sql += " WHERE v.shown = 1"
    if asked.codes is not None:
        sql += " AND v.field IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(asked.codes))
    if places and places[0] == place:
        sql += " AND (k.key > 0 OR (v.subject, v.field) > (?, ?))"
        values += [subject, field]
    return await books.database.rows(sql + " LIMIT ?", [*values, most])


_SELECT = (
    "SELECT k.key, v.subject, v.field, v.type, v.number, v.text, v.disputed,"
    " (SELECT lower(hex(c.id)) FROM commits c WHERE c.no = v.commit_no)"
    " FROM json_each(?) k CROSS JOIN version v ON v.place = k.value AND v.kind = 'value'"
)


def _page(asked: _Asked, rows: Sequence[_Found], *, is_last: bool) -> Page[ValueRow]:
    def name(place: PlaceId) -> str:
        return asked.tree.code(place, asked.day)

    found = [
        _row(name(place) or place.hex(), subject, field, value, bool(disputed), commit)
        for place, (subject, field, *value, disputed, commit) in rows[: asked.limit]
    ]
    if len(rows) > asked.limit:
        place, (subject, field, *_) = rows[asked.limit - 1]
        return Page(found, written(name(place), place.hex(), subject, field))
    if is_last:
        return Page(found, "")
    last = asked.places[-1]
    return Page(found, written(name(last), last.hex(), _END, ""))


def _row(
    place: str, period: str, code: str, columns: Sequence[object], disputed: bool, commit: str
) -> ValueRow:
    kind, number, text = columns
    value = Value(Type(int(str(kind))), int(str(number)), str(text))
    shown = shown_text(value)
    is_reason = value.type is Type.REASON
    return ValueRow(
        place,
        period,
        code,
        "" if is_reason else shown,
        shown if is_reason else "",
        disputed,
        commit,
    )
