"""Signing in: a login and a password become a session, or one sentence that tells no more than it must.

Of a login that nobody has, of one whose person is disabled and of a wrong password the answer is
the same and takes the same time, and each counts as a failure of that login.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from server.accounts import events, second_factor, sessions, trying
from server.accounts.events import Caller, What
from server.accounts.passwords import demand_good, hashed, hashing, proved
from server.accounts.people import normal_login
from server.accounts.sessions import WebSession
from server.desk.acting import sign_in_here
from server.desk.viewer import Viewer
from sync.ids import PersonId
from sync.ledger.ledger import Ledger
from sync.problems import Problem

__all__ = [
    "change_password",
    "demand_password",
    "in_by_service",
    "show_code",
    "sign_in",
    "take_code",
]

Chance = Callable[[int], bytes]
# Of a login that nobody has, as long is taken to say no as of one that somebody has.
_NOBODYS = hashed("nobody's")
_LOGIN_CHARS_MAX = 200


class _Account(NamedTuple):
    person: PersonId
    kept: str
    login: str
    first_until: int | None
    """Until when the password is good, if it is a first one that ends."""


async def sign_in(
    ledger: Ledger,
    login: str,
    password: str,
    random_bytes: Chance,
    caller: Caller,
    *,
    asks_code: bool = True,
) -> str:
    """The cookie of a new session, which awaits a code if the person has a second factor.

    Raises `sign-in-wrong`, `sign-in-wait`, `sign-in-busy`, `first-password-over`.
    """
    plain = normal_login(login[:_LOGIN_CHARS_MAX])
    account = await _account(ledger, plain)
    counted = [trying.of_login(plain), trying.of_address(caller.address)]
    locks = await trying.count(ledger, counted)
    right = await proved(account.kept if account else _NOBODYS, password)
    if account is None or not right or account.person.hex() in ledger.register.disabled:
        what = What.LOCKED if locks else What.FAILED
        await events.note(ledger, what, caller, person=account.person if account else events.NOBODY)
        raise Problem("sign-in-wrong")
    person = account.person
    if account.first_until is not None and account.first_until < ledger.now():
        await events.note(ledger, What.FIRST_EXPIRED, caller, person=person)
        raise Problem("first-password-over")
    awaits = asks_code and await second_factor.is_set(ledger.database, person)
    async with ledger.database.writing():
        await trying.forgive(ledger.database, counted)
        await events.note_within(ledger.database, ledger.now(), What.IN, caller, person=person)
    return await _begin(ledger, person, random_bytes, caller, proved=not awaits)


async def in_by_service(
    ledger: Ledger, person: PersonId, random_bytes: Chance, caller: Caller, *, strong: bool
) -> str:
    """The cookie of somebody whom the sign-in service vouches for; `strong` if it says that it saw a
    second factor. Raises `sign-in-wrong`.
    """
    if person.hex() in ledger.register.disabled:
        await events.note(ledger, What.SERVICE_FAILED, caller, person=person)
        raise Problem("sign-in-wrong")
    awaits = not strong and await second_factor.is_set(ledger.database, person)
    await events.note(ledger, What.IN_BY_SERVICE, caller, person=person)
    return await _begin(
        ledger, person, random_bytes, caller, proved=not awaits, strong=strong, by_service=True
    )


async def show_code(
    ledger: Ledger, session: WebSession, code: str, random_bytes: Chance, caller: Caller
) -> str:
    """The cookie of the same session once the second factor was shown. Raises what `take_code` does."""
    await take_code(ledger, session.person, code, caller)
    return await sessions.renew(ledger, session, random_bytes, strong=True)


async def take_code(ledger: Ledger, person: PersonId, code: str, caller: Caller) -> None:
    """Asks for a code of the second factor, which is used up then.

    Raises `code-wrong`, `sign-in-wait`, `second-factor-none`, `second-factor-unreadable`.
    """
    counted = [trying.of_person(person)]
    await trying.count(ledger, counted)
    try:
        proof = await second_factor.prove(ledger, person, code)
    except Problem as problem:
        if problem.code == "code-wrong":
            await events.note(ledger, What.CODE_FAILED, caller, person=person)
        raise
    what = What.RECOVERY_CODE if proof.by_recovery else What.CODE
    async with ledger.database.writing():
        await trying.forgive(ledger.database, counted)
        await events.note_within(ledger.database, ledger.now(), what, caller, person=person)


async def change_password(
    ledger: Ledger, session: WebSession, old: str, new: str, again: str, caller: Caller
) -> None:
    """Puts a password of the person's own in the place of the old one; other browsers are signed out.

    Raises `password-wrong`, `password-differs`, `password-short`, `password-long`,
    `password-guessed`, `password-same`, `sign-in-wait`, `sign-in-busy`.
    """
    person = session.person
    account = await demand_password(ledger, person, old, caller)
    if new != again:
        raise Problem("password-differs")
    demand_good(new, account.login, ledger.register.names.get(person.hex(), ""))
    if new == old:
        raise Problem("password-same")
    kept = await hashing(new)
    async with ledger.transaction() as database:
        await database.run(
            "UPDATE account SET password_hash = ?, must_change = 0 WHERE person = ?",
            (kept, person),
        )
        await database.run("DELETE FROM first_password WHERE person = ?", (person,))
        await events.note_within(
            database, ledger.now(), What.PASSWORD_CHANGED, caller, person=person
        )
    await sessions.end_all(ledger, person, but=session.token_hash)


async def demand_password(
    ledger: Ledger, person: PersonId, password: str, caller: Caller
) -> _Account:
    """Asks somebody who is signed in for the password once more.

    Raises `password-wrong`, `sign-in-wait`, `sign-in-busy`.
    """
    rows = await ledger.database.rows("SELECT login FROM account WHERE person = ?", (person,))
    account = await _account(ledger, rows[0][0]) if rows else None
    counted = [trying.of_person(person)]
    await trying.count(ledger, counted)
    right = await proved(account.kept if account else _NOBODYS, password)
    if account is None or not right:
        await events.note(ledger, What.PASSWORD_FAILED, caller, person=person)
        raise Problem("password-wrong")
    async with ledger.database.writing():
        await trying.forgive(ledger.database, counted)
    return account


async def _account(ledger: Ledger, login: str) -> _Account | None:
    rows = await ledger.database.rows(
        "SELECT a.person, a.password_hash, a.login, f.until FROM account a"
        " LEFT JOIN first_password f ON f.person = a.person AND a.must_change = 1"
        " WHERE a.login = ?",
        (login,),
    )
    return _Account(PersonId(rows[0][0]), *rows[0][1:]) if rows else None


async def _begin(
    ledger: Ledger,
    person: PersonId,
    random_bytes: Chance,
    caller: Caller,
    *,
    proved: bool,
    strong: bool = False,
    by_service: bool = False,
) -> str:
    await sign_in_here(ledger, Viewer(ledger, person))
    return await sessions.begin(
        ledger,
        person,
        random_bytes,
        proved=proved,
        agent=caller.agent,
        address=caller.address,
        strong=strong,
        by_service=by_service,
    )
