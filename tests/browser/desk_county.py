"""A small county made fast: real places, people of the roles, and laptops that have reported.

Everything in it is simulated, and says so. The places are those of one real town and five of its
villages; three of these have a laptop, one of them has two, and two have none.
"""

from __future__ import annotations

import asyncio
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from deploy.demo.cast import Village
from deploy.demo.diary import Diary
from deploy.demo.figures import Figures
from deploy.demo.laptop import Laptop
from deploy.demo.network import Road
from deploy.demo.times import Clock
from server import founding, store
from server.accounts import grants, people
from server.accounts.passwords import hashed
from server.catalogue import shipped_files
from server.catalogue.keeping import import_pack
from server.devices import invites
from server.filing import Filed, file
from server.places import shipped
from server.places.importing import import_places
from sync.ids import PlaceId
from sync.ledger.ledger import CHINA, Ledger
from sync.ledger.simulated import SIMULATED
from sync.period import Period, parse
from sync.quantity import SCALE
from sync.value import Cell, Value, flag_value, quantity_value, text_value
from tests.browser.conftest import apart
from tests.e2e.processes import now, serving, tianji

__all__ = ["MONITORED", "PASSWORD", "QUARTERLY", "YEARLY", "County", "Place", "made", "opened"]

PASSWORD = "a password of one's own"
QUARTERLY, YEARLY = "C201", "C101"
MONITORED = "D002"
"""Of this, another system says two more for the first village, and the second's laptops differ."""

SOURCE = "生态环境局台账（模拟）"
TOWN_CODE = "445103105000"
VILLAGES = 5
SEED = 7
STAFF = (
    ("xian", "林县审（模拟）", "county", ("review_county",)),
    ("zhen", "何镇审（模拟）", "town", ("review_town",)),
    ("tian", "李代填（模拟）", "town", ("enter",)),
    ("kan", "陈主任（模拟）", "county", ("view",)),
)


LAPTOPS = {
    "0": (0, "陈志明（模拟）"),
    "1": (1, "张丽华（模拟）"),
    "2": (2, "黄建平（模拟）"),
    "second": (1, "林雪梅（模拟）"),
}
"""By folder the village, and who reports there."""


class Place(NamedTuple):
    """A place of the county."""

    id: PlaceId
    code: str
    name: str


class County(NamedTuple):
    """The county's folder, and what was made in it.

    `quarter` is the last that is over, `before` the one before it, `year` the last year. The first
    password of `zhen` has still to be replaced; the others have `PASSWORD`.
    """

    folder: Path
    address: str
    town: Place
    above: Place
    villages: tuple[Place, ...]
    quarter: Period
    before: Period
    year: Period
    first_password: str

    @property
    def server(self) -> Path:
        """The server's data folder."""
        return self.folder / "server"

    def laptop(self, name: str) -> Path:
        """The folder of a laptop: `0`, `1`, `2` by village, `second` of the second village."""
        return self.folder / "laptops" / name

    def typed(self, village: int, period: Period) -> dict[str, str]:
        """What that village's officer has typed, or would type, into the form of that period."""
        figures = Figures(SEED, self.villages[village].code)
        return figures.year(period) if period == self.year else figures.quarter(period)

    def file(self, name: str, period: Period, values: dict[str, str]) -> None:
        """What an officer types into a laptop that heard of nothing since, and its sync."""
        at = ("--data", self.laptop(name))
        for code, text in values.items():
            done = tianji("field", "set", period.text, code, text, *at)
            assert done.code == 0, done
        done = tianji("field", "sync", *at)
        assert done.code == 0, done


def made(folder: Path) -> County:
    """Makes it: the first three villages hand in both quarters and the year, but for the third's
    last quarter; the second village's other laptop has counted `MONITORED` for itself, unsent.
    """
    county, codes = apart(lambda: asyncio.run(_found(folder)))
    with serving(county.server) as address:
        county = county._replace(address=address)
        apart(lambda: asyncio.run(_reported(county, codes)))
    return county


@contextmanager
def opened(county: County, folder: Path) -> Iterator[County]:
    """A copy of its own in another folder, whose server runs at the address that the laptops know."""
    shutil.copytree(county.folder, folder)
    copy = county._replace(folder=folder)
    with serving(copy.server, int(county.address.rpartition(":")[2])):
        yield copy


