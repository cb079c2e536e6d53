"""Accounts: who signs in, under which name, proved by which password.

A person's name, and that someone is disabled, are commits, known wherever the realm's ledger is;
a login and its password are this server's own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from server.accounts.hands import Hand, as_authority
from server.accounts.passwords import first_password, hashing
from server.devices.invites import authority
from sync.ids import PersonId, PlaceId, belongs_at, mint_at
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.limits import FIRST_PASSWORD_SECONDS, NAME_CHARS_MAX
from sync.problems import Problem
from sync.value import Cell, flag_value, text_value

__all__ = [
    "Person",
    "add",
    "add_within",
    "demand_free",
    "everyone",
    "home_of",
    "normal_login",
    "open_account",
    "person_named",
    "reset",
    "reset_pin",
    "reset_within",
    "set_disabled",
]

Chance = Callable[[int], bytes]
_LOGIN = re.compile(r"[\w.@-]{2,64}")


class Person(NamedTuple):
    """Somebody whom the ledger knows; `login` is '' for who only works on a laptop."""

    person: PersonId
    name: str
    login: str
    disabled: bool
    must_change: bool


async def add(
    ledger: Ledger, name: str, login: str, place: PlaceId, random_bytes: Chance
) -> tuple[PersonId, str]:
    """Makes a person known at a place, and an account; the first password is shown once.

    Raises `name-malformed`, `login-malformed`, `login-taken`.
    """
    password = first_password(random_bytes)
    kept = await hashing(password)
    async with ledger.transaction() as database:
        person = await add_within(ledger, database, name, login, place, kept, random_bytes)
    return person, password


async def add_within(
    ledger: Ledger,
    database: Database,
    name: str,
    login: str,
    place: PlaceId,
    kept: str,
    random_bytes: Chance,
    hand: Hand = as_authority,
) -> PersonId:
    """The same in a transaction that is open; `kept` is the first password's hash."""
    _demand_name(name)
    person = PersonId(mint_at("person", place, random_bytes(16)))
    await _keep_account(database, person, login, kept, ledger.now())
    cells = [(Cell("person", person.hex(), "name"), text_value(name.strip()))]
    await hand(ledger, database, place, cells)
    return person


async def demand_free(database: Database, name: str, login: str) -> None:
    """Raises what would speak against somebody new: `name-malformed`, `login-…`."""
    _demand_name(name)
    await _free_login(database, login)


async def open_account(ledger: Ledger, person: PersonId, login: str, random_bytes: Chance) -> str:
    """Lets a person who is known sign in; the first password is shown once.

    Raises `login-malformed`, `login-taken`.
    """
    password = first_password(random_bytes)
    kept = await hashing(password)
    async with ledger.transaction() as database:
        await _keep_account(database, person, login, kept, ledger.now())
    return password


async def reset(ledger: Ledger, person: PersonId, random_bytes: Chance) -> str:
    """A new first password in place of the one that was lost. Raises `account-none`."""
    password = first_password(random_bytes)
    kept = await hashing(password)
    async with ledger.transaction() as database:
        await reset_within(ledger, database, person, kept)
    return password


async def reset_within(ledger: Ledger, database: Database, person: PersonId, kept: str) -> None:
    """The same in a transaction that is open; whoever is signed in as that person is no longer."""
    if not await database.rows("SELECT 1 FROM account WHERE person = ?", (person,)):
        raise Problem("account-none", name=ledger.register.names.get(person.hex(), ""))
    await database.run(
        "UPDATE account SET password_hash = ?, must_change = 1 WHERE person = ?", (kept, person)
    )
    await _keep_first(database, person, ledger.now())
    await database.run("DELETE FROM web_session WHERE person = ?", (person,))


async def reset_pin(ledger: Ledger, person: PersonId, hand: Hand = as_authority) -> None:
    """Makes the PINs count for nothing that a person set on laptops which don't know of it yet."""
    cells = [(Cell("person", person.hex(), "pin_reset"), text_value(str(ledger.now())))]
    async with ledger.transaction() as database:
        await hand(ledger, database, home_of(ledger, person), cells)


async def set_disabled(
    ledger: Ledger, person: PersonId, *, disabled: bool, hand: Hand = as_authority
) -> None:
    """Ends, or takes up again, all that a person may do. Raises `authority-needed`."""
    if person == authority(ledger)[0] and disabled:
        raise Problem("authority-needed")
    cells = [(Cell("person", person.hex(), "disabled"), flag_value(disabled))]
    async with ledger.transaction() as database:
        await hand(ledger, database, home_of(ledger, person), cells)
        if disabled:
            await database.run("DELETE FROM web_session WHERE person = ?", (person,))


async def everyone(ledger: Ledger) -> list[Person]:
    """All people whom the ledger knows, those who sign in here first, by name."""
    rows = await ledger.database.rows("SELECT person, login, must_change FROM account")
    accounts = {bytes(person).hex(): (login, bool(change)) for person, login, change in rows}
    register = ledger.register
    people = []
    for key, name in register.names.items():
        login, change = accounts.get(key, ("", False))
        person = PersonId(bytes.fromhex(key))
        people.append(Person(person, name, login, key in register.disabled, change))
    return sorted(people, key=lambda one: (not one.login, one.login, one.name, one.person))


async def person_named(ledger: Ledger, text: str) -> Person:
    """The one with that login or name, or whose id begins so.

    Raises `person-unknown`, `person-ambiguous`.
    """
    people = await everyone(ledger)
    ways: tuple[Callable[[Person], bool], ...] = (
        lambda one: one.login == normal_login(text),
        lambda one: one.name == text,
        lambda one: one.person.hex().startswith(text.lower()),
    )
    for way in ways:
        found = [one for one in people if text and way(one)]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(one.person.hex()[:10] for one in found[:5])
            raise Problem("person-ambiguous", text=text[:64], ids=ids)
    raise Problem("person-unknown", text=text[:64])


async def _keep_account(
    database: Database, person: PersonId, login: str, kept: str, at: int
) -> None:
    login = await _free_login(database, login)
    await database.run(
        "INSERT INTO account (person, login, password_hash, must_change, made_at)"
        " VALUES (?, ?, ?, 1, ?)",
        (person, login, kept, at),
    )
    await _keep_first(database, person, at)


async def _keep_first(database: Database, person: PersonId, at: int) -> None:
    await database.run(
        "INSERT OR REPLACE INTO first_password (person, until) VALUES (?, ?)",
        (person, at + FIRST_PASSWORD_SECONDS),
    )


async def _free_login(database: Database, login: str) -> str:
    login = normal_login(login)
    if not _LOGIN.fullmatch(login):
        raise Problem("login-malformed", text=login[:64])
    if await database.rows("SELECT 1 FROM account WHERE login = ?", (login,)):
        raise Problem("login-taken", login=login)
    return login


def _demand_name(name: str) -> None:
    if not 0 < len(name.strip()) <= NAME_CHARS_MAX or not name.isprintable():
        raise Problem("name-malformed", most=NAME_CHARS_MAX)


def normal_login(login: str) -> str:
    """A login as it is kept, however it was typed."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def home_of(ledger: Ledger, person: PersonId) -> PlaceId:
    """Where a person belongs, as their id says: whoever replicates that place learns the rest too.

    Raises `person-unknown`.
    """
    likely = {
        place
        for grant in ledger.register.grants.values()
        if grant.person == person.hex()
        for place in ledger.above(grant.place)
    }
    for places in ({ledger.root, *likely}, ledger.tree):
        for place in places:
            if belongs_at("person", person, place):
                return place
    raise Problem("person-unknown", text=person.hex()[:10])
