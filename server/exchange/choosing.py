"""What the forms of these pages choose from: the places where a need is met, and what was typed."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from server.desk.access import place_in
from server.desk.desk import Desk
from server.desk.viewer import Need
from sync.ids import PlaceId
from sync.problems import Problem

__all__ = ["Choice", "day_in", "place_of", "places_to_choose"]

_CHOICES_MAX = 400
_DEPTH = 2


class Choice(NamedTuple):
    """A place to choose, and how far below the topmost one it lies; the realm's own has no name."""

    place: PlaceId
    code: str
    name: str
    depth: int


def places_to_choose(desk: Desk, need: Need) -> list[Choice]:
    """The topmost places where a need is met and those close below, as many as a list bears."""
    found: list[Choice] = []

    def add(place: PlaceId, depth: int) -> None:
        if len(found) == _CHOICES_MAX:
            return
        is_realm = place == desk.ledger.root
        found.append(Choice(place, desk.code(place), "" if is_realm else desk.name(place), depth))
        if depth < _DEPTH:
            for child in desk.ledger.tree.children(None if is_realm else place, desk.today):
                add(child, depth + 1)

    for root in desk.viewer.roots(need):
        add(root, 0)
    return found


def place_of(desk: Desk, need: Need, chosen: str, code: str = "") -> PlaceId:
    """The place that was typed by its code, else the one chosen, where the need must be met.

    Raises `place-unknown`, `not-allowed`.
    """
    place: PlaceId | None = None
    if code.strip():
        place = desk.ledger.tree.by_code(code.strip(), desk.today)
        if place is None:
            raise Problem("place-unknown", code=code.strip()[:40])
    else:
        place = place_in(chosen)
        if place not in desk.ledger.tree and place != desk.ledger.root:
            raise Problem("place-unknown", code=chosen[:8])
    desk.viewer.demand(need, place)
    return place


def day_in(text: str) -> date:
    """A day as a browser sends it. Raises `places-date-malformed`."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise Problem("places-date-malformed", text=text[:40]) from error
