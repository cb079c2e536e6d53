"""The demo's own list of what was typed, and what has to become of it, told without any ledger.

The rule that it is measured by: what stands in a cell in the end are the accepted edits that no
accepted edit's author had been shown, directly or through an edit that itself was shown.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sync.ids import DeviceId, EditId, PlaceId
from sync.value import Cell, Value

__all__ = ["Diary", "Entry"]


class Entry(NamedTuple):
    """One thing that an officer typed, and the edits of its cell that were on the screen then."""

    name: EditId
    device: DeviceId
    place: PlaceId
    cell: Cell
    value: Value
    shown: frozenset[EditId]
    grant_ended: bool


class Diary:
    """All entries by the name of the edit: what a cloned disk brings twice is one entry."""

    def __init__(self) -> None:
        self.entries: dict[EditId, Entry] = {}

    def add(self, entry: Entry) -> None:
        """Writes an entry down."""
        self.entries[entry.name] = entry

    def values(self) -> list[Entry]:
        """The entries that are reported values."""
        return [entry for entry in self.entries.values() if entry.cell.kind == "value"]

    def standing(self, accepted: Collection[EditId]) -> set[EditId]:
        """Which of the accepted edits must stand in the end."""
        covered = {name for one in accepted for name in self._seen(one)}
        return {name for name in accepted if name in self.entries} - covered

    def _seen(self, name: EditId) -> set[EditId]:
        seen: set[EditId] = set()
        waiting = [name]
        while waiting:
            entry = self.entries.get(waiting.pop())
            new = entry.shown - seen if entry else frozenset[EditId]()
            seen |= new
            waiting.extend(new)
        return seen
