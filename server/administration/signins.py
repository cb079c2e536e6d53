"""The book of signing in as the audit shows it: searched, page by page, within somebody's scope."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, timedelta
from typing import NamedTuple

from server.accounts.events import Event
from server.administration.audit import LOOKED_MAX, PAGE_LINES, midnight
from sync.ids import PersonId
from sync.ledger.ledger import Ledger

__all__ = ["Wanted", "search"]

NUMBER_MAX = 2**62


class Wanted(NamedTuple):
    """Which lines; `before` is the number before which to go on."""

    person: PersonId | None = None
    what: str = ""
    since: date | None = None
    until: date | None = None
    before: int = NUMBER_MAX


class Page(NamedTuple):
    """Lines, and the number before which the next page begins; None where nothing is left."""

    lines: list[Event]
    following: int | None


async def search(ledger: Ledger, scope: Container[object], wanted: Wanted) -> Page:
    """A page of the book, the latest first.

    Who looks after a part of the realm sees the lines of people who hold a role there; a line about
    nobody who is known is for those who look after all of it.
    """
    everybody = ledger.root in scope
    people = {grant.person for grant in ledger.register.grants.values() if grant.place in scope}
    parts, values = ["no < ?"], list[object]([wanted.before])
    if wanted.person is not None:
        parts.append("person = ?")
        values.append(wanted.person)
    if wanted.since:
        parts.append("at >= ?")
        values.append(midnight(wanted.since))
    if wanted.until:
        parts.append("at < ?")
        values.append(midnight(wanted.until + timedelta(days=1)))
    rows = await ledger.database.rows(
        "SELECT no, at, what, login, person, by, address, agent FROM signin_event"
        f" WHERE {' AND '.join(parts)} ORDER BY no DESC LIMIT ?",
        (*values, LOOKED_MAX),
    )
    lines: list[Event] = []
    for number, at, what, login, person, by, address, agent in rows:
        known = everybody or bytes(person).hex() in people
        if known and (not wanted.what or what == wanted.what):
            lines.append(
                Event(number, at, what, login, PersonId(person), PersonId(by), address, agent)
            )
        if len(lines) == PAGE_LINES:
            return Page(lines, number)
    return Page(lines, rows[-1][0] if len(rows) == LOOKED_MAX else None)
