"""What a check asks about a place's surroundings: the hierarchy, and its neighbours' figures.

Neighbours are the places of the same level under the same parent at the period's end; they are
compared by the values that they filed. What other systems say isn't known here.
"""

from __future__ import annotations

from collections.abc import Iterable
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
    """Answers for one place, once the neighbours' values of some periods are loaded."""

    def __init__(self, ledger: Ledger, catalogue: Catalogue, place: PlaceId) -> None:
        self._ledger = ledger
        self._catalogue = catalogue
        self._place = place
        self._values: dict[Wanted, dict[PlaceId, Fraction]] = {}
        self._spread: dict[Wanted, tuple[Fraction, Fraction]] = {}

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

    async def load(self, periods: Iterable[Period]) -> None:
        """Reads what the neighbours filed for those periods."""
        peers = {period.text: self._neighbours(period) for period in periods}
        self._values = await _values(self._ledger.database, peers)

    def _neighbours(self, period: Period) -> list[PlaceId]:
        tree, day = self._ledger.tree, period.end
        level = tree.level(self._place, day)
        beside = tree.children(tree.parent(self._place, day), day)
        return [one for one in beside if tree.level(one, day) == level]

    def _peers(self, function: str, code: str, period: Period) -> Result:
        if self._catalogue.indicators[code].formula:
            return Missing(NOT_HERE)
        values = self._values.get((period.text, code), {})
        own = values.get(self._place)
        if own is None:
            return Missing(UNKNOWN, (code,))
        if function == "SAME_AMONG_SIBLINGS":
            return Fraction(sum(one == own for one in values.values()) if own else 0)
        if len(values) < PEERS_MIN:
            return Missing(NOT_HERE)
        key = period.text, code
        if key not in self._spread:
            middle = median(values.values())
            self._spread[key] = middle, median(abs(one - middle) for one in values.values())
        return self._spread[key][function == "PEER_MAD"]


async def _values(
    database: Database, peers: dict[str, list[PlaceId]]
) -> dict[Wanted, dict[PlaceId, Fraction]]:
    """The quantities that places filed for periods."""
    places = sorted({place for there in peers.values() for place in there})
    numbers = {
        number: PlaceId(place)
        for place, number in await database.rows_in(
            "SELECT id, no FROM place_no WHERE id IN ({keys})", [(place,) for place in places]
        )
    }
    found: dict[Wanted, dict[PlaceId, Fraction]] = {}
    for number, period, code, units in await database.rows_in(
        "SELECT place, subject, field, number FROM version WHERE (place, kind, subject) IN ({keys})"
        f" AND shown = 1 AND type = {int(Type.QUANTITY)}",
        [
            (number, "value", period)
            for number, p in numbers.items()
            for period in peers
            if p in peers[period]
        ],
    ):
        found.setdefault((period, code), {})[numbers[number]] = Fraction(units, SCALE)
    return found
