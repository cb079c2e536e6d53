"""A small province on a real server whose villages move, and a recount that knows nothing of rollups.

The recount keeps its own list of who lies under whom since when, and asks it for every period.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

from server import founding
from server.devices.invites import authority
from server.filing import Filed, file_within
from server.store import open_server
from sync import clock
from sync.commit import Change, commit_of
from sync.definition import canonical, kind_of
from sync.ids import PlaceId, mint
from sync.ledger.apply import Arrival
from sync.ledger.database import Database
from sync.ledger.edits import sign
from sync.ledger.ledger import CHINA, Ledger
from sync.ledger.receive import Intake
from sync.period import parse
from sync.value import Cell, Type, Value, text_value
from tests.unit.village_books import CATALOGUE, Recount

BEGIN = "2020-01-01"
FIRST = {
    "p": "",
    "c1": "p",
    "c2": "p",
    "t1": "c1",
    "t2": "c1",
    "t3": "c2",
    "v1": "t1",
    "v2": "t1",
    "v3": "t2",
    "v4": "t3",
    "v5": "t3",
}
LEVELS = {"p": "province", "c": "county", "t": "town", "v": "village"}
VILLAGES = [name for name in FIRST if name[0] == "v"]
Move = tuple[str, str, str]
"""Child, new parent, and the day from which on."""


@dataclass
class Province:
    """The server, and beside it what the test itself knows."""

    ledger: Ledger
    clock: Clock
    held: dict[str, dict[tuple[str, str], list[Value]]] = field(default_factory=dict)
    parents: dict[str, dict[str, str]] = field(default_factory=dict)
    line: Fraction = Fraction(3)

    def place(self, name: str) -> PlaceId:
        """The id of a place."""
        return PlaceId(mint("test", name.encode()))

    async def begin(self) -> None:
        """Files the hierarchy and the catalogue."""
        person, grant = authority(self.ledger)
        cells = [
            (Cell(kind_of(one), one.code, "definition"), text_value(canonical(one)))
            for one in CATALOGUE.definitions()
        ]
        filed = [Filed(self.ledger.root, person, grant, cells)]
        for name, parent in FIRST.items():
            self.parents[name] = {BEGIN: parent}
            attributes = {"code": name, "name": name, "level": LEVELS[name[0]]}
            attributes["parent"] = self.place(parent).hex() if parent else ""
            there = [(Cell("place", BEGIN, key), text_value(v)) for key, v in attributes.items()]
            filed.append(Filed(self.place(name), person, grant, there))
        async with self.ledger.transaction() as database:
            await file_within(self.ledger, database, filed)

    async def set(
        self, database: Database, village: str, period: str, code: str, value: Value, *, rival: bool
    ) -> None:
        """Files a value; as a rival, by a commit that has seen nothing of the place."""
        self.clock.seconds += 1
        cell = (Cell("value", period, code), value)
        there = self.held.setdefault(village, {}).setdefault((period, code), [])
        if not rival:
            there.clear()
        await self.put(database, village, cell, blind=rival)
        there.append(value)

    async def put(
        self, database: Database, village: str, cell: tuple[Cell, Value], *, blind: bool
    ) -> None:
        """Files any cell; blindly, by a commit that has seen nothing of the place."""
        if blind:
            await self._file_blindly(database, village, cell)
        else:
            person, grant = authority(self.ledger)
            filed = Filed(self.place(village), person, grant, [cell])
            await file_within(self.ledger, database, [filed])

    async def move(self, database: Database, move: Move) -> None:
        """Puts a place under another one from a day on."""
        child, parent, day = move
        self.parents[child][day] = parent
        person, grant = authority(self.ledger)
        cell = (Cell("place", day, "parent"), text_value(self.place(parent).hex()))
        filed = Filed(self.place(child), person, grant, [cell])
        await file_within(self.ledger, database, [filed])

    async def draw_line(self, database: Database, line: int) -> None:
        """Sets the parameter that a condition is made of."""
        self.line = Fraction(line)
        text = json.loads(canonical(CATALOGUE.parameters["P_LINE"])) | {"value": str(line)}
        await self.define(database, "parameter", "P_LINE", json.dumps(text))

    async def define(self, database: Database, kind: str, code: str, text: str) -> None:
        """Files one definition."""
        person, grant = authority(self.ledger)
        cell = (Cell(kind, code, "definition"), text_value(text))
        await file_within(self.ledger, database, [Filed(self.ledger.root, person, grant, [cell])])

    def under(self, name: str, day: str) -> list[str]:
        """The villages at or below a place on a day."""
        found = []
        for village in VILLAGES:
            at: str = village
            while at and at != name:
                since = [start for start in self.parents[at] if start <= day] or [BEGIN]
                at = self.parents[at][max(since)]
            if at == name:
                found.append(village)
        return found

    async def _file_blindly(
        self, database: Database, village: str, cell: tuple[Cell, Value]
    ) -> None:
        ledger = self.ledger
        person, grant = authority(ledger)
        stamp = clock.tick(await database.meta("last_stamp") or 0, ledger.now())
        await database.set_meta("last_stamp", stamp)
        commit = commit_of(
            realm=ledger.realm,
            place=self.place(village),
            parents=(),
            device=ledger.device,
            author=person,
            grant=grant,
            changes=[Change(*cell, stamp)],
        )
        intake = Intake(ledger, database)
        await intake.file([Arrival(commit, sign(ledger.sealer, commit))])
        await intake.finish()


class Moved(Recount):
    """The recount of a place whose villages are asked for anew for each period."""

    def __init__(self, province: Province, at: str, today: str = "") -> None:
        self.province = province
        self.at = at
        self.today = today
        self.all = {
            village: {cell: values[-1] for cell, values in cells.items() if values}
            for village, cells in province.held.items()
        }
        self.use("2024-12-31")
        self.villages = len(self.cells)

    def use(self, day: str) -> None:
        """Looks at the villages of a day."""
        names = self.province.under(self.at, self.today or day)
        self.cells = [self.all.get(name, {}) for name in names]

    def numbers(self, code: str, period: str) -> list[Fraction]:
        """The villages that lay here at that period's end."""
        self.use(parse(period).end.isoformat())
        found = super().numbers(code, period)
        self.use("2024-12-31")
        return found

    def weak(self) -> Fraction | None:
        """The condition with the line as it is drawn now."""
        held = []
        for cells in self.cells:
            cum, houses = self.own(cells, "CUM"), cells.get(("2024", "HOUSES"))
            if cum is not None and houses and houses.type is Type.QUANTITY:
                held.append(cum - self.number(houses) < self.province.line)
        return Fraction(100 * sum(held), self.villages) if held and self.villages else None


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.seconds = int(datetime(2025, 1, 15, 12, tzinfo=CHINA).timestamp())

    def __call__(self) -> int:
        """The second."""
        return self.seconds

    def set(self, day: str) -> None:
        """Midnight of a day, unless it is later already."""
        midnight = datetime.combine(date.fromisoformat(day), datetime.min.time(), CHINA)
        self.seconds = max(self.seconds, int(midnight.timestamp()))


@asynccontextmanager
async def province(folder: Path) -> AsyncIterator[Province]:
    """A server with the hierarchy and the catalogue, and nothing filed."""
    now = Clock()
    await founding.found(folder, now, os.urandom)
    async with open_server(folder, now, check=False) as ledger:
        made = Province(ledger, now)
        await made.begin()
        yield made
