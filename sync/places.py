"""Places and their dated attributes: who lies under whom on a date.

An attribute holds from its effective date until the next one. Two rules fill what nobody filed:
before its first setting an attribute is what it first was, and before the first top place of a
hierarchy begins, the earliest tree stands for all time before it, since no other is known.

Questions about whole trees (`children`, `below`, `count`, `by_code`, `levels`) are answered from
an index per stretch of time in which nothing changes; a change drops the indexes, so file many
changes before asking.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple, cast

from sync.ids import ID_BYTES, PlaceId
from sync.limits import TREE_DEPTH_MAX
from sync.placeindex import Index
from sync.value import Cell, Type, Value, text_value

__all__ = ["FIELDS", "KIND", "LEVELS", "Attribute", "Setting", "Tree", "filed", "read"]

KIND = "place"
FIELDS = ("code", "name", "level", "type", "parent", "end")
LEVELS = ("province", "city", "county", "town", "village")
_PARENT = FIELDS.index("parent")
_INDEXES_MAX = 8

Attribute = str | PlaceId | None
"""`parent` is a place id, or None directly under the realm's place; `end` is `YYYY-MM-DD`, the
first day on which the place is no more, or '' if it goes on; the others are text."""


class Setting(NamedTuple):
    """From that date, the field has that value."""

    effective: date
    field: str
    value: Attribute


def read(cell: Cell, value: Value) -> Setting | None:
    """The setting that a place's cell holds, or None where it is none that is known here."""
    effective = _day(cell.subject)
    if cell.kind != KIND or cell.field not in FIELDS or effective is None:
        return None
    text = value.text if value.type is Type.TEXT else ""
    if cell.field == "parent":
        if not re.fullmatch(f"([0-9a-f]{{{2 * ID_BYTES}}})?", text):
            return None
        return Setting(effective, "parent", PlaceId(bytes.fromhex(text)) if text else None)
    if cell.field == "end" and text and _day(text) is None:
        return None
    return Setting(effective, cell.field, text)


def filed(setting: Setting) -> tuple[Cell, Value]:
    """The cell and the value that a setting is filed as. Raises `text-too-long`."""
    value = setting.value
    text = value.hex() if isinstance(value, bytes) else value or ""
    return Cell(KIND, setting.effective.isoformat(), setting.field), text_value(text)


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


class _Unset:
    """Marks a field that an effective date says nothing about."""


_UNSET = _Unset()
_Row = tuple[date, list[Attribute | _Unset]]


