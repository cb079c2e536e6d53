"""What a choice among rival values would do to the totals above: calculated, before it is made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from server.exchange.figures import Figures
from server.rollup.cells import Filings, load
from sync.aggregate import Contributions, difference
from sync.catalogue import Catalogue
from sync.figure import Result
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Period
from sync.rollup import Sums
from sync.value import Value

__all__ = ["Effect", "effects"]


class Effect(NamedTuple):
    """A place's figure as it is, and as it would be by each of the choices."""

    place: PlaceId
    now: Result
    then: tuple[Result, ...]


async def effects(
    books: Ledger,
    catalogue: Catalogue,
    place: PlaceId,
    period: Period,
    code: str,
    choices: Sequence[Value],
) -> list[Effect]:
    """On the totals of all places above, the nearest first, by the hierarchy of the period's end.

    Any figure: a sum, a share, a weighted mean. What its place would contribute instead is put on
    top of the rows that are kept.
    """
    rows = await books.database.rows("SELECT no FROM place_no WHERE id = ?", (place,))
    above = books.tree.ancestors(place, period.end)
    if not rows or not above:
        return []
    ((number,),) = rows
    filed = (await load(books.database, [number]))[number]
    level = books.tree.level(place, date.max)
    touched = [(period.text, code)]
    before = filed.contributions(catalogue, level, touched)
    added = [
        _rows(before, _with(filed, period, code, value).contributions(catalogue, level, touched))
        for value in choices
    ]
    figures = Figures(books, catalogue, [code], None)
    await figures.load(above, period)
    return [
        Effect(
            one,
            figures.context(one, period).figure(code, period).value,
            tuple(figures.context(one, period, more).figure(code, period).value for more in added),
        )
        for one in above
    ]


def _with(filed: Filings, period: Period, code: str, value: Value) -> Filings:
    other = filed.before(())
    other.set(period.text, code, value, disputed=False)
    return other


def _rows(before: Contributions, after: Contributions) -> dict[tuple[str, str], Sums]:
    return {
        (one.period, one.series): Sums(one.reported, one.no_value, one.total, one.disputed)
        for one in difference(before, after)
    }
