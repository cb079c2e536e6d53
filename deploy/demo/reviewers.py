"""Who sits at the county's desk in the demo, and what they have done there before a newcomer looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from server.accounts import grants, people
from server.accounts.passwords import first_password, hashing
from server.catalogue.keeping import catalogue_of
from server.desk.acting import sign_in_here
from server.desk.viewer import Viewer
from server.machine import random_bytes
from server.review.deciding import Action, Order, decide
from server.review.formstate import At, form_states
from sync.ids import PersonId, PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Period, parse
from sync.review import Stage

__all__ = ["Account", "reviewed", "seated"]

_RETURNED = ("B003", "和上季度差得多，请对一下合同，填错了就改，没错请写明原因。")


class Staff(NamedTuple):
    """Somebody who works at the desk: at which level, and as what."""

    login: str
    name: str
    word: str
    level: str
    roles: tuple[str, ...]


class Account(NamedTuple):
    """What to sign in with; `word` is the key of what that person does."""

    login: str
    password: str
    word: str
    where: str
    person: PersonId


STAFF = (
    Staff("xian", "林县审（模拟）", "demo-staff-county", "county", ("review_county", "enter")),
    Staff("zhen", "何镇审（模拟）", "demo-staff-town", "town", ("review_town", "enter")),
    Staff("kan", "陈主任（模拟）", "demo-staff-viewer", "province", ("view",)),
    Staff("guan", "吴管理（模拟）", "demo-staff-admin", "province", ("administer", "define")),
)


async def seated(ledger: Ledger, at: Mapping[str, PlaceId]) -> list[Account]:
    """People of the county and the town, with passwords of their own, who may do their part."""
    return [await _person(ledger, one, at[one.level]) for one in STAFF if one.level in at]


async def reviewed(
    ledger: Ledger, accounts: Sequence[Account], town: PlaceId, quarters: Sequence[Period]
) -> PlaceId | None:
    """The town has approved all but the last quarter, and sent one value of that back; the county
    has approved the first. The rest is left to whoever looks. The place to which the value came back.
    """
    persons = {one.login: one.person for one in accounts}
    texts = [one.text for one in quarters]
    for at in await _waiting(ledger, town, texts[:-1]):
        await _decide(ledger, persons["zhen"], at, Action.APPROVE)
    for at in await _waiting(ledger, town, texts[:1]):
        await _decide(ledger, persons["xian"], at, Action.APPROVE)
    code, words = _RETURNED
    for at in await _waiting(ledger, town, texts[-1:]):
        if code in at.form.items:
            await _decide(ledger, persons["zhen"], at, Action.RETURN, {code: words})
            return at.place
    return None


async def _person(ledger: Ledger, staff: Staff, place: PlaceId) -> Account:
    person, _ = await people.add(ledger, staff.name, staff.login, place, random_bytes)
    password = first_password(random_bytes)
    kept = await hashing(password)
    async with ledger.transaction() as database:  # as if each had chosen it at the first sign-in
        await database.run(
            "UPDATE account SET password_hash = ?, must_change = 0 WHERE person = ?", (kept, person)
        )
    for role in staff.roles:
        await grants.add(ledger, person, role, place, None, random_bytes)
    await sign_in_here(ledger, Viewer(ledger, person))
    where = ledger.tree.name(place, ledger.today())
    return Account(staff.login, password, staff.word, where, person)


async def _waiting(ledger: Ledger, town: PlaceId, periods: Sequence[str]) -> list[At]:
    """The town's forms of those periods that somebody has still to decide on."""
    forms = (await catalogue_of(ledger)).forms
    rows = await ledger.database.rows_in(
        "SELECT p.id, s.period, s.form FROM {seek} place_no p ON p.id = k.column1"
        " JOIN form_standing s ON s.place = p.no AND s.period = k.column2"
        f" WHERE s.stage IN ('{Stage.SUBMITTED}', '{Stage.APPROVED_TOWN}')"
        " ORDER BY p.id, s.period, s.form",
        [(place, period) for place in ledger.below(town) for period in periods],
    )
    return [At(PlaceId(place), forms[form], parse(period)) for place, period, form in rows]


async def _decide(
    ledger: Ledger,
    person: PersonId,
    at: At,
    action: Action,
    returns: Mapping[str, str] | None = None,
) -> None:
    state = (await form_states(ledger, [at]))[at]
    order = Order(action, state.seen, returns=returns or {})
    await decide(ledger, Viewer(ledger, person), at, order)
