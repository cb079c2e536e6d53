"""What a person asked for, by codes: places and indicators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from sync.catalogue import Catalogue
from sync.ids import PlaceId
from sync.places import Tree
from sync.problems import Problem

__all__ = ["demand_level", "indicators_asked", "place_asked", "places_asked", "places_below"]


def indicators_asked(catalogue: Catalogue, codes: Sequence[str]) -> tuple[str, ...]:
    """These indicators in the catalogue's order, or all of them. Raises `indicator-unknown`."""
    for code in codes:
        if code not in catalogue.indicators:
            raise Problem("indicator-unknown", code=code[:40])
    wanted = set(codes or catalogue.indicators)
    return tuple(code for code in catalogue.indicators if code in wanted)


def demand_level(tree: Tree, day: date, level: str) -> None:
    """Raises `level-unknown` where no place is of that level on that day; '' is any."""
    if level and level not in tree.levels(day):
        raise Problem("level-unknown", text=level[:40], known=", ".join(tree.levels(day)))


def place_asked(
    tree: Tree, code: str, day: date, covers: Callable[[PlaceId], bool] | None = None
) -> PlaceId:
    """The place that has that code on that day, or else the one that ever had it.

    Raises `place-unknown`, also for one that `covers` says is out of reach.
    """
    place = tree.by_code(code, day)
    if place is None:
        ever = [one for one in tree.find(code) if code in _codes(tree, one, day)]
        place = ever[0] if ever else None
    if place is None or not (covers is None or covers(place)):
        raise Problem("place-unknown", code=code[:40])
    return place


def places_asked(
    tree: Tree,
    day: date,
    place_code: str,
    level: str,
    roots: Sequence[PlaceId] | None = None,
    covers: Callable[[PlaceId], bool] | None = None,
) -> Sequence[PlaceId]:
    """One place; or the places of a level at or below it, or anywhere; or the top places.

    `roots` and `covers` say what is within reach, where that isn't everything.
    Raises `place-unknown`, `level-unknown`.
    """
    demand_level(tree, day, level)
    if not place_code:
        if roots is None:
            return tree.below(None, day, level) if level else tree.children(None, day)
        return [one for root in roots for one in _of_level(tree, day, root, level)]
    return _of_level(tree, day, place_asked(tree, place_code, day, covers), level)


def places_below(
    tree: Tree,
    day: date,
    place_code: str,
    level: str,
    covers: Callable[[PlaceId], bool] | None = None,
) -> set[PlaceId] | None:
    """A place and all below it, ended ones too, or those of a level among them; None for all.

    Raises `place-unknown`, `level-unknown`.
    """
    if not place_code and not level:
        return None
    demand_level(tree, day, level)
    place = place_asked(tree, place_code, day, covers) if place_code else None
    return {
        one
        for one in tree
        if (place is None or one == place or place in tree.ancestors(one, day))
        and level in ("", tree.level(one, day))
    }


def _of_level(tree: Tree, day: date, place: PlaceId, level: str) -> Sequence[PlaceId]:
    if not level:
        return (place,)
    own = (place,) if tree.active(place, day) and tree.level(place, day) == level else ()
    return (*own, *tree.below(place, day, level))


def _codes(tree: Tree, place: PlaceId, day: date) -> set[str]:
    return {tree.code(place, on) for on in (date.min, day, date.max)}
