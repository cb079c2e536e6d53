"""What the forms about grants choose from: the places that one administers, and a last day."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from server.desk.access import place_in
from server.desk.desk import Desk
from server.desk.viewer import Need
from sync.ids import PlaceId
from sync.problems import Problem

__all__ = ["Choice", "choices", "day_in", "place_of"]

_CHOICES_MAX = 400
_DEPTH = 2


class Choice(NamedTuple):
    """A place to choose, and how far below the topmost one it lies."""

    place: PlaceId
    code: str
    name: str
    depth: int


def choices(desk: Desk) -> list[Choice]:
    """The topmost places that are administered and those close below, as many as a list bears; any
    other is chosen by its code or name.
    """
    found: list[Choice] = []

    def add(place: PlaceId, depth: int) -> None:
        if len(found) < _CHOICES_MAX:
            name = "" if place == desk.ledger.root else desk.name(place)
            found.append(Choice(place, desk.code(place), name, depth))
            if depth < _DEPTH:
                above = None if place == desk.ledger.root else place
                for child in desk.ledger.tree.children(above, desk.today):
                    add(child, depth + 1)

    for root in desk.viewer.roots(Need.ADMINISTER):
        add(root, 0)
    return found


def place_of(desk: Desk, chosen: str, typed: str) -> PlaceId:
    """The place that was typed by code or name, else the one that was chosen.

    Raises `place-unchosen`, `place-unknown`, `place-many`.
    """
    text, tree = typed.strip(), desk.ledger.tree
    if text:
        by_code = tree.by_code(text, desk.today)
        if by_code is not None:
            return by_code
        named = [
            place
            for root in desk.viewer.roots(Need.ADMINISTER)
            for place in desk.ledger.below(root)
            if tree.name(place, desk.today) == text
        ]
        if len(named) > 1:
            raise Problem("place-many", name=text[:40], count=len(named))
        if not named:
            raise Problem("place-unknown", code=text[:40])
        return named[0]
    if not chosen:
        raise Problem("place-unchosen")
    place = place_in(chosen)
    if place not in tree and place != desk.ledger.root:
        raise Problem("place-unknown", code=chosen[:8])
    return place


def day_in(text: str, today: date) -> date | None:
    """The last day of a grant; none if nothing was typed. Raises `places-date-malformed`, `grant-past`."""
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise Problem("places-date-malformed", text=text[:40]) from error
    if day < today:
        raise Problem("grant-past", until=day.isoformat())
    return day
