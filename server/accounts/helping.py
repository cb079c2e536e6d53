"""What an administrator does for somebody who lost something, or who leaves: each is written down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from server.accounts import events, people, second_factor, services, sessions, trying
from server.accounts.events import Caller, What
from server.accounts.hands import as_administrator
from server.accounts.passwords import first_password, hashing
from server.accounts.people import Person
from server.desk.desk import Desk
from sync.ledger.ledger import Ledger

__all__ = ["DOINGS", "Helping", "new_first_password", "new_link_code", "reset_factor", "unlock"]


class Helping(NamedTuple):
    """Who does something for whom."""

    desk: Desk
    person: Person
    caller: Caller

    async def note(self, what: What) -> None:
        """Writes down that it was done."""
        await events.note(
            self.desk.ledger,
            what,
            self.caller,
            person=self.person.person,
            by=self.desk.viewer.person,
        )


async def new_first_password(helping: Helping) -> str:
    """A first password in place of the one that was lost; it is to be shown once. Raises `account-none`."""
    first = first_password(helping.desk.station.random_bytes)
    kept = await hashing(first)
    ledger, person = helping.desk.ledger, helping.person
    async with ledger.transaction() as database:
        await people.reset_within(ledger, database, person.person, kept)
    await unlock(ledger, person)
    await helping.note(What.FIRST_PASSWORD)
    return first


async def new_link_code(helping: Helping) -> str:
    """A code with which the person links their identity at the sign-in service."""
    desk = helping.desk
    code = await services.new_link_code(
        desk.ledger, helping.person.person, desk.station.random_bytes
    )
    await helping.note(What.LINK_CODE)
    return code


async def unlock(ledger: Ledger, person: Person) -> None:
    """Lets somebody try again at once who has to wait."""
    async with ledger.database.writing():
        counted = [trying.of_login(person.login), trying.of_person(person.person)]
        await trying.forgive(ledger.database, counted)


async def reset_factor(ledger: Ledger, person: Person) -> None:
    """Takes a second factor away from somebody who lost it; whoever is signed in as them is out."""
    async with ledger.database.writing():
        await second_factor.remove_within(ledger.database, person.person)
    await sessions.end_all(ledger, person.person)
    await unlock(ledger, person)


async def _unlock(helping: Helping) -> None:
    await unlock(helping.desk.ledger, helping.person)
    await helping.note(What.UNLOCKED)


async def _reset_factor(helping: Helping) -> None:
    await reset_factor(helping.desk.ledger, helping.person)
    await helping.note(What.FACTOR_RESET)


async def _reset_pin(helping: Helping) -> None:
    hand = as_administrator(helping.desk.viewer)
    await people.reset_pin(helping.desk.ledger, helping.person.person, hand)
    await helping.note(What.PIN_RESET)


async def _disable(helping: Helping) -> None:
    await _set_disabled(helping, disabled=True)
    await helping.note(What.DISABLED)


async def _enable(helping: Helping) -> None:
    await _set_disabled(helping, disabled=False)
    await helping.note(What.ENABLED)


async def _set_disabled(helping: Helping, *, disabled: bool) -> None:
    desk = helping.desk
    await people.set_disabled(
        desk.ledger,
        helping.person.person,
        disabled=disabled,
        hand=as_administrator(desk.viewer),
    )


async def _unlink(helping: Helping) -> None:
    desk, person = helping.desk, helping.person.person
    async with desk.ledger.database.writing():
        issuer = desk.station.settings.oidc_issuer
        await services.unlink_within(desk.ledger.database, issuer, person)
    await sessions.end_all(desk.ledger, person)
    await helping.note(What.UNLINKED)


DOINGS: dict[str, Callable[[Helping], Awaitable[None]]] = {
    "unlocked": _unlock,
    "factor-reset": _reset_factor,
    "pin-reset": _reset_pin,
    "disabled": _disable,
    "enabled": _enable,
    "unlinked": _unlink,
}
"""What is done by one press, by the word that the page says of it afterwards."""
