"""Places below one laid against indicators: sorted, filtered and cut into pages, or all as a file.

Which places there are is known in memory; figures are read for those that are shown, and for all
only where they are sorted by one.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from server.completeness.coverage import coverage
from server.dashboard.board import known
from server.dashboard.showing import Shown, shown, unit_of
from server.exchange.figures import FigureRow, Figures
from server.exchange.tables import Cell, table
from sync.catalogue import Catalogue, Indicator
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Period
from sync.places import Tree
from sync.screens.picker import readings
from sync.texts import Language, say

__all__ = [
    "INDICATORS_MAX",
    "PAGE_PLACES",
    "SORTED_MAX",
    "Ask",
    "Table",
    "as_file",
    "levels",
    "read",
]

PAGE_PLACES = 100
SORTED_MAX = 600
"""More places than these are not sorted by a figure; a county has fewer villages."""
INDICATORS_MAX = 20
_PLACES_AT_ONCE = 200


class Ask(NamedTuple):
    """Which table: `text` is in the names or codes of its places, `sort` is 'code', 'name' or an
    indicator's code, and `number` counts pages from 1.
    """

    place: PlaceId
    period: Period
    indicators: tuple[Indicator, ...]
    level: str
    text: str
    sort: str
    falling: bool
    number: int


class Row(NamedTuple):
    """A place and its figures, in the order of the indicators."""

    place: PlaceId
    name: str
    code: str
    above: str
    figures: tuple[Shown, ...]


class Table(NamedTuple):
    """One page of all `places`, the place's `own` row, and what the places are sorted by: not by a figure,
    where there are too many of them.
    """

    rows: tuple[Row, ...]
    own: Row
    places: int
    number: int
    pages: int
    sort: str


def levels(tree: Tree, place: PlaceId, period: Period) -> list[str]:
    """The levels of which anything lies below the place, top first."""
    own = tree.level(place, period.end)
    below = tree.children(place, period.end)
    direct = {tree.level(one, period.end) for one in below}
    return [
        level
        for level in tree.levels(period.end)
        if level != own and (level in direct or tree.count(place, level, period.end))
    ]


async def read(books: Ledger, catalogue: Catalogue, ask: Ask, language: Language) -> Table:
    """The page that is asked for; the last one where there are fewer."""
    places = _places(books.tree, ask)
    sort = ask.sort
    if sort in catalogue.indicators:
        if len(places) <= SORTED_MAX:
            places = await _by_figure(books, catalogue, ask, places)
        else:
            sort = "code"
    pages = max(1, -(-len(places) // PAGE_PLACES))
    number = min(max(ask.number, 1), pages)
    start = (number - 1) * PAGE_PLACES
    part = places[start : start + PAGE_PLACES]
    rows = await _rows(books, catalogue, ask, [ask.place, *part], language)
    return Table(tuple(rows[1:]), rows[0], len(places), number, pages, sort)


async def as_file(
    books: Ledger,
    catalogue: Catalogue,
    ask: Ask,
    kind: str,
    language: Language,
    *,
    made_up: bool,
) -> bytes:
    """All of its rows, with their number and a checksum at the end. Raises `format-unknown`.

    Beside each figure stands how many of how many places are in it, and of how many the forms are
    approved; where there is none, the reason
    takes its place.
    """
    places = _places(books.tree, ask)
    columns = [
        say(f"table-column-{name}", language) for name in ("code", "name", "above", "period")
    ]
    numbers = []
    for one in ask.indicators:
        unit = unit_of(one, ask.level, language)
        head = f"{one.code} {one.name.say(language)}" + (f" ({unit})" if unit else "")
        numbers.append(head)
        covered = [say(f"table-column-{name}", language, code=one.code) for name in _COVERED]
        columns += [head, *covered]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        file = await asyncio.to_thread(table, kind, path, columns, numbers)
        for start in range(0, len(places), _PLACES_AT_ONCE):
            part = places[start : start + _PLACES_AT_ONCE]
            for row in await _rows(books, catalogue, ask, part, language):
                cells: list[Cell] = [row.code, row.name, row.above, ask.period.text]
                for figure in row.figures:
                    cells += [figure.number or figure.why, figure.reported, figure.expected]
                    cells.append("" if figure.approved is None else figure.approved)
                file.write(cells)
            await asyncio.sleep(0)
        file.end(made_up=made_up)
        return await asyncio.to_thread(path.read_bytes)


_COVERED = ("reported", "expected", "approved")


def _places(tree: Tree, ask: Ask) -> list[PlaceId]:
    """In the order of the hierarchy, which is that of codes under each parent, or of names as they
    are read.
    """
    day = ask.period.end
    found = tree.below(ask.place, day, ask.level) if ask.level else tree.children(ask.place, day)
    wanted = ask.text.strip().casefold()
    kept = [
        one
        for one in found
        if not wanted or wanted in tree.name(one, day).casefold() or wanted in tree.code(one, day)
    ]
    if ask.sort == "name":
        kept.sort(key=lambda one: _read_as(tree.name(one, day)))
    if ask.falling and ask.sort in {"code", "name"}:
        kept.reverse()
    return kept


def _read_as(name: str) -> tuple[str, ...]:
    return tuple((*readings(character), character)[0] for character in name)


async def _by_figure(
    books: Ledger, catalogue: Catalogue, ask: Ask, places: list[PlaceId]
) -> list[PlaceId]:
    """Sorted by that figure; those without one come last, whichever way it is."""
    figures = Figures(books, catalogue, [ask.sort], None)
    await figures.load(places, ask.period)
    value = {one: known(next(iter(figures.of(one, ask.period)), None)) for one in places}
    with_figure = [(number, one) for one, number in value.items() if number is not None]
    with_figure.sort(key=lambda pair: pair[0], reverse=ask.falling)
    return [*(one for _, one in with_figure), *(one for one in places if value[one] is None)]


async def _rows(
    books: Ledger,
    catalogue: Catalogue,
    ask: Ask,
    places: Sequence[PlaceId],
    language: Language,
) -> list[Row]:
    codes = [one.code for one in ask.indicators]
    figures = Figures(books, catalogue, codes, None)
    await figures.load(places, ask.period)
    covered = await coverage(books, catalogue, places, ask.period, codes)
    found = []
    for place in places:
        rows = {row.code: row for row in figures.of(place, ask.period)}
        approved = {
            code: covered[place, code].approved_town for code in codes if (place, code) in covered
        }
        found.append(_row(books.tree, rows, approved, ask, place, language))
    return found


def _row(
    tree: Tree,
    rows: Mapping[str, FigureRow],
    approved: Mapping[str, int],
    ask: Ask,
    place: PlaceId,
    language: Language,
) -> Row:
    day = ask.period.end
    level, above = tree.level(place, day), tree.parent(place, day)
    return Row(
        place,
        tree.name(place, day) or tree.code(place, day),
        tree.code(place, day),
        tree.name(above, day) if above else "",
        tuple(
            shown(rows.get(one.code), one, level, ask.period, language)._replace(
                approved=approved.get(one.code)
            )
            for one in ask.indicators
        ),
    )