class Tree:
    """The hierarchy on every date, from the settings of its places."""

    def __init__(self, settings: Mapping[PlaceId, Iterable[Setting]] | None = None) -> None:
        self._rows: dict[PlaceId, list[_Row]] = {}
        self._ever_under: dict[PlaceId | None, set[PlaceId]] = {}
        self._days: list[date] = []
        self._fixed: dict[PlaceId, tuple[PlaceId, ...]] = {}
        self._shared: dict[tuple[PlaceId, ...], tuple[PlaceId, ...]] = {}
        self._indexes: dict[date, Index] = {}
        self._begin: date | None = None
        one = {place: place for place in settings or {}}
        for place, rows in (settings or {}).items():
            for effective, field, value in rows:
                if field == "parent":
                    value = one.get(cast(PlaceId, value), value)
                self._store(place, effective, field, value)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, place: object) -> bool:
        return place in self._rows

    def __iter__(self) -> Iterator[PlaceId]:
        return iter(self._rows)

    def set(
        self, place: PlaceId, effective: date, field: str, value: Attribute
    ) -> frozenset[PlaceId]:
        """Files a setting; the places whose ancestors may now differ on some date."""
        if not self._store(place, effective, field, value):
            return frozenset()
        self._indexes.clear()
        self._begin = None
        if field != "parent":
            return frozenset()
        moved = self._ever_below(place)
        for one in moved:
            self._fixed.pop(one, None)
        return moved

    def attribute(self, place: PlaceId, field: str, on: date) -> Attribute:
        """The field's value on that date: '' (a parent: None) where none was ever set."""
        position = FIELDS.index(field)
        first: Attribute | _Unset = _UNSET
        found: Attribute | _Unset = _UNSET
        for effective, values in self._rows.get(place, ()):
            value = values[position]
            if isinstance(value, _Unset):
                continue
            if effective <= on:
                found = value
            elif isinstance(first, _Unset):
                first = value
        for value in (found, first):
            if not isinstance(value, _Unset):
                return value
        return None if field == "parent" else ""

    def ever(self, place: PlaceId, field: str) -> tuple[Attribute, ...]:
        """All that the field was ever set to, the latest first, each once."""
        position = FIELDS.index(field)
        rows = reversed(self._rows.get(place, ()))
        return tuple(
            dict.fromkeys(v for row in rows if not isinstance(v := row[1][position], _Unset))
        )

    def code(self, place: PlaceId, on: date) -> str:
        """The division code on that date."""
        return cast(str, self.attribute(place, "code", on))

    def name(self, place: PlaceId, on: date) -> str:
        """The name on that date."""
        return cast(str, self.attribute(place, "name", on))

    def level(self, place: PlaceId, on: date) -> str:
        """The level's name on that date."""
        return cast(str, self.attribute(place, "level", on))

    def parent(self, place: PlaceId, on: date) -> PlaceId | None:
        """The place right above on that date, None directly under the realm's place."""
        return cast("PlaceId | None", self.attribute(place, "parent", on))

    def active(self, place: PlaceId, on: date) -> bool:
        """Whether the place has begun and has not ended on that date."""
        rows = self._rows.get(place)
        if rows is None:
            return False
        day = max(on, self._beginning())
        end = cast(str, self.attribute(place, "end", day))
        return rows[0][0] <= day and (not end or day.isoformat() < end)

    def ancestors(self, place: PlaceId, on: date) -> tuple[PlaceId, ...]:
        """All places above, nearest first, without the realm's place.

        Ended ancestors are in it too. A cycle ends the chain before the place that would come a
        second time, and no chain is longer than TREE_DEPTH_MAX.
        """
        fixed = self._fixed.get(place)
        return self._climb(place, on) if fixed is None else fixed

    def children(self, place: PlaceId | None, on: date) -> tuple[PlaceId, ...]:
        """The active places right under that place (None: the top places), by code."""
        index = self._index(on)
        return tuple(one for one in index.links.get(place, ()) if one in index.active)

    def under(self, place: PlaceId | None, on: date) -> tuple[PlaceId, ...]:
        """The places right under that place, those that have ended or not begun too, by code."""
        return tuple(self._index(on).links.get(place, ()))

    def below(
        self, place: PlaceId | None, on: date, level: str | None = None
    ) -> tuple[PlaceId, ...]:
        """All active places under that place, of one level if given, parents before children."""
        return self._index(on).listed(place, level)

    def count(self, place: PlaceId | None, level: str, on: date) -> int:
        """How many active places of that level lie at or below that place (None: anywhere)."""
        return self._index(on).count(place, level)

    def by_code(self, code: str, on: date) -> PlaceId | None:
        """The active place with that code; of several, the one with the smallest id."""
        return self._index(on).by_code.get(code)

    def levels(self, on: date) -> tuple[str, ...]:
        """The names of the levels, top first, as the active places lie under one another."""
        return self._index(on).levels

    def latest(self) -> date | None:
        """The last day on which anything is set or ends; None in an empty tree."""
        return self._days[-1] if self._days else None

    def find(self, text: str, most: int = 20) -> tuple[PlaceId, ...]:
        """Places that ever had that code, or else whose name ever contained the text."""
        for position, alike in ((0, str.__eq__), (1, str.__contains__)):
            found = (
                place
                for place, rows in self._rows.items()
                if any(isinstance(v := row[1][position], str) and alike(v, text) for row in rows)
            )
            if text and (hits := sorted(found, key=lambda place: (len(self._rows[place]), place))):
                return tuple(hits[:most])
        return ()

    def _store(self, place: PlaceId, effective: date, field: str, value: Attribute) -> bool:
        position = FIELDS.index(field)
        rows = self._rows.setdefault(place, [])
        row = next((row for row in rows if row[0] == effective), None)
        if row is None:
            row = (effective, [_UNSET] * len(FIELDS))
            insort(rows, row, key=lambda row: row[0])
            self._note_day(effective)
        if row[1][position] == value:
            return False
        if field in ("level", "type"):
            value = sys.intern(cast(str, value))
        if field == "end" and (day := _day(cast(str, value))):
            self._note_day(day)
        if field == "parent":
            self._ever_under.setdefault(cast("PlaceId | None", value), set()).add(place)
        row[1][position] = value
        return True

    def _note_day(self, day: date) -> None:
        at = bisect_right(self._days, day)
        if at == 0 or self._days[at - 1] != day:
            self._days.insert(at, day)

    def _ever_below(self, place: PlaceId) -> frozenset[PlaceId]:
        found = {place}
        waiting = [place]
        while waiting:
            new = self._ever_under.get(waiting.pop(), frozenset[PlaceId]()) - found
            found |= new
            waiting.extend(new)
        return frozenset(found)

    def _climb(self, place: PlaceId, on: date) -> tuple[PlaceId, ...]:
        chain: list[PlaceId] = []
        fixed = self._settled(place)
        above = self.parent(place, on)
        while above is not None and above != place and above not in chain:
            if len(chain) == TREE_DEPTH_MAX:
                break
            chain.append(above)
            fixed = fixed and self._settled(above)
            above = self.parent(above, on)
        found = tuple(chain)
        if fixed:
            found = self._fixed[place] = self._shared.setdefault(found, found)
        return found

    def _settled(self, place: PlaceId) -> bool:
        """Whether the place has lain under one parent for ever, as nearly all have."""
        rows = self._rows.get(place, ())
        return len({row[1][_PARENT] for row in rows} - {_UNSET}) <= 1

    def _beginning(self) -> date:
        """The date before which the earliest tree stands."""
        if self._begin is None:
            tops = (
                rows[0][0]
                for place in self._ever_under.get(None, ())
                if (rows := self._rows[place])[0][1][_PARENT] is None
            )
            self._begin = min(tops, default=date.min)
        return self._begin

    def _index(self, on: date) -> Index:
        at = bisect_right(self._days, max(on, self._beginning()))
        day = self._days[at - 1] if at else date.min
        index = self._indexes.get(day)
        if index is None:
            if len(self._indexes) >= _INDEXES_MAX:
                del self._indexes[next(iter(self._indexes))]
            index = self._indexes[day] = Index(self, day)
        return index
