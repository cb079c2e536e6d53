"""Machines to look at: revoked ones with what they left, and those whose disk seems copied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from server.disputes.origins import ancestors
from server.disputes.parked import places_with_any
from server.disputes.rivals import disputed_places
from server.explaining.devices import device_names
from sync.ids import DeviceId, PlaceId
from sync.ledger.database import Row
from sync.ledger.ledger import Ledger

__all__ = ["Machine", "machines"]

LISTED_MAX = 500
PAIRS_MAX = 100


class Machine(NamedTuple):
    """A machine; `forks` are places at which it made commits that don't know of one another, so that
    two copies of one disk are likely. `parked` and `held` count its commits aside in sight.
    """

    device: DeviceId
    name: str
    places: tuple[PlaceId, ...]
    people: tuple[str, ...]
    revoked: bool
    known: bool
    forks: tuple[PlaceId, ...]
    parked: int
    held: int


async def machines(books: Ledger, wanted: Callable[[PlaceId], bool]) -> list[Machine]:
    """Those in sight with anything aside, revoked, or of two branches; the most to look at first."""
    counts = await _aside(books, wanted)
    forks = await _forks(books, wanted)
    register = books.register
    revoked = {
        DeviceId(bytes.fromhex(key))
        for key, device in register.devices.items()
        if device.places and device.revoked and any(wanted(place) for place in device.places)
    }
    every = {device for device, _ in counts} | forks.keys() | revoked
    names = await device_names(books, every)
    found = []
    for device in every:
        known = register.devices.get(device.hex())
        found.append(
            Machine(
                device,
                names[device],
                tuple(sorted(filter(wanted, known.places))) if known else (),
                tuple(sorted(register.names.get(one, "") for one in known.people)) if known else (),
                revoked=bool(known and known.places and known.revoked),
                known=bool(known and known.key),
                forks=tuple(sorted(forks.get(device, ()))),
                parked=counts[device, "parked"],
                held=counts[device, "held"],
            )
        )
    found.sort(key=lambda one: (not one.forks, -one.parked - one.held, one.name, one.device))
    return found[:LISTED_MAX]


async def _aside(books: Ledger, wanted: Callable[[PlaceId], bool]) -> Counter[tuple[DeviceId, str]]:
    found: Counter[tuple[DeviceId, str]] = Counter()
    places = await places_with_any(books.database, wanted)
    for device, state, number in await books.database.rows_in(
        "SELECT a.device, a.state, count(*) FROM {seek} aside a ON a.state = k.column1"
        " AND a.place = k.column2 GROUP BY a.device, a.state",
        [(state, place) for state in ("held", "parked") for place in places],
    ):
        found[DeviceId(device), state] += number
    return found


async def _forks(books: Ledger, wanted: Callable[[PlaceId], bool]) -> dict[DeviceId, set[PlaceId]]:
    """Where a machine's commits are two heads of a place, or two rivals of one cell that it made
    apart. What was joined since, and settled, is past.
    """
    rows = await books.database.rows(
        "SELECT p.id, c.device FROM (SELECT place FROM head GROUP BY place HAVING count(*) > 1) m"
        " JOIN head h ON h.place = m.place JOIN commits c ON c.no = h.commit_no"
        " JOIN place_no p ON p.no = h.place GROUP BY p.id, c.device HAVING count(*) > 1"
    )
    rows += await _rivals(books, wanted)
    found: dict[DeviceId, set[PlaceId]] = {}
    for place, device in rows:
        if wanted(PlaceId(place)):
            found.setdefault(DeviceId(device), set()).add(PlaceId(place))
    return found


async def _rivals(books: Ledger, wanted: Callable[[PlaceId], bool]) -> list[Row]:
    """Place and device of rivals of which neither was made on top of the other."""
    names = {one.number: one.place for one in await disputed_places(books.database, wanted)}
    pairs = await books.database.rows_in(
        "SELECT DISTINCT r.place, c.device, c.id, d.id FROM version r INDEXED BY version_rivals"
        " CROSS JOIN version v"
        " ON v.place = r.place AND v.kind = r.kind AND v.subject = r.subject AND v.field = r.field"
        " AND v.commit_no < r.commit_no JOIN commits c ON c.no = r.commit_no"
        " JOIN commits d ON d.no = v.commit_no WHERE c.device = d.device AND r.shown = 0"
        " AND r.place IN ({keys})",
        [(number,) for number in names],
    )
    found: list[Row] = []
    for number, device, one, other in pairs[:PAIRS_MAX]:
        above, below = await ancestors(books, one), await ancestors(books, other)
        if other not in above and one not in below:
            found.append((names[number], device))
    return found
