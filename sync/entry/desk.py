"""Whoever enters figures, and the ledger they are entered in: what differs between a laptop and a
server is behind this one class.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from sync.catalogue import Catalogue
from sync.ids import EditId, PersonId, PlaceId, shown
from sync.ledger.ledger import CHINA, Ledger
from sync.problems import Problem
from sync.value import Cell, Value

__all__ = ["Desk", "Write", "moment"]


class Write(NamedTuple):
    """One cell's new value; `shown` names the versions that the page displayed, None what stands."""

    cell: Cell
    value: Value
    shown: Collection[EditId] | None = None


class Desk(ABC):
    """One person at one ledger. `ledger` is what is read, `holds_all` whether it holds every place."""

    ledger: Ledger
    person: PersonId
    holds_all = False

    @abstractmethod
    def now(self) -> int:
        """Seconds since 1970."""

    @abstractmethod
    async def catalogue(self) -> Catalogue:
        """The definitions in force."""

    @abstractmethod
    def writing(self) -> AbstractAsyncContextManager[Ledger]:
        """One transaction, and the ledger that is written; what was kept is durable afterwards."""

    @abstractmethod
    async def keep(self, place: PlaceId, writes: Sequence[Write]) -> None:
        """Records cells of one place as this person's, inside of `writing`."""

    @abstractmethod
    async def seal(self) -> None:
        """Makes commits of what is recorded and isn't one yet."""

    async def record(self, place: PlaceId, cells: Sequence[tuple[Cell, Value]]) -> None:
        """Records cells over all that stands there, all or none: durable when this returns."""
        async with self.writing():
            await self.keep(place, [Write(cell, value) for cell, value in cells])

    def today(self) -> date:
        """The date in China by `now`."""
        return moment(self.now()).date()

    def latest_day(self) -> date:
        """The latest date that it can be, by which a period counts as not begun."""
        return self.today()

    def code(self, place: PlaceId) -> str:
        """The place's code today, '' while unknown."""
        return self.ledger.tree.code(place, self.today())

    def name(self, place: PlaceId) -> str:
        """The place's name today, '' while unknown."""
        return self.ledger.tree.name(place, self.today())

    def level(self, place: PlaceId, on: date) -> str:
        """The place's level on a day. Raises `field-sync-first` where no sync has told it yet."""
        level = self.ledger.tree.level(place, min(on, self.today()))
        if not level:
            raise Problem("field-sync-first")
        return level

    def person_name(self, person: bytes) -> str:
        """A person's name, or the beginning of the id while it is unknown here."""
        return self.ledger.register.names.get(person.hex(), shown(person))


def moment(seconds: int) -> datetime:
    """A second since 1970 in China's time, whatever a clock or another's stamp says it is."""
    return _FIRST + timedelta(seconds=min(max(seconds, 0), _SECONDS_MAX))


_FIRST = datetime(1970, 1, 1, tzinfo=UTC).astimezone(CHINA)
_SECONDS_MAX = 250_000_000_000  # in the year 9892; calendars end with 9999
