"""What a check asks about a place's surroundings, read from the server's database."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from sync.catalogue import Catalogue
from sync.ids import PlaceId
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.period import Period
from sync.quantity import SCALE
from sync.surroundings import Surroundings, neighbours
from sync.value import Type, Value

__all__ = ["surroundings"]

Wanted = tuple[str, str]
"""Period and indicator of which the neighbours' values are asked for."""


async def surroundings(
    ledger: Ledger, catalogue: Catalogue, place: PlaceId, periods: Iterable[Period]
) -> Surroundings:
    """Answers for one place, with what its neighbours filed for those periods."""
    tree = ledger.tree
    peers = {period.text: neighbours(tree, place, period.end) for period in periods}
    values = await _values(ledger.database, peers)
    prefills = await _prefills(ledger.database, place)
    return Surroundings(catalogue, tree, place, prefills, values, whole=True)


async def _prefills(database: Database, place: PlaceId) -> dict[str, dict[str, Value]]:
    """What other systems say of the place, by period and code."""
    found: dict[str, dict[str, Value]] = {}
    for period, code, type_, number, text in await database.rows(
        "SELECT v.subject, v.field, v.type, v.number, v.text FROM version v"
        " JOIN place_no p ON p.no = v.place"
        " WHERE p.id = ? AND v.kind = 'prefill' AND v.shown = 1",
        (place,),
    ):
        found.setdefault(period, {})[code] = Value(Type(type_), number, text)
    return found


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
        "SELECT place, subject, field, number FROM {seek} version v"
        " ON v.place = k.column1 AND v.kind = k.column2 AND v.subject = k.column3"
        f" WHERE shown = 1 AND type = {int(Type.QUANTITY)}",
        [
            (number, "value", period)
            for number, p in numbers.items()
            for period in peers
            if p in peers[period]
        ],
    ):
        found.setdefault((period, code), {})[numbers[number]] = Fraction(units, SCALE)
    return found
