"""Through which definitions an indicator went, and since when each holds.

Definitions are cells of the realm's place, and its commits tell all they ever were: those that came
since are read when somebody asks, and what they said is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple
from weakref import WeakKeyDictionary

from server.rollup.reach import series_read
from sync.catalogue import Catalogue
from sync.commit_bytes import decode
from sync.definition import Indicator, read
from sync.inforce import FIELD
from sync.ledger.ledger import CHINA, Ledger
from sync.period import Period
from sync.problems import Problem

__all__ = ["Edition", "breaks", "editions_of", "histories_of", "is_break"]

_KIND = "indicator"
_COMMITS_AT_ONCE = 200


class Edition(NamedTuple):
    """A definition that was accepted at that second."""

    accepted_at: int
    definition: Indicator

    @property
    def day(self) -> date:
        """The day in China on which it began to hold."""
        return datetime.fromtimestamp(self.accepted_at, CHINA).date()


class _Known:
    def __init__(self) -> None:
        self.position = 0
        self.editions: dict[str, list[Edition]] = {}


_known: WeakKeyDictionary[Ledger, _Known] = WeakKeyDictionary()


async def histories_of(books: Ledger, catalogue: Catalogue, code: str) -> list[list[Edition]]:
    """The editions of the indicator, and of each that it is calculated from: its own come first."""
    reached = sorted(series_read(catalogue, [code]).keys() & catalogue.indicators.keys() - {code})
    return [await editions_of(books, one) for one in (code, *reached)]


async def editions_of(books: Ledger, code: str) -> list[Edition]:
    """The definitions that the indicator had, the first one first; rivals in order of acceptance."""
    known = _known.setdefault(books.origin, _Known())
    while rows := await books.database.rows(
        "SELECT position, accepted_at, body FROM commits WHERE place ="
        " (SELECT no FROM place_no WHERE id = ?) AND position > ? ORDER BY position LIMIT ?",
        (books.root, known.position, _COMMITS_AT_ONCE),
    ):
        for position, accepted_at, body in rows:
            if position > known.position:  # another page may have read it meanwhile
                known.position = position
                _take(known.editions, accepted_at or 0, body)
    return known.editions.get(code, [])


def is_break(before: Indicator, after: Indicator) -> bool:
    """Whether figures of the one can't be compared with those of the other."""
    return _measured(before) != _measured(after)


def breaks(histories: Sequence[Sequence[Edition]], periods: Sequence[Period]) -> dict[str, Edition]:
    """By period text: from which period on another definition holds, as of those shown in order.

    It holds for periods that hadn't ended when it was accepted. The first definition breaks nothing;
    of several breaks in one period the one of the history that comes first is told.
    """
    found: dict[str, Edition] = {}
    for editions in reversed(histories):
        for before, after in pairwise(editions):
            if not is_break(before.definition, after.definition):
                continue
            first = next((one for one in periods if one.end >= after.day), None)
            if first is not None and first != periods[0]:
                found[first.text] = after
    return found


def _measured(one: Indicator) -> tuple[object, ...]:
    return one.version, one.unit, one.formula, one.type, one.space, one.time


def _take(editions: dict[str, list[Edition]], accepted_at: int, body: bytes) -> None:
    for change in decode(body).changes:
        if change.cell.kind != _KIND or change.cell.field != FIELD:
            continue
        try:
            definition = read(_KIND, change.value.text)
        except Problem:
            continue  # a later edition of this software may define what this one can't read
        assert isinstance(definition, Indicator)
        there = editions.setdefault(change.cell.subject, [])
        if not there or there[-1].definition != definition:
            there.append(Edition(accepted_at, definition))
