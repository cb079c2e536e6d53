"""What a whole hierarchy looks like on one day, put together once for many questions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from sync.ids import PlaceId
from sync.limits import TREE_DEPTH_MAX

if TYPE_CHECKING:
    from sync.places import Tree

__all__ = ["Index"]

_LISTS_MAX = 100


class Index:
    """The places of one day by parent and by code, and how many of a level lie under each."""

    def __init__(self, tree: Tree, on: date) -> None:
        self._tree = tree
        self._on = on
        self.active: frozenset[PlaceId] = frozenset(
            place for place in tree if tree.active(place, on)
        )
        self.level: dict[PlaceId, str] = {place: tree.level(place, on) for place in self.active}
        self.links: dict[PlaceId | None, list[PlaceId]] = {}
        codes = {place: tree.code(place, on) for place in tree}
        for place in sorted(tree, key=lambda place: (codes[place], place)):
            self.links.setdefault(tree.parent(place, on), []).append(place)
        self.by_code: dict[str, PlaceId] = {
            codes[place]: place for place in sorted(self.active, reverse=True)
        }
        self._listed: dict[tuple[PlaceId | None, str | None], tuple[PlaceId, ...]] = {}

    def listed(self, place: PlaceId | None, level: str | None) -> tuple[PlaceId, ...]:
        """What `below` gives, kept: a reader of many pages asks for the same list again and again."""
        found = self._listed.get((place, level))
        if found is None:
            if len(self._listed) >= _LISTS_MAX:
                self._listed.clear()
            found = self._listed[place, level] = tuple(self.below(place, level))
        return found

    def below(self, place: PlaceId | None, level: str | None) -> Iterator[PlaceId]:
        """Active places under that place; the way down leads through ended places too.

        Under None lies every active place: last those that no way down from the top leads to.
        """
        seen = {place}
        waiting = [(one, 1) for one in reversed(self.links.get(place, ()))]
        while waiting:
            one, depth = waiting.pop()
            if one in seen:
                continue
            seen.add(one)
            if one in self.active and (level is None or self.level[one] == level):
                yield one
            if depth < TREE_DEPTH_MAX or place is None:
                waiting.extend((child, depth + 1) for child in reversed(self.links.get(one, ())))
        if place is None:
            lost = (one for links in self.links.values() for one in links if one not in seen)
            yield from (
                one for one in lost if one in self.active and level in (None, self.level[one])
            )

    def count(self, place: PlaceId | None, level: str) -> int:
        """Active places of that level at or below; None counts those of the whole tree."""
        below = self._counts.get(level, {}).get(place, 0)
        return below + (place in self.level and self.level[place] == level)

    @cached_property
    def _counts(self) -> dict[str, dict[PlaceId | None, int]]:
        counts: dict[str, dict[PlaceId | None, int]] = {}
        for place, level in self.level.items():
            of_level = counts.setdefault(level, {})
            of_level[None] = of_level.get(None, 0) + 1
            for above in self._tree.ancestors(place, self._on):
                of_level[above] = of_level.get(above, 0) + 1
        return counts

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """Each level below all that have it under them; names decide where that leaves a tie."""
        under = {
            (self.level[above], level)
            for place, level in self.level.items()
            if (above := self._tree.parent(place, self._on)) in self.level
        }
        depth = dict.fromkeys(self.level.values(), 0)
        for _ in depth:
            for upper, lower in sorted(under):
                if upper != lower:
                    depth[lower] = max(depth[lower], depth[upper] + 1)
        return tuple(sorted(depth, key=lambda level: (depth[level], level)))
