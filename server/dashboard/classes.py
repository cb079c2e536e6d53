"""Places of one kind, as lists name them: figures are laid beside those of their like.

`classes.csv` holds the lists: code, scheme, class, from and to (a day each, open if empty), source.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from fractions import Fraction
from functools import cache
from importlib.resources import files
from statistics import median
from typing import NamedTuple

from sync.ids import PlaceId
from sync.places import Tree
from sync.surroundings import PEERS_MIN, neighbours

__all__ = ["Band", "Peers", "band", "peers"]


class Peers(NamedTuple):
    """Places that a place may be laid beside, itself among them.

    `name` is that of their class, '' where they are simply those of its level under one parent.
    """

    name: str
    scheme: str
    source: str
    members: tuple[PlaceId, ...]


class Band(NamedTuple):
    """Between which figures places of one kind lie; nobody learns which is whose."""

    lowest: Fraction
    middle: Fraction
    highest: Fraction
    places: int


class _Line(NamedTuple):
    scheme: str
    name: str
    begin: date
    end: date
    source: str

    def holds(self, day: date) -> bool:
        return self.begin <= day <= self.end


def peers(tree: Tree, place: PlaceId, day: date) -> Peers | None:
    """Those of the place's class; without one, those of its level under the same parent."""
    codes = [code for code in tree.ever(place, "code") if isinstance(code, str)]
    line = next((one for code in codes for one in _lines().get(code, ()) if one.holds(day)), None)
    if line is None:
        beside = tuple(neighbours(tree, place, day))
        return Peers("", "", "", beside) if len(beside) >= PEERS_MIN else None
    members = (
        tree.by_code(code, day)
        for code, there in _lines().items()
        for one in there
        if (one.scheme, one.name) == (line.scheme, line.name) and one.holds(day)
    )
    found = tuple(one for one in members if one is not None)
    return Peers(line.name, line.scheme, line.source, found)


def band(figures: list[Fraction]) -> Band | None:
    """The band of those figures; None where they are so few that each could be guessed."""
    if len(figures) < PEERS_MIN:
        return None
    return Band(min(figures), median(figures), max(figures), len(figures))


@cache
def _lines() -> dict[str, list[_Line]]:
    found: dict[str, list[_Line]] = defaultdict(list)
    text = (files("server.dashboard") / "classes.csv").read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        begin = date.fromisoformat(row["from"]) if row["from"] else date.min
        end = date.fromisoformat(row["to"]) if row["to"] else date.max
        line = _Line(row["scheme"], row["class"], begin, end, row["source"])
        found[row["place_code"]].append(line)
    return dict(found)
