"""The devices that are registered within somebody's scope: which there are, and how they fare.

There may be one in every village, so a list is cut to a page before anything is read for its lines.
No address is kept or shown: where a laptop is, is nobody's business here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Sequence
from typing import NamedTuple

from server.devices.seen import Seen, Sightings
from sync.grants import Device
from sync.ids import DeviceId, PlaceId
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.value import Cell

__all__ = [
    "AWAY_SECONDS",
    "STATES",
    "Line",
    "Wanted",
    "line",
    "lines",
    "names_of",
    "places_of",
    "reason_cell",
    "tally",
]

Test = Callable[[tuple[str, Device]], bool]

PAGE_LINES = 50
AWAY_SECONDS = 30 * 24 * 3600
STATES = ("", "in-use", "away", "never", "aside", "revoked")
"""Which devices a list is of: all, in use, not seen for long, never seen, with work aside, revoked."""


class Wanted(NamedTuple):
    """Which devices to list; `after` is the last line of the page before, as its key."""

    text: str = ""
    state: str = ""
    after: str = ""


class Line(NamedTuple):
    """One device; `places` are where it is registered, `people` the names of who signed in on it.

    `held` and `parked` count commits of its own that are here and not accepted.
    """

    device: DeviceId
    name: str
    places: tuple[PlaceId, ...]
    people: tuple[str, ...]
    revoked: bool
    reason: str
    is_server: bool
    seen: Seen | None
    held: int
    parked: int
    key: str


class Page(NamedTuple):
    """Lines, how many there are in all, and the key after which the next page begins."""

    lines: list[Line]
    total: int
    following: str


def places_of(device: Device) -> tuple[PlaceId, ...]:
    """Where a device is registered, in use or revoked."""
    return tuple(sorted(device.places))


def reason_cell(device: DeviceId) -> Cell:
    """Where it is filed why a device was revoked or taken into use again."""
    return Cell("device", device.hex(), "reason")


async def lines(
    ledger: Ledger, sightings: Sightings, scope: Container[object], wanted: Wanted
) -> Page:
    """A page of the devices that are registered at a place of the scope, by the places' codes."""
    found = await _chosen(ledger, sightings, _within(ledger, scope), wanted)
    today, tree = ledger.today(), ledger.tree
    keys = sorted(
        f"{min(tree.code(place, today) for place in device.places)} {name}"
        for name, device in found.items()
    )
    page = [key for key in keys if key > wanted.after][: PAGE_LINES + 1]
    following = page[PAGE_LINES - 1] if len(page) > PAGE_LINES else ""
    shown = [(key, key.rpartition(" ")[2]) for key in page[:PAGE_LINES]]
    made = await _lines(ledger, sightings, [(key, name, found[name]) for key, name in shown])
    return Page(made, len(keys), following)


async def tally(ledger: Ledger, sightings: Sightings, scope: Container[object]) -> dict[str, int]:
    """How many devices of the scope are in each state."""
    found = _within(ledger, scope)
    tests = await _tests(ledger, sightings)
    return {state: sum(map(test, found.items())) for state, test in tests.items()}


def _within(ledger: Ledger, scope: Container[object]) -> dict[str, Device]:
    return {
        name: device
        for name, device in ledger.register.devices.items()
        if device.places and any(place in scope for place in device.places)
    }


async def line(ledger: Ledger, sightings: Sightings, device: DeviceId) -> Line:
    """One device, which is registered."""
    name = device.hex()
    return (await _lines(ledger, sightings, [("", name, ledger.register.devices[name])]))[0]


async def _lines(
    ledger: Ledger, sightings: Sightings, shown: Sequence[tuple[str, str, Device]]
) -> list[Line]:
    devices = [DeviceId(bytes.fromhex(name)) for _, name, _ in shown]
    texts = await names_of(ledger.database, [(name, device) for _, name, device in shown])
    seen = await sightings.of(ledger.database, devices)
    asides = await _asides(ledger.database, devices)
    names = ledger.register.names
    return [
        Line(
            identity,
            texts.get((name, "name"), ""),
            places_of(device),
            tuple(sorted(names.get(person, "") for person in device.people)),
            device.revoked,
            texts.get((name, "reason"), ""),
            identity == ledger.device,
            seen.get(identity),
            *asides.get(identity, (0, 0)),
            key,
        )
        for identity, (key, name, device) in zip(devices, shown, strict=True)
    ]


async def names_of(
    database: Database, devices: Sequence[tuple[str, Device]]
) -> dict[tuple[str, str], str]:
    """What devices are called and why they were revoked, by id and field."""
    rows = await database.rows_in(
        "SELECT v.subject, v.field, v.text FROM {seek} place_no p ON p.id = k.column1"
        " JOIN version v ON v.place = p.no AND v.kind = 'device' AND v.subject = k.column2"
        " WHERE v.field IN ('name', 'reason') AND v.shown = 1",
        [(place, name) for name, device in devices for place in device.places],
    )
    return {(subject, field): text for subject, field, text in rows}


async def _asides(
    database: Database, devices: Collection[DeviceId]
) -> dict[DeviceId, tuple[int, int]]:
    rows = await database.rows_in(
        "SELECT device, sum(state = 'held'), sum(state = 'parked') FROM aside"
        " WHERE device IN ({keys}) GROUP BY device",
        [(device,) for device in devices],
    )
    return {DeviceId(device): (held, parked) for device, held, parked in rows}


async def _chosen(
    ledger: Ledger, sightings: Sightings, found: dict[str, Device], wanted: Wanted
) -> dict[str, Device]:
    """Those in the state that is asked for, and of these the ones that the text names."""
    if wanted.state:
        test = (await _tests(ledger, sightings))[wanted.state]
        found = dict(filter(test, found.items()))
    return await _named(ledger, found, wanted.text.strip()) if wanted.text.strip() else found


async def _tests(ledger: Ledger, sightings: Sightings) -> dict[str, Test]:
    """By state whether a device is in it."""
    rows = await ledger.database.rows("SELECT DISTINCT device FROM aside")
    aside = {bytes(device).hex() for (device,) in rows}
    times = {name.hex(): one.at for name, one in (await sightings.every(ledger.database)).items()}
    late, server = ledger.now() - AWAY_SECONDS, ledger.device.hex()
    return {
        "": lambda _: True,
        "in-use": lambda one: one[0] != server and not one[1].revoked,
        "away": lambda one: times.get(one[0], late) < late and not one[1].revoked,
        "never": lambda one: one[0] not in times and one[0] != server and not one[1].revoked,
        "aside": lambda one: one[0] in aside,
        "revoked": lambda one: one[1].revoked,
    }


async def _named(ledger: Ledger, found: dict[str, Device], text: str) -> dict[str, Device]:
    """Those whose own name, id, place or person the text names."""
    rows = await ledger.database.rows(
        "SELECT DISTINCT subject FROM version INDEXED BY version_definitions"
        " WHERE kind <> 'value' AND kind = 'device' AND field = 'name' AND instr(text, ?)",
        (text,),
    )
    called = {subject for (subject,) in rows}
    tree, today, names = ledger.tree, ledger.today(), ledger.register.names

    def is_meant(name: str, device: Device) -> bool:
        return (
            name in called
            or name.startswith(text.lower())
            or any(
                text in tree.name(place, today) or tree.code(place, today).startswith(text)
                for place in device.places
            )
            or any(text in names.get(person, "") for person in device.people)
        )

    return {name: device for name, device in found.items() if is_meant(name, device)}
