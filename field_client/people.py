"""Who may sit at this laptop: the people who signed in on it, and under which grant each files.

All of it is read from the register that the feed fills, so that whoever comes, goes or is disabled
is known here with the next sync; and the server decides the same from the same cells.
"""

from __future__ import annotations

from typing import NamedTuple

from field_client.desk import Desk
from sync.grants import ROLES, Grant
from sync.ids import GrantId, PersonId
from sync.problems import Problem

__all__ = [
    "Person",
    "as_person",
    "is_revoked",
    "listed",
    "people",
    "person_named",
    "take_off",
]

_TAKEN_OFF = "taken_off/"
_BEST_FIRST = ("enter", "administer", *ROLES)


class Person(NamedTuple):
    """One who signed in here; `active` says that a grant is good at the laptop's place now."""

    id: PersonId
    name: str
    grant: GrantId
    role: str
    active: bool


def people(desk: Desk) -> list[Person]:
    """All who signed in on this laptop with a grant at its place, those who may file first.

    Before the first sync it is the one who enrolled it.
    """
    register = desk.ledger.register
    device = register.devices.get(desk.ledger.device.hex())
    found = [
        person
        for key in (device.people if device else ())
        if (person := _person(desk, PersonId(bytes.fromhex(key)))) is not None
    ]
    if not found:
        name = register.names.get(desk.person.hex(), "")
        return [Person(desk.person, name, desk.grant, "", active=True)]
    return sorted(found, key=lambda one: (not one.active, one.name, one.id))


async def listed(desk: Desk) -> list[Person]:
    """Those whom the laptop offers to let in: all but who went and was taken off its list."""
    rows = await desk.ledger.database.rows(
        "SELECT key FROM meta WHERE substr(key, 1, ?) = ?", (len(_TAKEN_OFF), _TAKEN_OFF)
    )
    gone = {row[0].removeprefix(_TAKEN_OFF) for row in rows}
    return [one for one in people(desk) if one.active or one.id.hex() not in gone]


async def take_off(desk: Desk, person: PersonId) -> None:
    """Takes somebody off this laptop's list who may record here no longer; what they did stays.

    They are on it again as soon as they may. Raises `person-not-here`, `person-still-active`.
    """
    one = next((one for one in people(desk) if one.id == person != desk.person), None)
    if one is None:
        raise Problem("person-not-here")
    if one.active:
        raise Problem("person-still-active", name=one.name)
    async with desk.ledger.database.writing():
        await desk.ledger.database.set_meta(_TAKEN_OFF + person.hex(), 1)


def person_named(desk: Desk, text: str) -> Person:
    """The one of that name. Raises `field-person-unknown`, `field-person-twice`."""
    found = [one for one in people(desk) if one.name == text.strip()]
    if len(found) == 1:
        return found[0]
    known = "、".join(sorted({one.name for one in people(desk)}))
    code = "field-person-twice" if found else "field-person-unknown"
    raise Problem(code, name=text[:40], known=known)


def as_person(desk: Desk, person: PersonId) -> Desk:
    """The desk with that person at it. Raises `field-person-gone` for who may file no longer."""
    for one in people(desk):
        if one.id == person and one.active:
            return desk.of(one.id, one.grant)
    raise Problem("field-person-gone", name=desk.person_name(person))


async def is_revoked(desk: Desk) -> bool:
    """Whether the server has ended this laptop's part: the scope that it gives is empty then."""
    return not await desk.ledger.database.rows("SELECT 1 FROM scope LIMIT 1")


def _person(desk: Desk, person: PersonId) -> Person | None:
    grants = [
        (_is_good(desk, person, grant), grant, GrantId(bytes.fromhex(key)))
        for key, grant in desk.ledger.register.grants.items()
        if grant.person == person.hex() and grant.place in desk.ledger.above(desk.place)
    ]
    if not grants:
        return None
    good, grant, name = min(
        grants, key=lambda one: (not one[0], _BEST_FIRST.index(_role(one[1])), one[2])
    )
    return Person(person, desk.person_name(person), name, grant.role, good)


def _role(grant: Grant) -> str:
    return grant.role if grant.role in ROLES else _BEST_FIRST[-1]


def _is_good(desk: Desk, person: PersonId, grant: Grant) -> bool:
    """As the server judges: good now, on a sign-in filed no lower than the grant."""
    register = desk.ledger.register
    above = desk.ledger.above(desk.place)
    signed_in = register.devices[desk.ledger.device.hex()].people[person.hex()]
    return (
        not grant.ended
        and person.hex() not in register.disabled
        and (grant.until is None or grant.until >= desk.now())
        and not signed_in.isdisjoint(above[above.index(grant.place) :])
    )
