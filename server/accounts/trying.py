"""Failed tries are counted, and from the fifth on each makes the next one wait twice as long.

A try is counted before it is known whether it is right, so that many at once don't all come in
free. What is counted is a login, whether or not somebody has it, and an address; only its hash is
kept, in a table of bounded size, so that a restart forgets nothing and nobody can fill the disk.
Tries that come while one must wait are refused without a look at the password and count for
nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import NamedTuple

from sync.ids import PersonId, tagged_hash
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.limits import (
    SIGNIN_FREE_TRIES,
    SIGNIN_FREE_TRIES_OF_ADDRESS,
    SIGNIN_TRIES_MAX,
    SIGNIN_TRIES_SECONDS,
    SIGNIN_WAIT_SECONDS_MAX,
)
from sync.problems import Problem

__all__ = ["Counted", "count", "forgive", "of_address", "of_login", "of_person", "waiting"]

_IPV6_PREFIX = 64  # what one household or office has


class Counted(NamedTuple):
    """Something whose failures are counted, and how many of them cost nothing."""

    name: bytes
    free: int
    is_shared: bool = False


def of_login(login: str) -> Counted:
    """The tries at one login, in the form in which it is kept."""
    return Counted(tagged_hash("tries of login", login.encode()), SIGNIN_FREE_TRIES)


def of_person(person: PersonId) -> Counted:
    """The tries at what a person who is half or wholly signed in must prove once more."""
    return Counted(tagged_hash("tries of person", person), SIGNIN_FREE_TRIES)


def of_address(address: str) -> Counted:
    """The tries from one address; of IPv6, from one network."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        text = address[:64]
    else:
        if isinstance(found, ipaddress.IPv6Address):
            whole = found.ipv4_mapped or ipaddress.ip_network((found, _IPV6_PREFIX), strict=False)
            text = str(whole)
        else:
            text = str(found)
    hashed = tagged_hash("tries of address", text.encode())
    return Counted(hashed, SIGNIN_FREE_TRIES_OF_ADDRESS, is_shared=True)


async def count(ledger: Ledger, counted: Sequence[Counted]) -> bool:
    """Counts a try that isn't decided yet; whether it is the last one for which nobody waits.

    Raises `sign-in-wait`.
    """
    now, locks = ledger.now(), False
    database = ledger.database
    async with database.writing():
        known = await _known(database, counted, now)
        wait = max(until for _, until in known) - now
        if wait > 0:
            raise Problem("sign-in-wait", seconds=wait)
        await _make_room(database, now)
        for one, (failures, _) in zip(counted, known, strict=True):
            locks |= failures == one.free
            await database.run(
                "INSERT OR REPLACE INTO signin_try (name, failures, last_at, until)"
                " VALUES (?, ?, ?, ?)",
                (one.name, failures + 1, now, now + _wait_seconds(failures + 1 - one.free)),
            )
    return locks


async def forgive(database: Database, counted: Sequence[Counted]) -> None:
    """The try that was counted last was right, inside a transaction that is open.

    All failures of a login are forgotten then; an address is only given back the one, since who
    guesses may own a login too.
    """
    for one in counted:
        if one.is_shared:
            await database.run(
                "UPDATE signin_try SET failures = failures - 1, until = 0 WHERE name = ?",
                (one.name,),
            )
        else:
            await database.run("DELETE FROM signin_try WHERE name = ?", (one.name,))


async def waiting(database: Database, counted: Sequence[Counted], now: int) -> int:
    """For how many seconds the next try has to wait; 0 if it needn't."""
    return max(0, max(until for _, until in await _known(database, counted, now)) - now)


def _wait_seconds(beyond: int) -> int:
    return 0 if beyond <= 0 else min(2 ** min(beyond - 1, 30), SIGNIN_WAIT_SECONDS_MAX)


async def _known(database: Database, counted: Sequence[Counted], now: int) -> list[tuple[int, int]]:
    """Of each, its failures so far and until when it must wait."""
    found: list[tuple[int, int]] = []
    for one in counted:
        rows = await database.rows(
            "SELECT failures, until FROM signin_try WHERE name = ? AND last_at >= ?",
            (one.name, now - SIGNIN_TRIES_SECONDS),
        )
        found.append((rows[0][0], rows[0][1]) if rows else (0, 0))
    return found


async def _make_room(database: Database, now: int) -> None:
    """What is over goes; of too many, those that were tried longest ago and nobody waits for."""
    await database.run("DELETE FROM signin_try WHERE last_at < ?", (now - SIGNIN_TRIES_SECONDS,))
    ((held,),) = await database.rows("SELECT count(*) FROM signin_try")
    if held >= SIGNIN_TRIES_MAX:
        await database.run(
            "DELETE FROM signin_try WHERE name IN (SELECT name FROM signin_try"
            " ORDER BY until > ?, last_at LIMIT ?)",
            (now, SIGNIN_TRIES_MAX // 10),
        )
