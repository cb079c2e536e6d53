"""Who is unlocked in which browser, and when a laptop that nobody touches is locked again.

Locking hides pages, never work: what was typed is on the disk, and whoever types the PIN goes on
where they were. Somebody whose grant has ended still gets in, to read and to export.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from field_client.desk import Desk
from field_client.pages.session import Session
from field_client.people import Person, listed, people
from field_client.pins import Pins
from sync.ids import PersonId
from sync.limits import IDLE_MINUTES, IDLE_MINUTES_CHOICES
from sync.problems import Problem

__all__ = ["Seating"]

_IDLE = "idle_minutes"
_LATER = "pin_later/"


class Seating:
    """The people of one open laptop and the browsers they sit at.

    `elapsed` counts seconds that never go back: the clock has no say in when a page is locked.
    """

    def __init__(
        self, desk: Desk, pins: Pins, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._desk = desk
        self._pins = pins
        self._elapsed = elapsed
        self.idle_minutes = IDLE_MINUTES
        """After how many minutes without a touch a page is locked; 0 for never."""

    async def begin(self) -> None:
        """Reads what was chosen at an earlier start."""
        kept = await self._desk.ledger.database.meta(_IDLE)
        self.idle_minutes = IDLE_MINUTES if kept is None else kept

    async def sit_down(self, session: Session) -> None:
        """Unlocks a fresh browser where there is nobody to choose and nothing to enter."""
        here = await listed(self._desk)
        if len(here) == 1 and not await self._pins.has(here[0].id):
            self._seat(session, here[0], has_pin=False)

    async def unlock(self, session: Session, person: PersonId, pin: str) -> None:
        """Lets a person in. Raises `pin-…`, `person-not-here`."""
        one = self._here(person)
        if one is None:
            raise Problem("person-not-here")
        await self._pins.unlock(person, pin)
        self._seat(session, one, has_pin=await self._pins.has(person))

    def lock(self, session: Session) -> None:
        """Hides the pages of that browser until somebody is let in."""
        session.person = None

    def desk_of(self, session: Session, *, is_touch: bool = False) -> Desk:
        """The desk as whoever is unlocked there. Raises `unlock-first`.

        `is_touch` says that a person asked, and not a page by itself.
        """
        one = None if session.person is None else self._here(session.person)
        idle = self._elapsed() - session.active_at
        if one is None or (0 < self.idle_seconds(session) < idle):
            session.person = None
            raise Problem("unlock-first")
        if is_touch:
            session.active_at = self._elapsed()
        return self._desk.of(one.id, one.grant)

    def idle_seconds(self, session: Session) -> int:
        """After how many seconds that browser is locked; 0 for never, as where there is no PIN."""
        return self.idle_minutes * 60 if session.has_pin else 0

    async def set_idle_minutes(self, minutes: int) -> None:
        """Keeps one of the choices for this laptop."""
        if minutes in IDLE_MINUTES_CHOICES:
            await self._keep(_IDLE, minutes)
            self.idle_minutes = minutes

    async def set_pin(self, session: Session, pin: str, old: str) -> None:
        """Gives whoever is unlocked there a PIN. Raises `pin-…`, `unlock-first`."""
        await self._pins.set(self.desk_of(session).person, pin, old)
        session.has_pin = True

    async def asks_for_pin(self, session: Session) -> bool:
        """Whether to ask that person to set a PIN: none is set, and 'later' was not said."""
        if session.person is None or await self._pins.has(session.person):
            return False
        return await self._desk.ledger.database.meta(_LATER + session.person.hex()) is None

    async def pin_later(self, session: Session) -> None:
        """Keeps that this person wants to be asked no more."""
        await self._keep(_LATER + self.desk_of(session).person.hex(), 1)

    def _seat(self, session: Session, one: Person, *, has_pin: bool) -> None:
        if session.last_person not in {None, one.id}:
            session.back = "/"
        session.person = session.last_person = one.id
        session.has_pin = has_pin
        session.active_at = self._elapsed()

    def _here(self, person: PersonId) -> Person | None:
        return next((one for one in people(self._desk) if one.id == person), None)

    async def _keep(self, key: str, value: int) -> None:
        async with self._desk.ledger.database.writing():
            await self._desk.ledger.database.set_meta(key, value)
