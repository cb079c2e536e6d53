"""Whom an administrator looks after: people who hold something, or belong, within their places.

Seeing somebody in the list takes one grant within the places; changing who they are (their
password, second factor, whether they may do anything at all) takes all of them, or an
administrator of one town could sign in as somebody who reviews the county. Nobody changes
anything about themselves here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from server.accounts.people import Person, home_of
from server.desk.viewer import Need, Viewer
from server.devices.invites import authority
from sync.grants import Grant
from sync.ids import GrantId, PersonId, PlaceId
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.problems import Problem

__all__ = ["Page", "demand_change", "may_change", "person_in_scope", "search"]

PEOPLE_AT_ONCE = 100


class Page(NamedTuple):
    """Some of the people that were looked for; `after` begins the next page, '' if that is all."""

    people: list[Person]
    after: str


async def search(
    ledger: Ledger,
    database: Database,
    viewer: Viewer,
    text: str = "",
    *,
    with_laptops: bool = False,
    after: str = "",
) -> Page:
    """People within the viewer's places by name, those who sign in here or all; a part of the name
    or the login is enough.
    """
    accounts = {
        bytes(person).hex(): (login, bool(change))
        for person, login, change in await database.rows(
            "SELECT person, login, must_change FROM account"
        )
    }
    register, wanted = ledger.register, text.strip().casefold()
    keys = _keys_in_scope(ledger, viewer, set(accounts))
    found = []
    for key in keys:
        login, change = accounts.get(key, ("", False))
        name = register.names.get(key, "")
        if not login and not with_laptops:
            continue
        if wanted and wanted not in name.casefold() and wanted not in login:
            continue
        person = PersonId(bytes.fromhex(key))
        found.append(Person(person, name, login, key in register.disabled, change))
    found.sort(key=_order)
    rest = [one for one in found if _order(one) > _order_of(after)] if after else found
    page = rest[:PEOPLE_AT_ONCE]
    last = page[-1] if len(rest) > PEOPLE_AT_ONCE else None
    return Page(page, f"{last.person.hex()}{last.name}" if last else "")


async def person_in_scope(ledger: Ledger, database: Database, viewer: Viewer, text: str) -> Person:
    """Somebody whom the viewer looks after in part at least. Raises `people-unknown`."""
    name = ledger.register.names.get(text)
    if name is None or not _is_seen(ledger, viewer, text):
        raise Problem("people-unknown")
    person = PersonId(bytes.fromhex(text))
    rows = await database.rows("SELECT login, must_change FROM account WHERE person = ?", (person,))
    login, change = rows[0] if rows else ("", 0)
    return Person(person, name, login, text in ledger.register.disabled, bool(change))


def may_change(ledger: Ledger, viewer: Viewer, person: PersonId) -> bool:
    """Whether the viewer may change who that person is: everything of theirs lies within the
    viewer's places, and it is nobody's own.
    """
    if person in (viewer.person, authority(ledger)[0]):
        return False
    if not viewer.may(Need.ADMINISTER, home_of(ledger, person)):
        return False
    now = ledger.now()
    return all(
        viewer.may(Need.ADMINISTER, grant.place)
        for grant in _grants_of(ledger, person.hex()).values()
        if not grant.ended and (grant.until is None or grant.until >= now)
    )


def demand_change(ledger: Ledger, viewer: Viewer, person: PersonId) -> None:
    """Raises `not-allowed` for whoever may not change that person, `not-oneself` for oneself."""
    if person == viewer.person:
        raise Problem("not-oneself")
    if not may_change(ledger, viewer, person):
        raise Problem("not-allowed")


def _keys_in_scope(ledger: Ledger, viewer: Viewer, accounts: set[str]) -> Iterator[str]:
    roots = viewer.roots(Need.ADMINISTER)
    if ledger.root in roots:
        yield from ledger.register.names
        return
    places: set[PlaceId] = {place for root in roots for place in (root, *ledger.below(root))}
    by_grant: set[str] = set()
    elsewhere: set[str] = set()
    for grant in ledger.register.grants.values():
        (by_grant if grant.place in places else elsewhere).add(grant.person)
    yield from sorted(by_grant & ledger.register.names.keys())
    for key in sorted(accounts - by_grant - elsewhere):
        if key in ledger.register.names and _is_home(ledger, viewer, key):
            yield key


def _is_seen(ledger: Ledger, viewer: Viewer, key: str) -> bool:
    return any(
        viewer.may(Need.ADMINISTER, grant.place) for grant in _grants_of(ledger, key).values()
    ) or _is_home(ledger, viewer, key)


def _is_home(ledger: Ledger, viewer: Viewer, key: str) -> bool:
    try:
        return viewer.may(Need.ADMINISTER, home_of(ledger, PersonId(bytes.fromhex(key))))
    except Problem:
        return False


def _grants_of(ledger: Ledger, key: str) -> dict[GrantId, Grant]:
    return {
        GrantId(bytes.fromhex(name)): grant
        for name, grant in ledger.register.grants.items()
        if grant.person == key
    }


def _order(one: Person) -> tuple[str, str]:
    return one.name, one.person.hex()


def _order_of(after: str) -> tuple[str, str]:
    return after[32:], after[:32]
