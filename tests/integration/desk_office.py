"""A small county's server within the test: real books, people of every role, their browsers."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
from litestar import Litestar

from server import filing, founding, store
from server.accounts import grants, people
from server.accounts.passwords import hashed
from server.accounts.sessions import begin
from server.app import create_app, guarded
from server.catalogue import shipped_files
from server.catalogue.keeping import import_pack
from server.desk.access import COOKIE
from server.desk.acting import sign_in_here
from server.desk.viewer import Viewer
from server.devices.invites import authority
from sync.ids import GrantId, PersonId, PlaceId, mint, mint_at
from sync.ledger.ledger import Ledger
from sync.review import SUBMITTED, submission_cell
from sync.value import (
    Cell,
    Value,
    choice_value,
    flag_value,
    quantity_value,
    reason_value,
    text_value,
)

NOW = 1_730_000_000  # 2024-10-27
HOST = "desk.invalid"
PASSWORD = "a password of one's own"


def _place(name: str) -> PlaceId:
    return PlaceId(mint("place", name.encode()))


CITY, COUNTY, ELSEWHERE = _place("city"), _place("county"), _place("another county")
TOWN, SECOND_TOWN, TOWN_ELSEWHERE = _place("town"), _place("second town"), _place("town elsewhere")
VILLAGES = tuple(_place(f"village {n}") for n in range(6))
VILLAGE, VILLAGE_ELSEWHERE = VILLAGES[0], _place("village elsewhere")
PLACES = (
    (CITY, "445100000000", "潮州市", "city", ""),
    (COUNTY, "445103000000", "潮安区", "county", CITY.hex()),
    (ELSEWHERE, "445122000000", "饶平县", "county", CITY.hex()),
    (TOWN, "445103101000", "磷溪镇", "town", COUNTY.hex()),
    (SECOND_TOWN, "445103102000", "官塘镇", "town", COUNTY.hex()),
    (TOWN_ELSEWHERE, "445122101000", "黄冈镇", "town", ELSEWHERE.hex()),
    *(
        (
            village,
            f"44510310{1 + n // 3}20{n % 3 + 1}",
            f"{'仙河溪口塘边下寮上坪石埔'[2 * n : 2 * n + 2]}村",
            "village",
            (TOWN if n < 3 else SECOND_TOWN).hex(),
        )
        for n, village in enumerate(VILLAGES)
    ),
    (VILLAGE_ELSEWHERE, "445122101201", "霞东村", "village", TOWN_ELSEWHERE.hex()),
)
ROLES: Mapping[str, tuple[tuple[str, PlaceId], ...]] = {
    "administrator": (("administer", CITY),),
    "county": (("review_county", COUNTY),),
    "town": (("review_town", TOWN),),
    "staff": (("enter", TOWN),),
    "definer": (("define", CITY),),
    "viewer": (("view", COUNTY),),
    "open": (("open_data", COUNTY),),
    "outside": (("review_county", ELSEWHERE), ("review_town", ELSEWHERE)),
    "nobody": (),
}
"""Who there is, and what they may do where; those of the county see all of `VILLAGES`."""


def clock() -> int:
    """A day in October 2024."""
    return NOW


class DeskOffice(NamedTuple):
    """The server, its application, and a browser for each person."""

    ledger: Ledger
    app: Litestar
    people: dict[str, PersonId]
    browsers: dict[str, httpx.AsyncClient]
    folder: Path

    async def report(
        self, place: PlaceId, period: str, values: Mapping[str, int | bool | str]
    ) -> None:
        """Values that the village's officer filed: whole numbers, yes or no, reasons as `!code`."""
        cells = [(Cell("value", period, code), value_of(value)) for code, value in values.items()]
        await self.file(place, cells)

    async def submit(self, place: PlaceId, period: str, form: str) -> None:
        """The village's officer hands a form in."""
        await self.file(place, [(submission_cell(period, form), SUBMITTED)])

    async def file(self, place: PlaceId, cells: list[tuple[Cell, Value]]) -> None:
        """Cells of the village's officer."""
        person = PersonId(mint_at("person", place, b"officer"))
        grant = GrantId(mint_at("grant", place, b"officer"))
        await filing.file(self.ledger, [filing.Filed(place, person, grant, cells)])


def value_of(value: int | bool | str) -> Value:
    """What a test writes shortly, as a value."""
    if isinstance(value, bool):
        return flag_value(value)
    if isinstance(value, int):
        return quantity_value(value * 10_000)
    return reason_value(value[1:]) if value.startswith("!") else choice_value(value)


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[DeskOffice]:
    """A server with Guangdong's catalogue, two counties, and people of every role signed in."""
    await founding.found(folder / "server", clock, os.urandom)
    async with store.open_server(folder / "server", clock) as ledger:
        await import_pack(ledger, shipped_files())
        await _settle(ledger)
        known = {name: await _person(ledger, name, held) for name, held in ROLES.items()}
        app = create_app(ledger)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(living(app))
            browsers = {
                name: await stack.enter_async_context(await _browser(app, ledger, person))
                for name, person in known.items()
            }
            browsers["stranger"] = await stack.enter_async_context(_client(app))
            yield DeskOffice(ledger, app, known, browsers, folder)


@asynccontextmanager
async def living(app: Litestar) -> AsyncIterator[None]:
    """The application's life, begun and ended in one task, as its cancel scopes want it: a fixture
    may be ended in another one than it was begun in.
    """
    begun, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            begun.set()
            await over.wait()

    task = asyncio.create_task(live())
    await begun.wait()
    yield
    over.set()
    await task


async def _settle(ledger: Ledger) -> None:
    """Files the places, and an officer in every village."""
    person, grant = authority(ledger)
    filed = []
    for place, *texts in PLACES:
        pairs = zip(("code", "name", "level", "parent"), texts, strict=True)
        cells = [(Cell("place", "2020-01-01", field), text_value(text)) for field, text in pairs]
        officer, own = mint_at("person", place, b"officer"), mint_at("grant", place, b"officer")
        cells += [
            (Cell("person", officer.hex(), "name"), text_value(f"{texts[1]}填报人")),
            (Cell("grant", own.hex(), "person"), text_value(officer.hex())),
            (Cell("grant", own.hex(), "role"), choice_value("enter")),
            (Cell("signin", ledger.device.hex(), officer.hex()), flag_value(True)),
        ]
        filed.append(filing.Filed(place, person, grant, cells))
    await filing.file(ledger, filed)


async def _person(ledger: Ledger, name: str, held: tuple[tuple[str, PlaceId], ...]) -> PersonId:
    """Somebody with an account, a password of their own, and those grants."""
    person, _ = await people.add(ledger, name, name, CITY, os.urandom)
    async with ledger.transaction() as database:
        await database.run(
            "UPDATE account SET password_hash = ?, must_change = 0 WHERE person = ?",
            (_HASH, person),
        )
    for role, place in held:
        await grants.add(ledger, person, role, place, None, os.urandom)
    await sign_in_here(ledger, Viewer(ledger, person))
    return person


async def _browser(app: Litestar, ledger: Ledger, person: PersonId) -> httpx.AsyncClient:
    cookie = await begin(
        ledger, person, os.urandom, proved=True, agent="a test", address="127.0.0.1"
    )
    client = _client(app)
    client.cookies.set(COOKIE, cookie)
    return client


def _client(app: Litestar) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=guarded(app))  # type: ignore[arg-type]  # of another framework
    headers = {"accept": "text/html", "accept-language": "zh-CN"}
    return httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}", headers=headers)


_HASH = hashed(PASSWORD)
