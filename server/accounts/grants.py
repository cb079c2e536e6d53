"""Grants as their keeper sees them: who may do what where, given and ended by commits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from server.accounts.hands import Hand, as_authority
from server.devices.invites import authority
from sync.grants import ROLES
from sync.ids import GrantId, PersonId, PlaceId, mint_at
from sync.ledger.database import Database
from sync.ledger.ledger import CHINA, Ledger
from sync.problems import Problem
from sync.value import Cell, choice_value, flag_value, text_value

__all__ = ["Given", "add", "add_within", "end", "end_within", "everything", "of_person"]

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
    by: str = ""
    """Who gave it, where that was looked up."""
    given_at: int | None = None


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
    async with ledger.transaction() as database:
        return await add_within(ledger, database, person, role, place, until, random_bytes)


async def add_within(
    ledger: Ledger,
    database: Database,
    person: PersonId,
    role: str,
    place: PlaceId,
    until: date | None,
    random_bytes: Callable[[int], bytes],
    hand: Hand = as_authority,
) -> GrantId:
    """The same in a transaction that is open. Raises `grant-past`, `grant-role-unknown`."""
    if until is not None and until < ledger.today():
        raise Problem("grant-past", until=until.isoformat())
    if role not in ROLES:
        raise Problem("grant-role-unknown", role=role[:40])
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
    await hand(ledger, database, place, cells)
    return grant


async def end(ledger: Ledger, grant: GrantId) -> None:
    """Ends a grant: what its holder makes from now on is refused. Raises `authority-needed`."""
    async with ledger.transaction() as database:
        await end_within(ledger, database, grant)


async def end_within(
    ledger: Ledger, database: Database, grant: GrantId, hand: Hand = as_authority
) -> None:
    """The same in a transaction that is open."""
    if grant == authority(ledger)[1]:
        raise Problem("authority-needed")
    cells = [(Cell("grant", grant.hex(), "ended"), flag_value(True))]
    await hand(ledger, database, ledger.register.grants[grant.hex()].place, cells)


def everything(ledger: Ledger, person: PersonId | None = None) -> list[Given]:
    """All grants, or one person's, by whose they are."""
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
        if person is None or grant.person == person.hex()
    ]
    return sorted(given, key=lambda one: (one.ended, one.name, one.role, one.grant))


async def of_person(books: Ledger, person: PersonId) -> list[Given]:
    """A person's grants, those that are good first, with who gave each and when."""
    found = []
    for one in everything(books, person):
        rows = await books.database.rows(
            "SELECT c.author, c.accepted_at FROM place_no p JOIN version v ON v.place = p.no"
            " JOIN commits c ON c.no = v.commit_no WHERE p.id = ? AND v.kind = 'grant'"
            " AND v.subject = ? AND v.field = 'role' ORDER BY v.stamp LIMIT 1",
            (one.place, one.grant.hex()),
        )
        if rows:
            author, at = rows[0]
            name = books.register.names.get(bytes(author).hex(), "")
            found.append(one._replace(by=name, given_at=at))
        else:
            found.append(one)
    return found


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