async def _found(folder: Path) -> tuple[County, dict[str, str]]:
    """The server's books, and an enrolment code for each laptop."""
    await founding.found(folder / "server", now, os.urandom, "管理员（模拟）")
    async with store.open_server(folder / "server", now) as ledger:
        person, grant = invites.authority(ledger)
        await file(ledger, [Filed(ledger.root, person, grant, [(SIMULATED, flag_value(True))])])
        await import_pack(ledger, shipped_files())
        county = await _placed(ledger, folder)
        await _prefilled(ledger, county)
        county = county._replace(first_password=await _seated(ledger, county))
        codes = {
            name: await invites.invite(ledger, county.villages[at].id, "enter", officer, os.urandom)
            for name, (at, officer) in LAPTOPS.items()
        }
        return county, codes


async def _placed(ledger: Ledger, folder: Path) -> County:
    year = max(shipped.AS_OF)
    known = shipped.load(year)
    town = known.rows[TOWN_CODE]
    county = known.rows[town.parent]
    villages = [known.rows[code] for code in known.children[TOWN_CODE]][:VILLAGES]
    lines = ["code,name,level,parent_code", f"{county.code},{county.name},county,"]
    lines += [",".join(row) for row in (town, *villages)]
    text = "\n".join(lines).encode()
    await import_places(ledger, io.BytesIO(text), shipped.AS_OF[year])

    def place(code: str, name: str) -> Place:
        found = ledger.tree.by_code(code, ledger.today())
        assert found is not None, code
        return Place(found, code, name)

    today = datetime.fromtimestamp(now(), CHINA).date()
    quarter = parse(f"{today.year}Q{(today.month + 2) // 3}").previous()
    return County(
        folder,
        "",
        place(town.code, town.name),
        place(county.code, county.name),
        tuple(place(row.code, row.name) for row in villages),
        quarter,
        quarter.previous(),
        parse(f"{today.year - 1}"),
        "",
    )


async def _prefilled(ledger: Ledger, county: County) -> None:
    """Another system counts two more of `MONITORED` in the first village."""
    text = county.quarter.text
    theirs = (int(county.typed(0, county.quarter)[MONITORED]) + 2) * SCALE
    cells: list[tuple[Cell, Value]] = [
        (Cell("prefill", text, MONITORED), quantity_value(theirs)),
        (Cell("prefill", text, f"{MONITORED}/source"), text_value(SOURCE)),
    ]
    person, grant = invites.authority(ledger)
    await file(ledger, [Filed(county.villages[0].id, person, grant, cells)])


async def _seated(ledger: Ledger, county: County) -> str:
    """People of the roles; the first password of whoever the story is about."""
    at = {"town": county.town.id, "county": county.above.id}
    first, own = "", hashed(PASSWORD)
    for login, name, level, roles in STAFF:
        person, password = await people.add(ledger, name, login, at[level], os.urandom)
        for role in roles:
            await grants.add(ledger, person, role, at[level], None, os.urandom)
        if login == "zhen":
            first = password
            continue
        async with ledger.transaction() as database:
            await database.run(
                "UPDATE account SET password_hash = ?, must_change = 0 WHERE person = ?",
                (own, person),
            )
    return first


async def _reported(county: County, codes: dict[str, str]) -> None:
    road, clock = Road(), Clock(now())
    clock.release()
    laptops = {
        name: Laptop(county.laptop(name), _village(county, at, officer), clock, Diary())
        for name, (at, officer) in LAPTOPS.items()
    }
    for name, laptop in laptops.items():  # all know their places before anybody reports
        await laptop.enrol(road, county.address, codes[name])
        async with laptop.opened() as desk:
            await laptop.sync(desk, road, county.address)
    for name, laptop in laptops.items():
        at = laptop.village.number
        async with laptop.opened() as desk:
            if name == "second":
                count = int(county.typed(at, county.before)[MONITORED]) + 1
                await laptop.type(desk, county.before, {MONITORED: str(count)})
                continue
            periods = [county.before, county.quarter][: 1 if name == "2" else 2]
            for period in [*periods, county.year]:
                await laptop.type(desk, period, county.typed(at, period))
                form = YEARLY if period == county.year else QUARTERLY
                await laptop.submit(desk, form, period)
            await laptop.sync(desk, road, county.address)


def _village(county: County, at: int, officer: str) -> Village:
    place = county.villages[at]
    return Village(at, place.code, place.name, officer)
