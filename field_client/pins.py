"""PINs: what keeps those apart who share one laptop, without a network and whatever its clock says.

A PIN is no key: whoever owns the machine can read its disk. It keeps a colleague from filing in
another's name. Nobody is locked out for ever: after some wrong ones there is a wait, and a PIN that
was forgotten is reset by the town.

How long a wait has still to go is measured by how long this process runs; only the number of wrong
PINs is kept. So neither another date nor a new start makes it shorter.
"""

from __future__ import annotations

import asyncio
import math
import time
import unicodedata
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from sync.ids import PersonId, PlaceId, belongs_at
from sync.ledger.ledger import Ledger
from sync.limits import (
    PIN_DIGITS_MAX,
    PIN_DIGITS_MIN,
    PIN_TRIES_MAX,
    PIN_WAIT_SECONDS,
    PIN_WAIT_SECONDS_MAX,
)
from sync.problems import Problem

__all__ = ["Pins", "checked"]

# 46 MiB, three passes, one lane: 80 ms on a small machine, a quarter of a second on an old laptop.
_HASHER = PasswordHasher(time_cost=3, memory_cost=46 * 1024, parallelism=1)


class _Kept(NamedTuple):
    pin_hash: str
    failures: int


class Pins:
    """The PINs of one open laptop; one of it serves the whole process.

    `elapsed` counts seconds that never go back, such as `time.monotonic`.
    """

    def __init__(self, ledger: Ledger, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._ledger = ledger
        self._elapsed = elapsed
        self._begun = elapsed()
        self._lock = asyncio.Lock()
        self._until: dict[PersonId, float] = {}

    async def has(self, person: PersonId) -> bool:
        """Whether that person must enter a PIN: one was set, and no reset came since."""
        return await self._kept(person) is not None

    async def unlock(self, person: PersonId, pin: str) -> None:
        """Returns if it is the PIN of that person, or if there is none to enter.

        Raises `pin-wrong`, `pin-wait`.
        """
        async with self._lock:
            await self._prove(person, pin)

    async def set(self, person: PersonId, pin: str, old: str = "") -> None:
        """Gives that person a PIN in place of the old one, which must be entered if there is one.

        Raises `pin-malformed`, `pin-simple`, `pin-wrong`, `pin-wait`.
        """
        plain = checked(pin)
        async with self._lock:
            await self._prove(person, old)
            hashed = await asyncio.to_thread(_HASHER.hash, plain)
            reset = await self._reset(person)
            async with self._ledger.database.writing():
                await self._ledger.database.run(
                    "INSERT INTO pin (person, pin_hash, reset_seen, failures) VALUES (?, ?, ?, 0)"
                    " ON CONFLICT (person) DO UPDATE SET pin_hash = excluded.pin_hash,"
                    " reset_seen = excluded.reset_seen, failures = 0",
                    (person, hashed, reset),
                )

    async def forget(self, person: PersonId) -> None:
        """Takes away what is kept of somebody who works at this laptop no longer."""
        async with self._lock, self._ledger.database.writing():
            await self._ledger.database.run("DELETE FROM pin WHERE person = ?", (person,))

    async def _prove(self, person: PersonId, pin: str) -> None:
        kept = await self._kept(person)
        if kept is None:
            return
        self._demand_waited(person, kept.failures)
        # Counted before it is looked at: who pulls the plug meanwhile gets no try for nothing.
        await self._count(person, kept.failures + 1)
        if await asyncio.to_thread(_is_right, kept.pin_hash, _digits(pin)):
            await self._count(person, 0)
            return
        self._until[person] = self._elapsed() + _wait_seconds(kept.failures + 1)
        self._demand_waited(person, kept.failures + 1)
        raise Problem("pin-wrong", left=PIN_TRIES_MAX - kept.failures - 1)

    def _demand_waited(self, person: PersonId, failures: int) -> None:
        until = self._until.get(person, self._begun + _wait_seconds(failures))
        left = math.ceil(until - self._elapsed())
        if left > 0:
            raise Problem("pin-wait", seconds=left)

    async def _count(self, person: PersonId, failures: int) -> None:
        async with self._ledger.database.writing():
            await self._ledger.database.run(
                "UPDATE pin SET failures = ? WHERE person = ?", (failures, person)
            )

    async def _kept(self, person: PersonId) -> _Kept | None:
        rows = await self._ledger.database.rows(
            "SELECT pin_hash, failures, reset_seen FROM pin WHERE person = ?", (person,)
        )
        if not rows or rows[0][2] < await self._reset(person):
            return None
        return _Kept(*rows[0][:2])

    async def _reset(self, person: PersonId) -> int:
        """When the town last reset that person's PIN, by its server; 0 if it never did.

        It counts only where the person belongs: nobody elsewhere can open a laptop for others.
        """
        rows = await self._ledger.database.rows(
            "SELECT p.id, v.text FROM version v INDEXED BY version_definitions"
            " JOIN place_no p ON p.no = v.place WHERE v.kind <> 'value' AND v.kind = 'person'"
            " AND v.subject = ? AND v.field = 'pin_reset'",
            (person.hex(),),
        )
        return max(
            (
                int(text)
                for place, text in rows
                if text.isascii()
                and text.isdecimal()
                and belongs_at("person", person, PlaceId(place))
            ),
            default=0,
        )


def checked(pin: str) -> str:
    """The digits of a PIN that may be set. Raises `pin-malformed`, `pin-simple`."""
    digits = _digits(pin)
    if not (
        PIN_DIGITS_MIN <= len(digits) <= PIN_DIGITS_MAX and digits.isascii() and digits.isdecimal()
    ):
        raise Problem("pin-malformed", least=PIN_DIGITS_MIN, most=PIN_DIGITS_MAX)
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(digits)}
    if steps in ({0}, {1}, {9}) or digits == (digits[:2] * len(digits))[: len(digits)]:
        raise Problem("pin-simple")
    return digits


def _digits(pin: str) -> str:
    """As it is meant, typed with whatever input method."""
    return unicodedata.normalize("NFKC", pin).strip()


def _wait_seconds(failures: int) -> int:
    if failures < PIN_TRIES_MAX:
        return 0
    doublings = min(failures - PIN_TRIES_MAX, 10)
    return min(PIN_WAIT_SECONDS << doublings, PIN_WAIT_SECONDS_MAX)


def _is_right(kept: str, pin: str) -> bool:
    try:
        return _HASHER.verify(kept, pin)
    except (VerificationError, InvalidHashError):
        return False
