"""What the moves of children, or names, prove of places that end and begin.

- merged: a place ends, and at least half of its children live on, all under one place of its
  level, which was there before or took in several; or a place without children ends with a sibling, and their
  stems together are the stem of a new sibling;
- split: at least half of a new place's children come from one place of its level and none from
  another, and that place goes on or gave to several new ones.
"""

from __future__ import annotations

from collections import Counter

from server.places.matching import Known
from server.places.names import stem
from server.places.snapshot import Snapshot
from sync.ids import PlaceId

__all__ = ["Moves"]


class Moves:
    """Which places children came from and went to, and what that proves."""

    def __init__(
        self, snapshot: Snapshot, old: dict[PlaceId, Known], placed: dict[str, PlaceId]
    ) -> None:
        self.old = old
        self.snapshot = snapshot
        self.placed = placed
        self.codes = {place: code for code, place in placed.items()}
        self.children = Counter(known.parent for known in old.values())
        self.live_on: Counter[PlaceId] = Counter()
        self.gone_to: dict[PlaceId, set[PlaceId]] = {}
        self.come_from: dict[PlaceId, list[PlaceId]] = {}
        for code, row in snapshot.rows.items():
            known = old.get(placed[code])
            if known is None or not row.parent or known.parent is None:
                continue
            above = placed[row.parent]
            self.live_on[known.parent] += 1
            self.come_from.setdefault(above, []).append(known.parent)
            if above != known.parent and self._same_level(known.parent, row.parent):
                self.gone_to.setdefault(known.parent, set()).add(above)
        self.joined = self._joined()

    def merged_into(self, place: PlaceId) -> tuple[PlaceId, ...]:
        """The place that an ended one went into whole, if that is proved."""
        if place in self.joined:
            return (self.joined[place],)
        went = self.gone_to.get(place, set())
        if len(went) != 1 or 2 * self.live_on[place] < self.children[place]:
            return ()
        (into,) = went
        took_in = {one for one in self.come_from[into] if one not in self.codes}
        return (into,) if into in self.old or len(took_in) > 1 else ()

    def split_from(self, code: str) -> tuple[PlaceId, ...]:
        """The place that a new one was cut out of, if that is proved."""
        place = self.placed[code]
        came = self.come_from.get(place, [])
        if (
            place in self.old
            or len(set(came)) != 1
            or 2 * len(came) < len(self.snapshot.children[code])
        ):
            return ()
        (origin,) = set(came)
        if not self._same_level(origin, code):
            return ()
        new = [one for one in self.gone_to[origin] if one not in self.old]
        return (origin,) if origin in self.codes or len(new) > 1 else ()

    def _same_level(self, place: PlaceId, code: str) -> bool:
        known = self.old.get(place)
        return known is not None and known.level == self.snapshot.rows[code].level

    def _joined(self) -> dict[PlaceId, PlaceId]:
        """Ended places without children, by the new sibling whose stem is made of two of theirs."""
        ended: dict[tuple[PlaceId | None, str, str], PlaceId] = {}
        for place in sorted(self.old, reverse=True):
            known = self.old[place]
            if place not in self.codes and place not in self.children:
                ended[known.parent, known.level, stem(known.name)] = place
        joined: dict[PlaceId, PlaceId] = {}
        for code, row in self.snapshot.rows.items() if ended else ():
            place = self.placed[code]
            if place not in self.old:
                whole = stem(row.name)
                parent = self.placed[row.parent] if row.parent else None
                for cut in range(1, len(whole)):
                    parts = [(parent, row.level, text) for text in (whole[:cut], whole[cut:])]
                    if all(part in ended for part in parts):
                        joined.update((ended[part], place) for part in parts)
        return joined
