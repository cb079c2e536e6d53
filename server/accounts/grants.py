"""Grants as their keeper sees them: who may do what where, given and ended by commits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from server.devices.invites import authority
from server.filing import Filed, file
from sync.ids import GrantId, PersonId, PlaceId, mint_at
from sync.ledger.ledger import CHINA, Ledger
from sync.problems import Problem
from sync.value import Cell, choice_value, flag_value, text_value

__all__ = ["Given", "add", "end", "everything"]

_LAST_SECOND = int(datetime(date.max.year, 12, 31, tzinfo=CHINA).timestamp())


class Given(NamedTuple):
    """A grant; `until` is the last day on which it is good."""

    grant: GrantId
    person: PersonId
    name: str
    role: str
    place: PlaceId
    until: date | None
    ended: bool


async def add(
    ledger: Ledger,
    person: PersonId,
    role: str,
    place: PlaceId,
    until: date | None,
    random_bytes: Callable[[int], bytes],
) -> GrantId:
    """Gives a person a role at a place and all below it, on the devices they signed in on.

    Raises `grant-past`.
    """
    if until is not None and until < ledger.today():
        raise Problem("grant-past", until=until.isoformat())
    author, under = authority(ledger)
    grant = GrantId(mint_at("grant", place, random_bytes(16)))
    cells = [
        (Cell("grant", grant.hex(), "person"), text_value(person.hex())),
        (Cell("grant", grant.hex(), "role"), choice_value(role)),
    ]
    if until is not None:
        cells.append((Cell("grant", grant.hex(), "until"), text_value(str(_last_second(until)))))
    cells += [
        (Cell("signin", device, person.hex()), flag_value(True))
        for device, known in ledger.register.devices.items()
        if person.hex() in known.people and not known.revoked
    ]
    await file(ledger, [Filed(place, author, under, cells)])
    return grant


async def end(ledger: Ledger, grant: GrantId) -> None:
    """Ends a grant: what its holder makes from now on is refused. Raises `authority-needed`."""
    author, under = authority(ledger)
    if grant == under:
        raise Problem("authority-needed")
    cells = [(Cell("grant", grant.hex(), "ended"), flag_value(True))]
    place = ledger.register.grants[grant.hex()].place
    await file(ledger, [Filed(place, author, under, cells)])


def everything(ledger: Ledger) -> list[Given]:
    """All grants, by whose they are."""
    register = ledger.register
    given = [
        Given(
            GrantId(bytes.fromhex(key)),
            _person(grant.person),
            register.names.get(grant.person, ""),
            grant.role,
            grant.place,
            None if grant.until is None else _day(grant.until),
            grant.ended or (grant.until is not None and grant.until < ledger.now()),
        )
        for key, grant in register.grants.items()
    ]
    return sorted(given, key=lambda one: (one.ended, one.name, one.role, one.grant))


def _last_second(day: date) -> int:
    return int(datetime.combine(day + timedelta(days=1), time(), CHINA).timestamp()) - 1


def _day(second: int) -> date:
    """The day of it; any text may be filed as a last second, and this calendar has a last day."""
    return datetime.fromtimestamp(min(second, _LAST_SECOND), CHINA).date()


def _person(text: str) -> PersonId:
    """Whom a grant names; none, where what was filed there names nobody."""
    try:
        return PersonId(bytes.fromhex(text))
    except ValueError:
        return PersonId(b"")
