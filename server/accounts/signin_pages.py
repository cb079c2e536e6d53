"""Signing in and out, and the password that is one's own."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from server.accounts import sessions
from server.accounts.signing_in import change_password, sign_in
from server.desk.access import BY_UNPROVED_SESSION, COOKIE, WHO
from server.desk.rendering import AnyRequest, desk_of, own_path, page, station_of
from server.routes.access import OPEN
from server.routes.refusals import status_of
from sync.problems import Problem

__all__ = ["routes"]


class Entering(msgspec.Struct):
    """The form of the sign-in page."""

    login: str = ""
    password: str = ""
    back: str = "/"


class NewPassword(msgspec.Struct):
    """The form in which a person chooses a password."""

    old: str = ""
    new: str = ""
    again: str = ""
    back: str = "/"


@get("/signin", opt={WHO: OPEN}, include_in_schema=False)
async def signin_page(request: AnyRequest, back: FromQuery[str] = "/") -> Response[str]:
    """Where a login and a password are typed."""
    return await page(request, "signin.html", back=own_path(back), login="", problem=None)


@post("/signin", opt={WHO: OPEN}, status_code=HTTPStatus.SEE_OTHER, include_in_schema=False)
async def signin(
    request: AnyRequest,
    data: Annotated[Entering, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None] | Response[str]:
    """Begins a session, and leads to the page that was wanted."""
    station = station_of(request)
    back = own_path(data.back)
    try:
        cookie = await sign_in(
            station.ledger,
            data.login,
            data.password,
            station.random_bytes,
            agent=request.headers.get("user-agent", ""),
            address=request.client.host if request.client else "",
        )
    except Problem as problem:
        status = status_of(problem)
        return await page(
            request, "signin.html", status, back=back, login=data.login, problem=problem
        )
    kept = Cookie(
        key=COOKIE,
        value=cookie,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="lax",  # a link in a message leads to the page that it names
        path="/",
    )
    return Response(None, status_code=303, headers={"location": back}, cookies=[kept])


@get("/signin/next", opt={WHO: BY_UNPROVED_SESSION}, include_in_schema=False)
async def next_page(request: AnyRequest, back: FromQuery[str] = "/") -> Response[str]:
    """What is still owed before anything is shown: a password of one's own."""
    return await page(request, "signin-next.html", back=own_path(back), problem=None)


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
    """Puts it in the first one's place; other browsers are signed out."""
    desk = desk_of(request)
    back = own_path(data.back)
    try:
        await change_password(desk.ledger, desk.viewer.person, data.old, data.new, data.again)
    except Problem as problem:
        return await page(
            request, "signin-next.html", status_of(problem), back=back, problem=problem
        )
    await sessions.end_all(desk.ledger, desk.viewer.person, but=desk.session.token_hash)
    return Response(None, status_code=303, headers={"location": back})


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
    answer = Response(None, status_code=303, headers={"location": "/signin"})
    answer.delete_cookie(COOKIE)
    return answer


routes = [signin_page, signin, next_page, choose_password, signout]
