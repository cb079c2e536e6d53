"""What an officer's laptop knows of itself: its places, its person, its grant, its definitions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self

from sync.catalogue import Catalogue
from sync.definition import KINDS
from sync.entry import desk as entry_desk
from sync.entry.desk import Write, moment
from sync.ids import GrantId, PersonId, PlaceId
from sync.inforce import FIELD, in_force
from sync.ledger.edits import Edit
from sync.ledger.ledger import Ledger
from sync.ledger.soundfile import sound
from sync.limits import LOOK_SECONDS_MAX, OFFLINE_SECONDS_MAX
from sync.problems import Problem

__all__ = ["Desk"]

CLOCK_WRONG_SECONDS = 24 * 3600
PACKAGE = "field_client"
"""Whose `schema/` makes the laptop's own tables, beside those of the ledger."""


@dataclass
class _Known:
    """What is the same for all who sit at one laptop."""

    catalogue: tuple[int, Catalogue] | None = None
    server_seconds: int = 0


class Desk(entry_desk.Desk):
    """A laptop's ledger with the officer who sits at it; made by `open`, `at` or `of`."""

    def __init__(self, ledger: Ledger, place: PlaceId, person: PersonId, grant: GrantId) -> None:
        self.ledger = ledger
        self.place = place
        self.person = person
        self.grant = grant
        self._known = _Known()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, folder: Path, now: Callable[[], int], *, look_seconds: float = LOOK_SECONDS_MAX
    ) -> AsyncIterator[Desk]:
        """Opens what `enrol` made, after looking for damage for that long at most.

        Raises `data-…`, `storage-…`, `field-not-a-laptop`, `laptop-damaged`, `laptop-gone`,
        `laptop-rebuild-unfinished`.
        """
        with sound(folder, "laptop", look_seconds):
            async with Ledger.open(folder, now, check=False) as ledger:
                desk = await cls.at(ledger)
                await ledger.database.add(PACKAGE)  # now that it is known to be a laptop's
                yield desk

    @classmethod
    async def at(cls, ledger: Ledger) -> Desk:
        """The officer at an open ledger. Raises `field-not-a-laptop`."""
        meta = ledger.database.meta
        place, person, grant = await meta("place"), await meta("person"), await meta("grant")
        if place is None or person is None or grant is None:
            raise Problem("field-not-a-laptop", folder=ledger.database.path.parent)
        desk = cls(ledger, PlaceId(place), PersonId(person), GrantId(grant))
        desk.server_seconds = await meta("server_time") or 0
        return desk

    def of(self, person: PersonId, grant: GrantId) -> Self:
        """The same laptop with another officer at it; `people` says who may be, under which grant."""
        other = copy(self)
        other.person, other.grant = person, grant
        return other

    @property
    def server_seconds(self) -> int:
        """The server's last word on the time, 0 while it gave none."""
        return self._known.server_seconds

    @server_seconds.setter
    def server_seconds(self, seconds: int) -> None:
        self._known.server_seconds = seconds

    def now(self) -> int:
        """Seconds since 1970 by the own clock, but no earlier than a server's last word."""
        return max(self.ledger.now(), self.server_seconds, 0)

    def today(self) -> date:
        """The date in China by `now`: a clock that fell back to 1970 hides no period."""
        return moment(self.now()).date()

    def latest_day(self) -> date:
        """The latest date that it can be, by which a period counts as not begun.

        A clock that stands before the server's last word is wrong, and says nothing of how long ago
        that was: an officer who has been offline since then can still record, for a year.
        """
        if self.ledger.now() >= self.server_seconds:
            return self.today()
        return moment(self.server_seconds + OFFLINE_SECONDS_MAX).date()

    def local_time(self, seconds: int) -> str:
        """A moment as people read it."""
        return moment(seconds).isoformat(" ", "minutes")[:16]

    async def clock_wrong_by(self) -> int | None:
        """By how many seconds the own clock goes wrong, None if by less than a day.

        It is compared with the server's at the last contact; a clock that stands before that
        moment is wrong whatever it then was.
        """
        server = await self.ledger.database.meta("server_time")
        contact = await self.ledger.database.meta("last_contact")
        if server is None:
            return None
        wrong = (contact if contact is not None else server) - server
        if abs(wrong) <= CLOCK_WRONG_SECONDS:
            wrong = min(self.ledger.now() - server, 0)
        return wrong if abs(wrong) > CLOCK_WRONG_SECONDS else None

    async def catalogue(self) -> Catalogue:
        """The definitions in force, as the feed brought them; empty before the first sync."""
        known = self._known.catalogue
        if known is None or known[0] != self.ledger.definitions:
            known = self.ledger.definitions, in_force(await self._definitions())
            self._known.catalogue = known
        return known[1]

    def find_place(self, code: str | None) -> PlaceId:
        """The place of that code (or former code or name) that this laptop may file for.

        None is its own. Raises `field-place-unknown`, `field-place-elsewhere`.
        """
        if code is None:
            return self.place
        tree = self.ledger.tree
        place = tree.by_code(code, self.today())
        if place is None:
            found = [one for one in tree.find(code) if self._is_ours(one)]
            if len(found) != 1:
                raise Problem("field-place-unknown", code=code[:40])
            place = found[0]
        if not self._is_ours(place):
            raise Problem("field-place-elsewhere", code=code[:40])
        return place

    def places(self) -> tuple[PlaceId, ...]:
        """The places that this laptop may file for, its own first."""
        return tuple(dict.fromkeys((self.place, *self.ledger.below(self.place))))

    async def device_names(self) -> dict[bytes, str]:
        """The names of the devices that are known here, by id."""
        rows = await self.ledger.database.rows(
            "SELECT subject, text FROM version INDEXED BY version_definitions WHERE kind <> 'value'"
            " AND kind = 'device' AND field = 'name' AND shown = 1"
        )
        return {bytes.fromhex(device): name for device, name in rows}

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Ledger]:
        """One transaction on the laptop's ledger."""
        async with self.ledger.transaction():
            yield self.ledger

    async def keep(self, place: PlaceId, writes: Sequence[Write]) -> None:
        """Keeps what the officer typed, all or none, inside of `writing`."""
        version = (await self.catalogue()).version
        edits = [
            (Edit(place, cell, value, self.person, self.grant, version), names)
            for cell, value, names in writes
        ]
        await self.ledger.record_within(edits)

    async def seal(self) -> None:
        """Seals what is pending."""
        await self.ledger.seal()

    def _is_ours(self, place: PlaceId) -> bool:
        return self.place in self.ledger.above(place)

    async def _definitions(self) -> dict[tuple[str, str], str]:
        """The definition cells of the realm's place; of rivals, the shown one."""
        kinds = ",".join(f"'{kind}'" for kind in KINDS)
        rows = await self.ledger.database.rows(
            "SELECT v.kind, v.subject, v.text FROM version v JOIN place_no p ON p.no = v.place"
            f" WHERE p.id = ? AND v.kind IN ({kinds}) AND v.field = ? AND v.shown = 1",
            (self.ledger.root, FIELD),
        )
        return {(kind, code): text for kind, code, text in rows}
