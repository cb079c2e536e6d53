"""What a person asked for, by codes: places and indicators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sync.catalogue import Catalogue
from sync.ids import PlaceId
from sync.places import Tree
from sync.problems import Problem

__all__ = ["indicators_asked", "place_asked", "places_asked", "places_below"]


def indicators_asked(catalogue: Catalogue, codes: Sequence[str]) -> tuple[str, ...]:
    """These indicators in the catalogue's order, or all of them. Raises `indicator-unknown`."""
    for code in codes:
        if code not in catalogue.indicators:
            raise Problem("indicator-unknown", code=code[:40])
    wanted = set(codes or catalogue.indicators)
    return tuple(code for code in catalogue.indicators if code in wanted)


def place_asked(tree: Tree, code: str, day: date) -> PlaceId:
    """The place that has that code on that day, or else the one that ever had it.

    Raises `place-unknown`.
    """
    place = tree.by_code(code, day)
    if place is not None:
        return place
    ever = [one for one in tree.find(code) if code in _codes(tree, one, day)]
    if not ever:
        raise Problem("place-unknown", code=code[:40])
    return ever[0]


def places_asked(tree: Tree, day: date, place_code: str, level: str) -> Sequence[PlaceId]:
    """One place; or the places of a level at or below it, or anywhere; or the top places.

    Raises `place-unknown`, `level-unknown`.
    """
    if level and level not in tree.levels(day):
        raise Problem("level-unknown", text=level[:40], known=", ".join(tree.levels(day)))
    if not place_code:
        return tree.below(None, day, level) if level else tree.children(None, day)
    place = place_asked(tree, place_code, day)
    if not level:
        return (place,)
    own = (place,) if tree.active(place, day) and tree.level(place, day) == level else ()
    return (*own, *tree.below(place, day, level))


def places_below(tree: Tree, day: date, place_code: str, level: str) -> set[PlaceId] | None:
    """A place and all below it, ended ones too, or those of a level among them; None for all.

    Raises `place-unknown`, `level-unknown`.
    """
    if not place_code and not level:
        return None
    if level and level not in tree.levels(day):
        raise Problem("level-unknown", text=level[:40], known=", ".join(tree.levels(day)))
    place = place_asked(tree, place_code, day) if place_code else None
    return {
        one
        for one in tree
        if (place is None or one == place or place in tree.ancestors(one, day))
        and level in ("", tree.level(one, day))
    }


def _codes(tree: Tree, place: PlaceId, day: date) -> set[str]:
    return {tree.code(place, on) for on in (date.min, day, date.max)}
