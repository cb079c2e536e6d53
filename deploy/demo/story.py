"""What happens: laptops are enrolled, report quarter by quarter, meet trouble, and all sync at last.

each quarter    half of the villages report and sync; in mid-course the server is backed up;
                the other half reports and syncs; the server is put back to its backup;
                those in trouble come late
at the end      the laptop that was offline throughout comes back, and everybody syncs
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from pathlib import Path

from deploy.demo import visits
from deploy.demo.cast import choose
from deploy.demo.diary import Diary
from deploy.demo.laptop import Laptop
from deploy.demo.network import Road
from deploy.demo.progress import Bars
from deploy.demo.reviewers import Account, reviewed, seated
from deploy.demo.station import Station
from deploy.demo.times import Clock, moment
from deploy.demo.trouble import Trouble, assign
from server.places import shipped
from sync.ids import CommitId, GrantId, PlaceId
from sync.period import Period

__all__ = ["Story"]

AT_ONCE = 12
SYNC_DAYS = 8  # after a quarter's end: before its forms are due
AFTERWARDS_DAYS = 25  # after that, before the next month is reported
AT_LAST_DAYS = 34


class Story:
    """One run of the demo: who plays, what they typed, and what was planted."""

    def __init__(
        self, folder: Path, port: int, seed: int, villages: int, quarters: list[Period], bars: Bars
    ) -> None:
        self.seed = seed
        self.quarters = quarters
        self.bars = bars
        self.diary = Diary()
        self.road = Road()
        self.roles = assign(seed, villages)
        self.cast = choose(shipped.load(max(shipped.AS_OF)), seed, villages)
        self.clock = Clock(moment(quarters[0].start + timedelta(days=4), 9))
        self.station = Station(folder / "server", self.clock, port)
        self.folder = folder
        self.laptops: list[Laptop] = []
        self.copies: list[Laptop] = []
        self.disputed: set[tuple[str, str, str]] = set()
        self.unmade: set[CommitId] = set()
        self.staff: list[Account] = []
        self.shown: Laptop
        """Whose pages are served in the end."""

    async def play(self) -> None:
        """Everything, from the founding of the server to the last sync."""
        with self.bars.step("demo-founding", 1) as told:
            await self.station.found()
            told()
        with self.bars.step("demo-enrolling", len(self.cast)) as told:
            self.laptops = [self._laptop(number, f"{number + 1:03d}") for number in self._numbers()]
            await _all(self._enrol(laptop, told) for laptop in self.laptops)
        self.shown = self.laptops[0]
        for index, quarter in enumerate(self.quarters):
            await self._quarter(index, quarter)
        await self._reviewed()
        await self._at_last()

    @property
    def middle(self) -> int:
        """The quarter in which the server is put back to its backup."""
        return (len(self.quarters) - 1) // 2

    @property
    def everyone(self) -> list[Laptop]:
        """All laptops, with second ones and copies."""
        return self.laptops + self.copies

    def in_trouble(self, trouble: Trouble) -> Laptop | None:
        """The laptop of the village in that trouble, None where there is none."""
        number = self.roles.number(trouble)
        return None if number is None else self.laptops[number]

    def place_of(self, laptop: Laptop) -> PlaceId:
        """The laptop's village in the server's hierarchy."""
        ledger = self.station.ledger
        place = ledger.tree.by_code(laptop.village.code, ledger.today())
        assert place is not None, laptop.village
        return place

    async def second_laptop(self) -> Laptop | None:
        """A second laptop for the village that gets one, enrolled at this moment."""
        number = self.roles.number(Trouble.TWO_LAPTOPS)
        if number is None:
            return None
        laptop = self._laptop(number, f"{number + 1:03d}-second")
        self.copies.append(laptop)
        await self._enrol(laptop, lambda: None)
        return laptop

    def _numbers(self) -> range:
        return range(len(self.cast))

    def _laptop(self, number: int, name: str) -> Laptop:
        village = self.cast[number]
        fault = self.roles.troubles.get(number, "")
        return Laptop(
            self.folder / "laptops" / name, village, Clock(self.clock(), fault), self.diary
        )

    async def _enrol(self, laptop: Laptop, told: Callable[[], None]) -> None:
        code = await self.station.invite(self.place_of(laptop), laptop.village.officer)
        await laptop.enrol(self.road, self.station.url, code)
        async with laptop.opened() as desk:
            await laptop.sync(desk, self.road, self.station.url)
        told()

    async def _quarter(self, index: int, quarter: Period) -> None:
        first, second = self._halves()
        with self.bars.step("demo-quarter", len(self.laptops), period=quarter.text) as told:
            self.clock.set(moment(quarter.end + timedelta(days=SYNC_DAYS), 10))
            await _all(visits.usual(self, one, index, told) for one in first)
            if index == self.middle:
                before = await self._accepted()
                await self.station.back_up(self.folder / "backup.db")
                await visits.second_laptop(self, quarter)
            await _all(visits.usual(self, one, index, told) for one in second)
            if index == self.middle:
                self.unmade = await self._accepted() - before
                await self.station.put_back(self.folder / "backup.db")
        self.clock.set(moment(quarter.end + timedelta(days=AFTERWARDS_DAYS), 10))
        await visits.afterwards(self, index)

    def _halves(self) -> tuple[list[Laptop], list[Laptop]]:
        """Who comes before the backup, and who after it.

        The second laptop of a village is unknown to the backup. The disk that is thrown away for
        an old copy is known to it: nothing helps when both sides lose the same.
        """
        rank = {Trouble.OLD_COPY: -1, Trouble.TWO_LAPTOPS: 1}
        troubles = self.roles.troubles
        ordered = sorted(
            self.laptops,
            key=lambda laptop: rank.get(troubles.get(laptop.village.number, Trouble.LATE), 0),
        )
        half = len(ordered) // 2
        return ordered[:half], ordered[half:]

    async def _reviewed(self) -> None:
        """The desk is that of the village with two laptops: there is a conflict to settle. The pages
        shown beside are of a laptop to which a value came back from there.
        """
        ledger = self.station.ledger
        pair = self.in_trouble(Trouble.TWO_LAPTOPS) or self.laptops[0]
        above = ledger.above(self.place_of(pair))
        desks = {ledger.tree.level(one, ledger.today()): one for one in above}
        with self.bars.step("demo-reviewing", 1) as told:
            self.staff = await seated(ledger, desks)
            if "county" in desks:
                place = await reviewed(ledger, self.staff, desks["town"], self.quarters)
                self.shown = next(
                    (one for one in self.laptops if self.place_of(one) == place), self.laptops[0]
                )
            told()

    async def _at_last(self) -> None:
        self.clock.set(moment(self.quarters[-1].end + timedelta(days=AT_LAST_DAYS), 10))
        shared = {laptop.village for laptop in self.copies}
        again = [one for one in self.everyone if one.village in shared]
        with self.bars.step("demo-last", len(self.everyone) + len(again)) as told:
            await _all(visits.sync_only(self, laptop, told) for laptop in self.everyone)
            await _all(visits.sync_only(self, laptop, told) for laptop in again)

    async def _accepted(self) -> set[CommitId]:
        rows = await self.station.ledger.database.rows("SELECT id FROM commits")
        return {CommitId(row[0]) for row in rows}

    async def end_grant(self, laptop: Laptop) -> None:
        """Ends the grant of a laptop's officer, who doesn't hear of it."""
        async with laptop.opened() as desk:
            grant: GrantId = desk.grant
        await self.station.end_grant(self.place_of(laptop), grant)
        laptop.grant_ended = True


async def _all(parts: Iterable[Awaitable[None]]) -> None:
    """Some at a time, as laptops come; the first that fails ends all."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(part: Awaitable[None]) -> None:
        async with room:
            await part

    async with asyncio.TaskGroup() as group:
        for part in parts:
            group.create_task(one(part))
