"""What adjustments come to at a place and below, and each of them with its words and its author.

An adjustment counts at its own place and at all above it, by the hierarchy of the period's end or
by today's. There are few of them: all of a period and an indicator are read at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from sync import clock
from sync.adjusting import KIND, Adjustment, adjustment, is_adjustable
from sync.catalogue import Catalogue
from sync.ids import CommitId, PersonId, PlaceId
from sync.ledger.database import Row
from sync.ledger.ledger import Ledger
from sync.period import Period, parse
from sync.placecontext import period_of
from sync.value import Type, Value

__all__ = ["Adjusted", "Entry", "Key", "adjusted", "adjusted_in", "entries", "listed"]


_KEYS_MAX = 50
_AMOUNTS = "SELECT a.period, a.indicator, p.id, a.amount"

Key = tuple[str, str, int]
"""Period, indicator and place's number, by which the list of all is read on."""


class Adjusted(NamedTuple):
    """What to add to a reported total, in 1/10 000, and how many adjustments that is."""

    amount: int = 0
    number: int = 0


class Entry(NamedTuple):
    """One adjustment as it stands; `rivals` are others filed at the same time, unseen by each."""

    place: PlaceId
    period: str
    indicator: str
    said: Adjustment
    person: PersonId
    typed_at: int
    accepted_at: int | None
    commit: CommitId
    rivals: int


async def adjusted(
    books: Ledger,
    catalogue: Catalogue,
    places: Collection[PlaceId],
    period: Period,
    codes: Collection[str],
    today: date | None = None,
) -> dict[tuple[PlaceId, str], Adjusted]:
    """What to add to the totals of exactly that period, where there is anything to add.

    `today` asks for today's hierarchy; None for that of the period's end.
    """
    found = await adjusted_in(books, catalogue, places, [period.text], codes, today)
    return {(place, code): there for (place, _, code), there in found.items()}


async def adjusted_in(
    books: Ledger,
    catalogue: Catalogue,
    places: Collection[PlaceId],
    periods: Iterable[str],
    codes: Collection[str],
    today: date | None = None,
) -> dict[tuple[PlaceId, str, str], Adjusted]:
    """The same for many periods, by place, period and code."""
    wanted = set(places)
    found: dict[tuple[PlaceId, str, str], Adjusted] = {}
    for text, code, place, amount in await _amounts(books, catalogue, periods, codes):
        day = today or parse(text).end
        for above in wanted.intersection(_chain(books, PlaceId(place), day)):
            there = found.get((above, text, code), Adjusted())
            found[above, text, code] = Adjusted(there.amount + amount, there.number + 1)
    return found


async def _amounts(
    books: Ledger, catalogue: Catalogue, periods: Iterable[str], codes: Collection[str]
) -> list[Row]:
    """Period, code, place and amount of those that may count; of many codes, a period's at once."""
    there = [one for one in map(period_of, sorted(set(periods))) if one]
    keys = [
        (period.text, code)
        for period in there
        for code in sorted(set(codes))
        if code in catalogue.indicators and is_adjustable(catalogue.indicators[code], period)
    ]
    if len(keys) > _KEYS_MAX:
        allowed = set(keys)
        rows = await books.database.rows_in(
            f"{_AMOUNTS} FROM adjustment a JOIN place_no p ON p.no = a.place"
            " WHERE a.period IN ({keys}) AND a.amount <> 0",
            [(period.text,) for period in there],
        )
        return [row for row in rows if row[:2] in allowed]
    return await books.database.rows_in(
        f"{_AMOUNTS} FROM {{seek}} adjustment a ON a.period = k.column1 AND"
        " a.indicator = k.column2 JOIN place_no p ON p.no = a.place WHERE a.amount <> 0",
        keys,
    )


async def entries(books: Ledger, keys: Collection[tuple[str, str]]) -> list[Entry]:
    """All adjustments of those periods and indicators."""
    rows = await books.database.rows_in(
        f"{_ENTRIES} FROM {{seek}} adjustment a ON a.period = k.column1 AND"
        f" a.indicator = k.column2 {_JOINED}",
        sorted(set(keys)),
    )
    found = [one for row in rows if (one := _entry(row))]
    tree, day = books.tree, books.today()
    found.sort(key=lambda one: (one.period, one.indicator, tree.code(one.place, day), one.place))
    return found


_ENTRIES = (
    "SELECT p.id, a.period, a.indicator, v.type, v.number, v.text, c.author, v.stamp,"
    " c.accepted_at, c.id, (SELECT count(*) FROM version r WHERE r.place = a.place AND"
    f" r.kind = '{KIND}' AND r.subject = a.period AND r.field = a.indicator) - 1"
)
# CROSS keeps the order: adjustments are few, and the rest is sought for each.
_JOINED = (
    f"CROSS JOIN version v ON v.place = a.place AND v.kind = '{KIND}' AND v.subject = a.period"
    " AND v.field = a.indicator AND v.shown = 1 CROSS JOIN place_no p ON p.no = a.place"
    " CROSS JOIN commits c ON c.no = v.commit_no"
)


async def listed(
    books: Ledger, after: Key, most: int, period: str = "", code: str = ""
) -> list[tuple[Key, Entry]]:
    """Some adjustments after a key, the latest periods first: each with its own key."""
    rows = await books.database.rows(
        f"{_ENTRIES}, a.place FROM adjustment a {_JOINED}"
        " WHERE (a.period < ? OR (a.period = ? AND (a.indicator, a.place) > (?, ?)))"
        f"{' AND a.period = ?' if period else ''}{' AND a.indicator = ?' if code else ''}"
        " ORDER BY a.period DESC, a.indicator, a.place LIMIT ?",
        (*after[:1], *after, *filter(None, (period, code)), most),
    )
    return [((row[1], row[2], row[-1]), one) for row in rows if (one := _entry(row[:-1]))]


def _entry(row: Row) -> Entry | None:
    """An entry from the columns that `_ENTRIES` names."""
    place, period, code, kind, number, text, author, stamp, accepted, commit, rivals = row
    said = adjustment(Value(Type(kind), number, text))
    if said is None:
        return None
    return Entry(
        PlaceId(place),
        period,
        code,
        said,
        PersonId(author),
        clock.seconds(stamp),
        accepted,
        CommitId(commit),
        rivals,
    )


def _chain(books: Ledger, place: PlaceId, day: date) -> tuple[PlaceId, ...]:
    return (place, *books.tree.ancestors(place, day), books.root)
