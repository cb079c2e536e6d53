"""Signing in and out, step by step: the password, the code of a second factor, a password of one's own."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from server.accounts import events, owing, second_factor, sessions
from server.accounts.answers import led_in, led_out, led_to, refused
from server.accounts.events import What, caller_of
from server.accounts.owing import Owed
from server.accounts.signing_in import change_password, show_code, sign_in
from server.desk.access import BY_UNPROVED_SESSION, WHO
from server.desk.rendering import AnyRequest, desk_of, page, station_of
from server.routes.access import OPEN
from sync.problems import Problem
from sync.screens.choices import own_path

__all__ = ["routes"]


class Entering(msgspec.Struct):
    """The form of the sign-in page."""

    login: str = ""
    password: str = ""
    back: str = "/"


class Code(msgspec.Struct):
    """The form in which a code of a second factor is typed."""

    code: str = ""
    back: str = "/"


class NewPassword(msgspec.Struct):
    """The form in which a person chooses a password."""

    old: str = ""
    new: str = ""
    again: str = ""
    back: str = "/"


def _ways(request: AnyRequest) -> dict[str, Any]:
    """How one may sign in here."""
    settings = station_of(request).settings
    return {
        "by_password": settings.allow_password,
        "service": (settings.oidc_name or settings.oidc_issuer) if settings.oidc_issuer else "",
    }


@get("/signin", opt={WHO: OPEN}, include_in_schema=False)
async def signin_page(request: AnyRequest, back: FromQuery[str] = "/") -> Response[str]:
    """Where a login and a password are typed."""
    values: dict[str, Any] = {
        "back": own_path(back),
        "login": "",
        "problem": None,
        **_ways(request),
    }
    return await page(request, "signin.html", **values)


@post("/signin", opt={WHO: OPEN}, status_code=HTTPStatus.SEE_OTHER, include_in_schema=False)
async def signin(
    request: AnyRequest,
    data: Annotated[Entering, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None] | Response[str]:
    """Begins a session, and leads to the page that was wanted."""
    station = station_of(request)
    back = own_path(data.back)
    try:
        if not station.settings.allow_password:
            raise Problem("password-off")
        cookie = await sign_in(
            station.ledger,
            data.login,
            data.password,
            station.random_bytes,
            caller_of(request),
            asks_code=station.settings.second_factor != "off",
        )
    except Problem as problem:
        values: dict[str, Any] = {"back": back, "login": data.login, **_ways(request)}
        return await refused(request, "signin.html", problem, **values)
    await events.drop_old(station.ledger, station.settings.signin_events_days)
    return led_in(request, cookie, back)


@get("/signin/next", opt={WHO: BY_UNPROVED_SESSION}, include_in_schema=False)
async def next_page(
    request: AnyRequest, back: FromQuery[str] = "/"
) -> Response[str] | Response[None]:
    """What is still owed before anything is shown."""
    desk = desk_of(request)
    back = own_path(back)
    owed = await owing.owed(desk.ledger, desk.station.settings, desk.session, desk.viewer)
    if owed is Owed.CODE:
        return led_to(f"/signin/code?back={quote(back, safe='')}")
    if owed is Owed.FACTOR:
        return led_to("/account/second-factor")
    if owed is None:
        return led_to(back)
    return await page(request, "signin-next.html", back=back, problem=None)


@get("/signin/code", opt={WHO: BY_UNPROVED_SESSION}, include_in_schema=False)
async def code_page(
    request: AnyRequest, back: FromQuery[str] = "/"
) -> Response[str] | Response[None]:
    """Where the code of a second factor is typed."""
    if desk_of(request).session.proved:
        return led_to(own_path(back))
    return await page(request, "signin-code.html", back=own_path(back), problem=None)


@post(
    "/signin/code",
    opt={WHO: BY_UNPROVED_SESSION},
    status_code=HTTPStatus.SEE_OTHER,
    include_in_schema=False,
)
async def code(
    request: AnyRequest,
    data: Annotated[Code, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None] | Response[str]:
    """Takes the code; the session goes on under a new cookie."""
    desk = desk_of(request)
    back = own_path(data.back)
    try:
        cookie = await show_code(
            desk.ledger, desk.session, data.code, desk.station.random_bytes, caller_of(request)
        )
    except Problem as problem:
        return await refused(request, "signin-code.html", problem, back=back)
    left = await second_factor.left(desk.ledger.database, desk.viewer.person)
    return led_in(request, cookie, back if left > 2 else "/account/second-factor")


@post(
    "/signin/password",
    opt={WHO: BY_UNPROVED_SESSION},
    status_code=HTTPStatus.SEE_OTHER,
    include_in_schema=False,
)
async def choose_password(
    request: AnyRequest,
    data: Annotated[NewPassword, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None] | Response[str]:
    """Puts it in the first one's place; the session goes on under a new cookie, others end.

    Raises `sign-in-unfinished`.
    """
    desk = desk_of(request)
    back = own_path(data.back)
    if not desk.session.proved:
        raise Problem("sign-in-unfinished")
    try:
        await change_password(
            desk.ledger, desk.session, data.old, data.new, data.again, caller_of(request)
        )
    except Problem as problem:
        return await refused(request, "signin-next.html", problem, back=back)
    cookie = await sessions.renew(
        desk.ledger, desk.session, desk.station.random_bytes, strong=desk.session.strong
    )
    return led_in(request, cookie, back)


@post(
    "/signout",
    opt={WHO: BY_UNPROVED_SESSION},
    status_code=HTTPStatus.SEE_OTHER,
    include_in_schema=False,
)
async def signout(request: AnyRequest) -> Response[None]:
    """Ends this browser's session."""
    desk = desk_of(request)
    await sessions.end(desk.ledger, desk.session.token_hash)
    await events.note(desk.ledger, What.OUT, caller_of(request), person=desk.viewer.person)
    return led_out(request)


routes = [signin_page, signin, next_page, code_page, code, choose_password, signout]
