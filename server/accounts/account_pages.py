"""One's own account: password, second factor, where one is signed in, and what one may do."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from server.accounts import events, grants, second_factor, services, sessions
from server.accounts.answers import led_in, led_to, refused
from server.accounts.browsers import browser_words
from server.accounts.events import What, caller_of
from server.accounts.signing_in import change_password
from server.desk.access import BY_SELF, WHO
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from sync.problems import Problem

__all__ = ["routes"]

DONE = (*("password", "signed-out", "signed-out-others", "factor-removed", "linked", "unlinked"),)
_OWN_EVENTS = 20


class NewPassword(msgspec.Struct):
    """The form in which a person changes the password."""

    old: str = ""
    new: str = ""
    again: str = ""


class OneSession(msgspec.Struct):
    """Which browser is to be signed out."""

    session: str = ""


@get("/account", opt={WHO: BY_SELF}, include_in_schema=False)
async def account(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    """The account of whoever asks."""
    desk = desk_of(request)
    done = done if done in DONE else ""
    return await page(request, "account.html", problem=None, done=done, **await _shown(desk))


@post("/account/password", opt={WHO: BY_SELF}, status_code=303, include_in_schema=False)
async def password(
    request: AnyRequest,
    data: Annotated[NewPassword, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None] | Response[str]:
    """Changes the password; the session goes on under a new cookie, others end."""
    desk = desk_of(request)
    try:
        await change_password(
            desk.ledger, desk.session, data.old, data.new, data.again, caller_of(request)
        )
    except Problem as problem:
        return await refused(request, "account.html", problem, done="", **await _shown(desk))
    cookie = await sessions.renew(
        desk.ledger, desk.session, desk.station.random_bytes, strong=desk.session.strong
    )
    return led_in(request, cookie, "/account?done=password")


@post("/account/sessions/end", opt={WHO: BY_SELF}, status_code=303, include_in_schema=False)
async def end_session(
    request: AnyRequest,
    data: Annotated[OneSession, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """Signs out one other browser of the same person; of anybody else's nothing is said or done."""
    desk = desk_of(request)
    try:
        name = bytes.fromhex(data.session)
    except ValueError:
        name = b""
    if name != desk.session.token_hash and await sessions.end_one(
        desk.ledger, desk.viewer.person, name
    ):
        await _note_end(request, desk)
    return led_to("/account?done=signed-out")


@post("/account/sessions/end-others", opt={WHO: BY_SELF}, status_code=303, include_in_schema=False)
async def end_others(request: AnyRequest) -> Response[None]:
    """Signs out everywhere else."""
    desk = desk_of(request)
    await sessions.end_all(desk.ledger, desk.viewer.person, but=desk.session.token_hash)
    await _note_end(request, desk)
    return led_to("/account?done=signed-out-others")


async def _note_end(request: AnyRequest, desk: Desk) -> None:
    person = desk.viewer.person
    await events.note(desk.ledger, What.OUT_ELSEWHERE, caller_of(request), person=person)


async def _shown(desk: Desk) -> dict[str, Any]:
    ledger, person = desk.ledger, desk.viewer.person
    async with desk.reading() as books:
        database = books.database
        rows = await database.rows("SELECT login FROM account WHERE person = ?", (person,))
        given = await grants.of_person(books, person)
        settings = desk.station.settings
        return {
            "login": rows[0][0] if rows else "",
            "by_password": settings.allow_password,
            "factor": "off"
            if settings.second_factor == "off"
            else ("set" if await second_factor.is_set(database, person) else "none"),
            "left": await second_factor.left(database, person),
            "sessions": await sessions.every(ledger, database, person),
            "browser_words": browser_words,
            "own_session": desk.session.token_hash,
            "grants": [(one, desk.name(one.place), desk.code(one.place)) for one in given],
            "events": await events.recent(database, person=person, limit=_OWN_EVENTS),
            "names": ledger.register.names,
            "service": (settings.oidc_name or settings.oidc_issuer) if settings.oidc_issuer else "",
            "linked": await services.subject_of(database, settings.oidc_issuer, person),
        }


routes = [account, password, end_session, end_others]
