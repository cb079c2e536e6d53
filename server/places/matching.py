"""Which place of the tree is which row of a file.

Places are matched from the top down, under parents already matched, by rules that grow weaker:
the same code and name; the same name; a name that differs only in its ending; the same code; most
of the same children. What is left is looked for elsewhere by its full name, as far as the name is
the only one of its kind there. A code alone proves nothing under another parent: codes are handed
on to places that have nothing to do with their former holders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from server.places.names import kind_of, stem
from server.places.snapshot import Row, Snapshot
from sync.ids import PlaceId

__all__ = ["Known", "match"]

SHARED_CHILDREN_MIN = 2
_One = TypeVar("_One")


class Known(NamedTuple):
    """A place as the tree knows it on the day before."""

    code: str
    name: str
    level: str
    parent: PlaceId | None


_Key = Callable[[Known | Row], tuple[str, ...]]
_RULES: tuple[_Key, ...] = (
    lambda one: (one.code, one.name),
    lambda one: (one.level, one.name),
    lambda one: (one.level, stem(one.name), kind_of(one.name)),
    lambda one: (one.level, stem(one.name)),
    lambda one: (one.level, one.code),
)


def match(old: dict[PlaceId, Known], new: Snapshot) -> dict[str, PlaceId]:
    """The place of each row that has one, by the row's code; no place is named twice."""
    matching = _Matching(old, new)
    matching.descend(None, "")
    while matching.rehome():
        pass
    return matching.places


class _Matching:
    def __init__(self, old: dict[PlaceId, Known], new: Snapshot) -> None:
        self.old = old
        self.new = new
        self.under: dict[PlaceId | None, list[PlaceId]] = {}
        for place in sorted(old, key=lambda place: (old[place].code, place)):
            self.under.setdefault(old[place].parent, []).append(place)
        self.places: dict[str, PlaceId] = {}
        self.taken: set[PlaceId] = set()

    def descend(self, parent: PlaceId | None, code: str) -> None:
        """Matches what lies under a matched pair, and under what that matches."""
        waiting: list[tuple[PlaceId | None, str]] = [(parent, code)]
        while waiting:
            above, above_code = waiting.pop()
            olds = [one for one in self.under.get(above, ()) if one not in self.taken]
            news = [one for one in self.new.children.get(above_code, ()) if one not in self.places]
            waiting.extend((place, code) for code, place in self._siblings(olds, news))

    def rehome(self) -> bool:
        """Matches what is left with places elsewhere; whether that found any."""
        rows = self.new.rows
        left = {(k.level, k.name) for place, k in self.old.items() if place not in self.taken}
        waiting = [c for c, r in rows.items() if c not in self.places and (r.level, r.name) in left]
        if not waiting:
            return False
        wanted = {(rows[code].level, rows[code].name) for code in waiting}
        olds = _grouped(wanted, ((k.level, k.name, one) for one, k in self.old.items()))
        news = _grouped(wanted, ((row.level, row.name, code) for code, row in rows.items()))
        found = False
        for code in waiting:
            key = rows[code].level, rows[code].name
            place = self._elsewhere(code, olds.get(key, []), news.get(key, []))
            if place is not None and code not in self.places:
                self._pair(code, place)
                self.descend(place, code)
                found = True
        return found

    def _siblings(self, olds: list[PlaceId], news: list[str]) -> Iterator[tuple[str, PlaceId]]:
        for rule in _RULES:
            groups: dict[tuple[str, ...], list[PlaceId]] = {}
            for place in olds:
                groups.setdefault(rule(self.old[place]), []).append(place)
            alike: dict[tuple[str, ...], list[str]] = {}
            for code in news:
                if (key := rule(self.new.rows[code])) in groups:
                    alike.setdefault(key, []).append(code)
            for key, codes in alike.items():
                yield from self._alike(groups[key], codes)
            olds = [place for place in olds if place not in self.taken]
            news = [code for code in news if code not in self.places]
        yield from self._by_children(olds, news)

    def _alike(self, olds: list[PlaceId], news: list[str]) -> Iterator[tuple[str, PlaceId]]:
        """Pairs of one group: those with the same code first, the others if none is in doubt."""
        by_code = {self.old[place].code: place for place in reversed(olds)}
        for code in news:
            if code in by_code:
                yield self._pair(code, by_code[code])
        olds = [place for place in olds if place not in self.taken]
        news = [code for code in news if code not in self.places]
        names = {self.old[place].name for place in olds} | {self.new.rows[c].name for c in news}
        if len(olds) == len(news) and (len(olds) == 1 or len(names) == 1):
            for code, place in zip(news, olds, strict=True):
                yield self._pair(code, place)

    def _by_children(self, olds: list[PlaceId], news: list[str]) -> Iterator[tuple[str, PlaceId]]:
        """Pairs that share more than half of the children of either, by name."""
        after = {
            code: {self.new.rows[child].name for child in self.new.children.get(code, ())}
            for code in news
        }
        for place in olds:
            before = {self.old[child].name for child in self.under.get(place, ())}
            if len(before) < SHARED_CHILDREN_MIN:
                continue
            for code, names in after.items():
                shared = len(before & names)
                if (
                    shared >= SHARED_CHILDREN_MIN
                    and 2 * shared > max(len(before), len(names))
                    and self.old[place].level == self.new.rows[code].level
                    and code not in self.places
                ):
                    yield self._pair(code, place)
                    break

    def _pair(self, code: str, place: PlaceId) -> tuple[str, PlaceId]:
        self.places[code] = place
        self.taken.add(place)
        return code, place

    def _elsewhere(self, code: str, olds: list[PlaceId], news: list[str]) -> PlaceId | None:
        """The one place of that level and name within the nearest matched place above, if free."""
        for scope in self._matched_above(code):
            around = self.places.get(scope)
            within = [place for place in olds if around is None or around in self._above(place)]
            rivals = [one for one in news if not scope or scope in self._codes_above(one)]
            if len(rivals) > 1 or len(within) > 1:
                return None
            if within and within[0] not in self.taken:
                return within[0]
        return None

    def _matched_above(self, code: str) -> Iterator[str]:
        yield from (above for above in self._codes_above(code) if above in self.places)
        yield ""

    def _codes_above(self, code: str) -> Iterator[str]:
        while code := self.new.rows[code].parent:
            yield code

    def _above(self, place: PlaceId) -> set[PlaceId]:
        found: set[PlaceId] = set()
        above = self.old[place].parent
        while above is not None and above not in found:
            found.add(above)
            above = self.old[above].parent if above in self.old else None
        return found


def _grouped(
    wanted: set[tuple[str, str]], ones: Iterable[tuple[str, str, _One]]
) -> dict[tuple[str, str], list[_One]]:
    groups: dict[tuple[str, str], list[_One]] = {}
    for level, name, one in ones:
        if (level, name) in wanted:
            groups.setdefault((level, name), []).append(one)
    return groups
