"""Setting up a second factor and taking it away; also the step at which a server demands one.

They may be called by whoever owes nothing but the factor itself, so they are asked here what else
is owed. What is shown once is the answer to the form, and is kept by no browser.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from server.accounts import events, owing, second_factor, sessions
from server.accounts.answers import led_in, led_to, refused, with_session
from server.accounts.events import What, caller_of
from server.accounts.owing import Owed
from server.accounts.signing_in import demand_password, take_code
from server.desk.access import BY_UNPROVED_SESSION, WHO
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from sync.limits import RECENT_SIGNIN_SECONDS
from sync.problems import Problem

__all__ = ["routes"]

PAGE = "/account/second-factor"
TEMPLATE = "account-factor.html"
_OPTIONS = {WHO: BY_UNPROVED_SESSION}


class Proving(msgspec.Struct):
    """What the forms of these pages ask for."""

    password: str = ""
    code: str = ""


Form = Annotated[Proving, Body(media_type=RequestEncodingType.URL_ENCODED)]


@get(PAGE, opt=_OPTIONS, include_in_schema=False)
async def factor_page(request: AnyRequest) -> Response[str]:
    """What there is, or how to set it up."""
    desk = await _desk(request)
    return await page(request, TEMPLATE, problem=None, **await _shown(desk))


@post(f"{PAGE}/begin", opt=_OPTIONS, status_code=303, include_in_schema=False)
async def begin(request: AnyRequest, data: Form) -> Response[None] | Response[str]:
    """Makes a secret, to be confirmed by a code of it."""
    desk = await _desk(request)
    try:
        if not _is_recent(desk):
            await demand_password(
                desk.ledger, desk.viewer.person, data.password, caller_of(request)
            )
        await second_factor.begin(desk.ledger, desk.viewer.person, desk.station.random_bytes)
    except Problem as problem:
        return await refused(request, TEMPLATE, problem, **await _shown(desk))
    return led_to(PAGE)


@post(f"{PAGE}/confirm", opt=_OPTIONS, status_code=200, include_in_schema=False)
async def confirm(request: AnyRequest, data: Form) -> Response[str]:
    """Makes the secret count, and shows the recovery codes; other browsers are signed out."""
    desk = await _desk(request)
    person, chance = desk.viewer.person, desk.station.random_bytes
    try:
        codes = await second_factor.confirm(desk.ledger, person, data.code, chance)
    except Problem as problem:
        return await refused(request, TEMPLATE, problem, **await _shown(desk))
    await events.note(desk.ledger, What.FACTOR_SET, caller_of(request), person=person)
    await sessions.end_all(desk.ledger, person, but=desk.session.token_hash)
    cookie = await sessions.renew(desk.ledger, desk.session, chance, strong=True)
    answer = await page(request, "account-codes.html", codes=codes, is_new=True)
    with_session(request, answer, cookie)
    return answer


@post(f"{PAGE}/codes", opt=_OPTIONS, status_code=200, include_in_schema=False)
async def codes(request: AnyRequest, data: Form) -> Response[str]:
    """New recovery codes in the place of the old ones; a code is asked for."""
    desk = await _desk(request)
    person = desk.viewer.person
    try:
        await take_code(desk.ledger, person, data.code, caller_of(request))
    except Problem as problem:
        return await refused(request, TEMPLATE, problem, **await _shown(desk))
    made = await second_factor.new_recovery_codes(desk.ledger, person, desk.station.random_bytes)
    return await page(request, "account-codes.html", codes=made, is_new=False)


@post(f"{PAGE}/remove", opt=_OPTIONS, status_code=303, include_in_schema=False)
async def remove(request: AnyRequest, data: Form) -> Response[None] | Response[str]:
    """Takes the factor away; both the password and a code are asked for."""
    desk = await _desk(request)
    person, caller = desk.viewer.person, caller_of(request)
    try:
        await demand_password(desk.ledger, person, data.password, caller)
        await take_code(desk.ledger, person, data.code, caller)
    except Problem as problem:
        return await refused(request, TEMPLATE, problem, **await _shown(desk))
    async with desk.ledger.database.writing():
        database = desk.ledger.database
        await second_factor.remove_within(database, person)
        await events.note_within(
            database, desk.ledger.now(), What.FACTOR_REMOVED, caller, person=person
        )
    await sessions.end_all(desk.ledger, person, but=desk.session.token_hash)
    cookie = await sessions.renew(
        desk.ledger, desk.session, desk.station.random_bytes, strong=False
    )
    return led_in(request, cookie, "/account?done=factor-removed")


async def _desk(request: AnyRequest) -> Desk:
    """The desk of somebody who owes nothing, or the factor alone. Raises `sign-in-unfinished`."""
    desk = desk_of(request)
    owed = await owing.owed(desk.ledger, desk.station.settings, desk.session, desk.viewer)
    if owed in (Owed.CODE, Owed.PASSWORD):
        raise Problem("sign-in-unfinished")
    if desk.station.settings.second_factor == "off":
        raise Problem("second-factor-off")
    return desk


async def _shown(desk: Desk) -> dict[str, Any]:
    ledger, person = desk.ledger, desk.viewer.person
    is_set = await second_factor.is_set(ledger.database, person)
    secret = None if is_set else await second_factor.offered(ledger, person)
    rows = await ledger.database.rows("SELECT login FROM account WHERE person = ?", (person,))
    login = rows[0][0] if rows else ""
    return {
        "is_set": is_set,
        "left": await second_factor.left(ledger.database, person),
        "qr": second_factor.qr_code(secret, login) if secret else "",
        "secret": second_factor.secret_groups(secret) if secret else "",
        "asks_password": not _is_recent(desk),
        "is_demanded": owing.demands_factor(desk.station.settings, desk.viewer),
    }


def _is_recent(desk: Desk) -> bool:
    return desk.ledger.now() - desk.session.begun_at < RECENT_SIGNIN_SECONDS


routes = [factor_page, begin, confirm, codes, remove]
