"""Which indicators places have ever filed, under whatever period: for what is filed on change.

Looking through all periods of all places takes a part of a second on a county's laptop, so it is
done once, and again for the places that changed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from weakref import WeakKeyDictionary

from sync.ids import PlaceId
from sync.ledger.apply import CellChange
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger

__all__ = ["codes_ever"]

CHANGED_MAX = 500  # with more, reading all is as fast


class _EverFiled:
    """Of some codes, those that each place has filed; follows the ledger by its hook."""

    def __init__(self, codes: frozenset[str]) -> None:
        self.codes = codes
        self._filed: dict[PlaceId, set[str]] | None = None
        self._changed: set[PlaceId] = set()
        self._elsewhere = 0

    async def note(self, _: Database, changes: Sequence[CellChange]) -> None:
        """Notes which places are to be looked at again."""
        self._changed |= {one.place for one in changes if one.cell.kind == "value"}

    async def read(self, database: Database) -> Mapping[PlaceId, set[str]]:
        """The codes by place, as the last finished transaction left them."""
        async with database.reading():
            ((elsewhere,),) = await database.rows("PRAGMA data_version")
            many = len(self._changed) > CHANGED_MAX
            if self._filed is None or many or elsewhere != self._elsewhere:
                self._filed = defaultdict(set)
                await self._take(database, "v.kind = 'value'")
            elif self._changed:
                for place in self._changed:
                    self._filed.pop(place, None)
                ids = ",".join(f"x'{place.hex()}'" for place in self._changed)
                await self._take(database, f"v.kind = 'value' AND p.id IN ({ids})")
            self._changed.clear()
            self._elsewhere = elsewhere
        return self._filed

    async def _take(self, database: Database, which: str) -> None:
        assert self._filed is not None
        for place, code in await database.rows(
            "SELECT DISTINCT p.id, v.field FROM place_no p JOIN version v ON v.place = p.no"
            f" WHERE {which} AND v.field IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(self.codes)),),
        ):
            self._filed[PlaceId(place)].add(code)


_ALL: WeakKeyDictionary[Ledger, _EverFiled] = WeakKeyDictionary()


async def codes_ever(ledger: Ledger, codes: Collection[str]) -> Mapping[PlaceId, set[str]]:
    """Which of the codes each place has filed; what is pending is not among them."""
    known = _ALL.get(ledger)
    if known is None or known.codes != set(codes):
        if known is not None:
            ledger.hooks.remove(known.note)
        known = _ALL[ledger] = _EverFiled(frozenset(codes))
        ledger.hooks.append(known.note)
    return await known.read(ledger.database)
