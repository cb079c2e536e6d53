"""What a check asks about a place's surroundings: the hierarchy, and its neighbours' figures.

Neighbours are the places of the same level under the same parent at the period's end; they are
compared by the values that they filed. What other systems say isn't known here.
"""

from __future__ import annotations

from fractions import Fraction
from statistics import median

from sync.catalogue import Catalogue
from sync.figure import NOT_HERE, UNKNOWN, Missing, Result
from sync.ids import PlaceId
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.period import Period
from sync.quantity import SCALE
from sync.value import Type

__all__ = ["Surroundings"]

PEERS_MIN = 5  # fewer say nothing of what is usual

Wanted = tuple[str, str]
"""Period and indicator of which the neighbours' values are asked for."""


class Surroundings:
    """Answers for one place; `load` reads the neighbours' values that were asked for in vain."""

    def __init__(self, ledger: Ledger, catalogue: Catalogue, place: PlaceId) -> None:
        self._ledger = ledger
        self._catalogue = catalogue
        self._place = place
        self._wanted: dict[Wanted, Period] = {}
        self._values: dict[Wanted, dict[PlaceId, Fraction]] = {}

    def ask(self, function: str, argument: str, period: Period) -> Result:
        """`Context.ask` of that place."""
        tree, place, day = self._ledger.tree, self._place, period.end
        match function:
            case "PLACE_ACTIVE":
                return tree.active(place, day)
            case "CODE_VALID":
                return tree.by_code(tree.code(place, day), day) == place
            case "PARENT_EXISTS":
                parent = tree.parent(place, day)
                return parent is None or tree.active(parent, day)
            case "PEER_MEDIAN" | "PEER_MAD" | "SAME_AMONG_SIBLINGS":
                return self._peers(function, argument, period)
        return Missing(NOT_HERE)

    async def load(self) -> bool:
        """Whether anything was read that was asked for and not there."""
        wanted, self._wanted = self._wanted, {}
        for (text, code), period in wanted.items():
            peers = self._neighbours(period)
            found = await _values(self._ledger.database, peers, text, code)
            self._values[text, code] = found
        return bool(wanted)

    def _neighbours(self, period: Period) -> list[PlaceId]:
        tree, day = self._ledger.tree, period.end
        level = tree.level(self._place, day)
        beside = tree.children(tree.parent(self._place, day), day)
        return [one for one in beside if tree.level(one, day) == level]

    def _peers(self, function: str, code: str, period: Period) -> Result:
        if self._catalogue.indicators[code].formula:
            return Missing(NOT_HERE)
        key = period.text, code
        if key not in self._values:
            self._wanted[key] = period
            return Missing(NOT_HERE)
        values = self._values[key]
        own = values.get(self._place)
        if own is None:
            return Missing(UNKNOWN, (code,))
        if function == "SAME_AMONG_SIBLINGS":
            return Fraction(sum(one == own for one in values.values()) if own else 0)
        if len(values) < PEERS_MIN:
            return Missing(NOT_HERE)
        middle = median(values.values())
        if function == "PEER_MEDIAN":
            return middle
        return median(abs(one - middle) for one in values.values())


async def _values(
    database: Database, places: list[PlaceId], period: str, code: str
) -> dict[PlaceId, Fraction]:
    rows = await database.rows_in(
        "SELECT p.id, v.number FROM place_no p JOIN version v ON v.place = p.no AND v.kind = 'value'"
        f" AND v.subject = '{period}' AND v.field = '{code}' AND v.shown = 1"
        f" AND v.type = {int(Type.QUANTITY)} WHERE p.id IN ({{keys}})",
        [(place,) for place in places],
    )
    return {PlaceId(place): Fraction(number, SCALE) for place, number in rows}
