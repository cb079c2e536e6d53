"""What a check asks about a place's surroundings, answered alike on a laptop and on a server.

Neighbours are the places of the same level under the same parent at the period's end; they are
compared by the values that they filed. Where too few of them are held, as on a village's laptop,
what they say is not known: such a rule then finds nothing here, and speaks at the server.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from statistics import median

from sync.catalogue import Catalogue
from sync.figure import NOT_HERE, UNKNOWN, Missing, Result
from sync.ids import PlaceId
from sync.period import Kind, Period
from sync.placecontext import Cells, period_of
from sync.places import Tree
from sync.quantity import SCALE
from sync.value import Type, Value

__all__ = ["PEERS_MIN", "PeerValues", "Surroundings", "neighbours"]

PEERS_MIN = 5  # fewer say nothing of what is usual

PeerValues = Mapping[tuple[str, str], Mapping[PlaceId, Fraction]]
"""Period and indicator -> what the neighbours, and the place itself, filed."""


class Surroundings:
    """Answers for one place, from what is held of the hierarchy, its neighbours and its prefills."""

    def __init__(
        self,
        catalogue: Catalogue,
        tree: Tree,
        place: PlaceId,
        prefills: Cells,
        peers: PeerValues,
        *,
        whole: bool,
    ) -> None:
        """`whole` tells that the hierarchy is all here: what it doesn't hold then doesn't exist."""
        self._catalogue = catalogue
        self._tree = tree
        self._place = place
        self._prefills = prefills
        self._peers = peers
        self._whole = whole
        self._spread: dict[tuple[str, str], tuple[Fraction, Fraction]] = {}

    def ask(self, function: str, argument: str, period: Period) -> Result:
        """`Context.ask` of that place."""
        tree, place, day = self._tree, self._place, period.end
        match function:
            case "PLACE_ACTIVE":
                return tree.active(place, day)
            case "CODE_VALID":
                return tree.by_code(tree.code(place, day), day) == place
            case "PARENT_EXISTS":
                return self._parent_exists(day)
            case "PREFILL":
                return self._prefill(argument, period)
            case "PEER_MEDIAN" | "PEER_MAD" | "SAME_AMONG_SIBLINGS":
                return self._compared(function, argument, period)
        return Missing(NOT_HERE)

    def _parent_exists(self, day: date) -> Result:
        parent = self._tree.parent(self._place, day)
        if parent is not None and parent not in self._tree and not self._whole:
            return Missing(NOT_HERE)
        return parent is None or self._tree.active(parent, day)

    def _prefill(self, code: str, period: Period) -> Result:
        """What the owner's system says for that period; on change, the latest that began by then."""
        value = self._prefills.get(period.text, {}).get(code)
        if value is None and self._catalogue.indicators[code].period is Kind.STATIC:
            value = self._latest(code, period.end)
        if value is None:
            return Missing(NOT_HERE)
        return Fraction(value.number, SCALE) if value.type is Type.QUANTITY else Missing(NOT_HERE)

    def _latest(self, code: str, day: date) -> Value | None:
        found = [
            (at, codes[code])
            for text, codes in self._prefills.items()
            if code in codes and (at := period_of(text)) is not None and at.start <= day
        ]
        return max(found)[1] if found else None

    def _compared(self, function: str, code: str, period: Period) -> Result:
        if self._catalogue.indicators[code].formula:
            return Missing(NOT_HERE)
        values = self._peers.get((period.text, code), {})
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


def neighbours(tree: Tree, place: PlaceId, day: date) -> list[PlaceId]:
    """The places of the same level under the same parent that day, the place itself with them."""
    level = tree.level(place, day)
    beside = tree.children(tree.parent(place, day), day)
    return [one for one in beside if tree.level(one, day) == level]
