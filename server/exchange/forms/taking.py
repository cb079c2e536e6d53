"""Files that somebody looked at and has not taken yet, and taking what passes of one."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from weakref import WeakKeyDictionary

from server.desk.acting import Act, act
from server.desk.viewer import Need, Viewer
from server.entering.desk import EntryDesk
from server.exchange.forms.planning import Plan, State, plan_of
from server.exchange.forms.reading import Read
from sync.ids import PersonId, PlaceId
from sync.ledger.ledger import Ledger
from sync.limits import IMPORTS_CELLS_KEPT_MAX, IMPORTS_KEPT_MAX
from sync.problems import Problem

__all__ = ["Kept", "Shelf", "Taken", "shelf_of", "take"]

_PLACES_AT_ONCE = 20


class Taken(NamedTuple):
    """What was written: cells, places, and the places that were refused at the last moment."""

    cells: int
    places: int
    refused: list[tuple[PlaceId, Problem]]


@dataclass
class Kept:
    """One file of one person, read and looked at; `taken` once what passes was written."""

    person: PersonId
    name: str
    read: Read
    plan: Plan
    taken: Taken | None = None


class Shelf:
    """The files of everybody, in memory: whoever finds theirs gone uploads it again."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, Kept] = OrderedDict()
        self.reading = asyncio.Semaphore(1)
        """Whoever reads a file: one at a time, since each may take much memory."""
        self.taking = asyncio.Lock()
        """Whoever writes what one says: each reads what the last one wrote."""

    def put(self, kept: Kept, random_bytes: Callable[[int], bytes]) -> str:
        """Keeps a file under a name that nobody guesses; of many or of much, the oldest goes."""
        name = random_bytes(16).hex()
        self._files[name] = kept
        while len(self._files) > 1 and (len(self._files) > IMPORTS_KEPT_MAX or self._is_full()):
            self._files.popitem(last=False)
        return name

    def of(self, name: str, person: PersonId) -> Kept:
        """That person's file. Raises `import-gone`."""
        kept = self._files.get(name)
        if kept is None or kept.person != person:
            raise Problem("import-gone")
        return kept

    def _is_full(self) -> bool:
        return sum(len(kept.read.found) for kept in self._files.values()) > IMPORTS_CELLS_KEPT_MAX


_SHELVES: WeakKeyDictionary[Ledger, Shelf] = WeakKeyDictionary()


def shelf_of(ledger: Ledger) -> Shelf:
    """The files that were uploaded to this server."""
    return _SHELVES.setdefault(ledger, Shelf())


async def take(ledger: Ledger, desk: EntryDesk, viewer: Viewer, kept: Kept) -> Taken:
    """Writes what passes, one commit a place, as it stands now; taking it again changes nothing, and
    says what was written then. The caller holds `Shelf.taking` since before `desk` was opened.
    """
    plan = await plan_of(desk, viewer, kept.read, kept.plan.seen)
    acts = [Act(place, Need.ENTER, writes) for place, writes in plan.writes.items()]
    if not acts and kept.taken is not None:
        return kept.taken
    refused: list[tuple[PlaceId, Problem]] = []
    for start in range(0, len(acts), _PLACES_AT_ONCE):
        refused += await _file(ledger, viewer, acts[start : start + _PLACES_AT_ONCE])
    done = {one.place for one in acts} - {place for place, _ in refused}
    cells = sum(line.found.place in done for line in plan.lines if line.writes)
    kept.plan = Plan([line for line in plan.lines if line.state is not State.UNCHANGED], [])
    kept.taken = Taken(cells, len(done), refused)
    return kept.taken


async def _file(
    ledger: Ledger, viewer: Viewer, acts: Sequence[Act]
) -> list[tuple[PlaceId, Problem]]:
    """All at once; where that is refused, each by itself, so that one keeps none of the others back."""
    try:
        await act(ledger, viewer, acts)
    except Problem as problem:
        if len(acts) == 1:
            return [(acts[0].place, problem)]
        refused = []
        for one in acts:
            refused += await _file(ledger, viewer, [one])
        return refused
    return []
