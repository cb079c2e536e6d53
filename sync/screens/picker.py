"""Finding a place among thousands by what one types: its name, its letters or its code.

Letters may be initials, whole readings or a mixture (`xhc`, `xianhe`, `xianhc`), and begin anywhere
in a name; a character with several readings is found by each, and one whose reading is unknown is
passed over. Pure: a `Picker` is made of all places once and asked at each key.
"""

from __future__ import annotations

import heapq
import re
import unicodedata
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

__all__ = ["Found", "Named", "Picker", "readings"]

FOUND_MAX = 20
QUERY_CHARS_MAX = 40
_DOUBLE = ("zh", "ch", "sh")


class Named(NamedTuple):
    """A place that can be found: its identity, its code, and its names, the present one first."""

    place: bytes
    code: str
    names: tuple[str, ...]


class Found(NamedTuple):
    """A place that was found; `former` is the earlier name that it was found by, or ''."""

    place: bytes
    code: str
    name: str
    former: str


class Picker:
    """All places that can be found, with where each character stands in their names."""

    def __init__(self, places: Iterable[Named]) -> None:
        self._places = sorted(places, key=lambda one: one.code)
        self._names: list[tuple[int, int, str]] = []
        self._starts: dict[str, array[int]] = defaultdict(lambda: array("L"))
        self._endings: dict[str, array[int]] = defaultdict(lambda: array("L"))
        self._by_letter: dict[str, list[str]] = defaultdict(list)
        for at, one in enumerate(self._places):
            for older, name in enumerate(one.names):
                self._add(at, older, normal(name))

    def __len__(self) -> int:
        return len(self._places)

    def find(self, text: str, most: int = FOUND_MAX) -> list[Found]:
        """The best matches first: whole names, beginnings, present names, short ones."""
        query = normal(text)
        if not query:
            return []
        best: dict[int, tuple[tuple[int, ...], int]] = {}
        if query.isdigit():
            _keep_best(best, self._by_code(query))
        else:
            typed = _Typed(query)
            _keep_best(best, self._by_name(typed, query[0], self._starts))
            if len(best) < most:  # hardly anybody looks for one by what nearly all end in
                _keep_best(best, self._by_name(typed, query[0], self._endings))
        first = heapq.nsmallest(most, best.items(), key=lambda item: (item[1][0], item[0]))
        return [_found(self._places[at], older) for at, (_, older) in first]

    def _add(self, at: int, older: int, name: str) -> None:
        number = len(self._names)
        self._names.append((at, older, name))
        ending = _ENDING.search(name, 1)
        stem = ending.start() if ending else len(name)
        for position, character in enumerate(name[:_POSITIONS]):
            if character not in self._starts and character not in self._endings:
                for key in {reading[0] for reading in readings(character)} | {character}:
                    self._by_letter[key].append(character)
            held = self._starts if position < stem else self._endings
            held[character].append(number * _POSITIONS + position)

    def _by_code(self, query: str) -> Iterable[_Ranked]:
        for at, one in enumerate(self._places):
            where = one.code.find(query)
            if where >= 0:
                yield (where,), at, 0

    def _by_name(
        self, typed: _Typed, first: str, starts: Mapping[str, Iterable[int]]
    ) -> Iterable[_Ranked]:
        for character in self._by_letter.get(first, ()):
            if not typed.steps(character, 0):
                continue
            for start in starts.get(character, ()):
                number, position = divmod(start, _POSITIONS)
                at, older, name = self._names[number]
                end = typed.end(name, position, 0)
                if end >= 0:
                    whole = position == 0 and end == len(name)
                    yield (int(not whole), min(position, 1), min(older, 1), len(name)), at, older


_POSITIONS = 64
_ENDING = re.compile("(村|社区)?[居村]?民?委员?会$|社区$")
_Ranked = tuple[tuple[int, ...], int, int]
"""How good a match is (the less the better), which place it is, and by which of its names."""


def _keep_best(best: dict[int, tuple[tuple[int, ...], int]], ranked: Iterable[_Ranked]) -> None:
    for rank, at, older in ranked:
        if at not in best or rank < best[at][0]:
            best[at] = rank, older


def normal(text: str) -> str:
    """What is compared: full-width letters made plain, small, without blanks and apostrophes."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("ü", "v")
    return "".join(plain.split()).replace("'", "")[:QUERY_CHARS_MAX]


def readings(character: str) -> Sequence[str]:
    """How a character is read, in letters without tones; none if that isn't known."""
    return _table().get(character, ())


class _Typed:
    """A query, with what of it each character can stand for, worked out once."""

    def __init__(self, query: str) -> None:
        self._query = query
        self._known: dict[tuple[str, int], tuple[int, ...]] = {}

    def end(self, name: str, at: int, done: int) -> int:
        """Where in the name the rest of the query ends if it matches from there on, else -1."""
        if done == len(self._query):
            return at
        if at == len(name):
            return -1
        for step in self.steps(name[at], done):
            end = self.end(name, at + 1, done + step)
            if end >= 0:
                return end
        return -1

    def steps(self, character: str, done: int) -> tuple[int, ...]:
        """How many letters of the rest the character may stand for, the most first."""
        key = character, done
        if key not in self._known:
            self._known[key] = tuple(sorted(self._steps(character, done), reverse=True))
        return self._known[key]

    def _steps(self, character: str, done: int) -> set[int]:
        left = self._query[done:]
        found = {1} if left[0] == character else set()
        known = readings(character)
        if not known and done and not character.isascii():
            found.add(0)
        for reading in known:
            if reading.startswith(left):
                found.add(len(left))
            parts = (reading, reading[:2] if reading.startswith(_DOUBLE) else "", reading[0])
            found |= {len(part) for part in parts if part and left.startswith(part)}
        return found


def _found(one: Named, older: int) -> Found:
    return Found(
        one.place,
        one.code,
        one.names[0] if one.names else one.code,
        one.names[older] if older else "",
    )


@cache
def _table() -> dict[str, tuple[str, ...]]:
    text = (files("sync.screens") / "pinyin.txt").read_text("utf-8")
    found: dict[str, list[str]] = defaultdict(list)
    for line in text.splitlines()[1:]:
        reading, characters = line.split(" ")
        for character in characters:
            found[character].append(reading)
    return {character: tuple(held) for character, held in found.items()}
