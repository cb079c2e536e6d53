"""A founded server with villages and their devices, and the requests that those devices will send."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import NamedTuple

from server import filing, founding, store
from server.catalogue import shipped_files
from server.catalogue.keeping import import_pack
from server.devices.invites import authority
from server.devices.registration import registration
from sync import wire
from sync.commit import Change, Sealed, commit_of
from sync.ids import CommitId, GrantId, PersonId, PlaceId, RealmId, mint, mint_at
from sync.ledger.ledger import Ledger
from sync.trust import KeySigner, device_of
from sync.value import Cell, Value, quantity_value, text_value
from sync.wire import Offered, Signed, SyncRequest

PERIODS = ("2025Q1", "2025Q2", "2025Q3", "2025Q4")
VILLAGES_PER_TOWN = 15
TOWNS_PER_COUNTY = 15
COUNTIES_PER_CITY = 6


class Laptop(NamedTuple):
    """One village's device."""

    place: PlaceId
    signer: KeySigner
    person: PersonId
    grant: GrantId


def now() -> int:
    """The time that the benchmark's parties share."""
    return int(time.time())


def seeded(count: int, of: str) -> bytes:
    """Bytes that look like chance and are the same in every run."""
    return hashlib.shake_256(of.encode()).digest(count)


async def prepare(folder: Path, villages: int) -> tuple[list[Laptop], list[bytes]]:
    """Founds a server with that many villages and returns their laptops' requests, packed."""
    await founding.found(folder, now, lambda count: seeded(count, f"chance {count}"))
    async with store.open_server(folder, now) as ledger:
        await import_pack(ledger, shipped_files("guangdong"))
        laptops = await _register(ledger, villages)
        rows = await ledger.database.rows(
            "SELECT p.id, c.id FROM head h JOIN place_no p ON p.no = h.place"
            " JOIN commits c ON c.no = h.commit_no"
        )
        heads = {PlaceId(place): CommitId(commit) for place, commit in rows}
        bodies = [_body(ledger.realm, one, heads[one.place], n) for n, one in enumerate(laptops)]
    return laptops, bodies


def chain(village: int) -> list[str]:
    """The names of the places above a village, nearest first."""
    town = village // VILLAGES_PER_TOWN
    county = town // TOWNS_PER_COUNTY
    return [f"town {town}", f"county {county}", f"city {county // COUNTIES_PER_CITY}", "province"]


def values(village: int) -> list[tuple[Cell, Value]]:
    """A hundred values that a village reports: its income and sewage over four quarters, and years."""
    quarterly = [f"B00{n}" for n in range(1, 7)] + ["D002", "D008", "B015"]
    yearly = [f"A00{n}" for n in range(1, 5)] + ["B007", "B008", "B009", "B010", "H001", "H003"]
    yearly += ["C001", "C002", "D001", "E005", "E006", "E002"]
    cells = [Cell("value", period, code) for period in PERIODS for code in quarterly]
    years = ("2022", "2023", "2024", "2025")
    cells += [Cell("value", year, code) for year in years for code in yearly]
    return [
        (cell, quantity_value((village * 31 + index * 17) % 9_000 * 10_000))
        for index, cell in enumerate(cells[:100])
    ]


async def _register(ledger: Ledger, villages: int) -> list[Laptop]:
    person, grant = authority(ledger)
    places: dict[str, PlaceId] = {}
    filed: list[filing.Filed] = []

    def add(name: str, level: str, parent: str | None, more: list[tuple[Cell, Value]]) -> None:
        place = places[name] = PlaceId(mint("place", name.encode()))
        above = places[parent].hex() if parent else ""
        settings = (("name", name), ("level", level), ("code", name), ("parent", above))
        cells = [(Cell("place", "2020-01-01", field), text_value(text)) for field, text in settings]
        filed.append(filing.Filed(place, person, grant, [*cells, *more]))

    levels = ("town", "county", "city", "province")
    laptops: list[Laptop] = []
    for village in range(villages):
        above = chain(village)
        for index in range(len(above) - 1, -1, -1):
            if above[index] not in places:
                parent = above[index + 1] if index + 1 < len(above) else None
                add(above[index], levels[index], parent, [])
        name = f"village {village}"
        signer = KeySigner(seeded(32, name))
        officer = PersonId(mint_at("person", PlaceId(mint("place", name.encode())), name.encode()))
        entry = GrantId(mint_at("grant", PlaceId(mint("place", name.encode())), name.encode()))
        more = registration(signer.public, "laptop", officer, "officer", entry, "enter")
        add(name, "village", above[0], more)
        laptops.append(Laptop(places[name], signer, officer, entry))
    await filing.file(ledger, filed)
    return laptops


def _body(realm: RealmId, laptop: Laptop, head: CommitId, village: int) -> bytes:
    stamp = now() << 20
    commit = commit_of(
        realm=realm,
        place=laptop.place,
        parents=[head],
        device=device_of(laptop.signer.public),
        author=laptop.person,
        grant=laptop.grant,
        catalogue="0123456789abcdef",
        changes=[Change(*one, stamp + (n * 3 << 20)) for n, one in enumerate(values(village))],
    )
    sealed = Sealed(commit.body, laptop.signer.sign("commit", realm, commit.id))
    request = SyncRequest(realm, 1, now(), (Offered(sealed),), (), (), bytes(32), None, None)
    content = wire.encode(request)
    signature = laptop.signer.sign("request", realm, content)
    return wire.pack(wire.encode(Signed(content, commit.device, signature)))
