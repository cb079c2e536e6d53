"""Places in an order in which pages of them, or of what they filed, can be read one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from server.exchange.cursor import Page, place_in, written
from server.exchange.cursor import read as read_cursor
from server.exchange.selecting import demand_level, place_asked
from sync.ids import PlaceId
from sync.places import Tree

__all__ = ["EVERYWHERE", "PlaceRow", "Reach", "listed", "places_page", "resumed"]


class Reach(NamedTuple):
    """Which places somebody may read: `roots` and all below them; None is everything.

    `covers` decides by today's hierarchy, also where another day's is listed.
    """

    roots: Sequence[PlaceId] | None
    covers: Callable[[PlaceId], bool]


EVERYWHERE = Reach(None, lambda _: True)


class PlaceRow(NamedTuple):
    """One place as it was on a day; `parent` is the code of the place right above, '' at the top."""

    code: str
    name: str
    level: str
    parent: str


def listed(
    tree: Tree, day: date, reach: Reach, place_code: str = "", level: str = ""
) -> Sequence[PlaceId]:
    """A place and all below it, or all within reach; of one level, if given. Parents come first.

    Raises `place-unknown`, `level-unknown`.
    """
    demand_level(tree, day, level)
    roots: Sequence[PlaceId] | None = reach.roots
    if place_code:
        roots = [place_asked(tree, place_code, day, reach.covers)]
    if roots is None:
        return tree.below(None, day, level or None)
    return [one for root in roots for one in _at_or_below(tree, day, root, level)]


def resumed(tree: Tree, day: date, places: Sequence[PlaceId], code: str, place: PlaceId) -> int:
    """Where a list goes on at that place, or behind where it would stand if it is there no longer."""
    try:
        return places.index(place)
    except ValueError:
        later = (at for at, one in enumerate(places) if tree.code(one, day) > code)
        return next(later, len(places))


def places_page(
    tree: Tree,
    day: date,
    reach: Reach,
    *,
    place_code: str,
    level: str,
    cursor: str,
    limit: int,
) -> Page[PlaceRow]:
    """Some of the places. Raises `place-unknown`, `level-unknown`, `cursor-unknown`."""
    places = listed(tree, day, reach, place_code, level)
    start = 0
    if (key := read_cursor(cursor, str, str)) is not None:
        last = place_in(str(key[1]))
        start = resumed(tree, day, places, str(key[0]), last)
        start += start < len(places) and places[start] == last
    part = [one for one in places[start : start + limit] if reach.covers(one)]
    last_two = places[start + limit - 1 : start + limit + 1]
    follows = written(tree.code(last_two[0], day), last_two[0].hex()) if len(last_two) > 1 else ""
    return Page([_row(tree, day, one) for one in part], follows)


def _row(tree: Tree, day: date, place: PlaceId) -> PlaceRow:
    above = tree.parent(place, day)
    return PlaceRow(
        tree.code(place, day),
        tree.name(place, day),
        tree.level(place, day),
        tree.code(above, day) if above is not None else "",
    )


def _at_or_below(tree: Tree, day: date, root: PlaceId, level: str) -> Iterator[PlaceId]:
    if tree.active(root, day) and level in ("", tree.level(root, day)):
        yield root
    yield from tree.below(root, day, level or None)
