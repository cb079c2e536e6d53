"""What forms about places choose from: those where a need is met, and what was typed instead."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from server.desk.access import place_in
from server.desk.desk import Desk
from server.desk.viewer import Need
from sync.ids import PlaceId
from sync.problems import Problem

__all__ = ["Choice", "day_in", "last_day", "place_of", "places_to_choose"]

_CHOICES_MAX = 400
_DEPTH = 2


class Choice(NamedTuple):
    """A place to choose, and how far below the topmost one it lies; the realm's own has no name."""

    place: PlaceId
    code: str
    name: str
    depth: int


def places_to_choose(desk: Desk, need: Need) -> list[Choice]:
    """The topmost places where a need is met and those close below, as many as a list bears; any
    other is chosen by its code or name.
    """
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


def place_of(desk: Desk, need: Need, chosen: str, typed: str = "") -> PlaceId:
    """The place that was typed by code or name, else the one chosen, where the need must be met.

    Raises `place-unchosen`, `place-unknown`, `place-many`, `not-allowed`.
    """
    text = typed.strip()
    if text:
        place = _named(desk, need, text)
    elif not chosen:
        raise Problem("place-unchosen")
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


def last_day(text: str, today: date) -> date | None:
    """The last day of a grant; none if nothing was typed. Raises `places-date-malformed`, `grant-past`."""
    if not text.strip():
        return None
    day = day_in(text)
    if day < today:
        raise Problem("grant-past", until=day.isoformat())
    return day


def _named(desk: Desk, need: Need, text: str) -> PlaceId:
    tree = desk.ledger.tree
    by_code = tree.by_code(text, desk.today)
    if by_code is not None:
        return by_code
    named = [
        place
        for root in desk.viewer.roots(need)
        for place in desk.ledger.below(root)
        if tree.name(place, desk.today) == text
    ]
    if len(named) > 1:
        raise Problem("place-many", name=text[:40], count=len(named))
    if not named:
        raise Problem("place-unknown", code=text[:40])
    return named[0]
