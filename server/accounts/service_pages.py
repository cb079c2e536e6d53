"""Signing in by the office's sign-in service, and linking an account to it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from server.accounts import events, services, sessions, trying
from server.accounts.answers import led_in, led_to, refused
from server.accounts.events import Caller, What, caller_of
from server.accounts.service import Service, Vouched
from server.accounts.services import Try
from server.accounts.signing_in import demand_password, in_by_service
from server.desk.access import BY_SELF, WHO, cookie_name_of
from server.desk.rendering import AnyRequest, desk_of, page, station_of
from server.routes.access import OPEN
from sync.ids import PersonId
from sync.limits import SERVICE_TRY_SECONDS
from sync.problems import Problem
from sync.screens.choices import own_path

__all__ = ["routes"]

BACK = "/signin/service/back"
_COOKIE = "tianji-service"


class Password(msgspec.Struct):
    """The form with which one's own account is linked or unlinked."""

    password: str = ""


class LinkCode(msgspec.Struct):
    """The form in which a link code is typed."""

    code: str = ""


Form = Annotated[Password, Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/signin/service", opt={WHO: OPEN}, include_in_schema=False)
async def to_service(request: AnyRequest, back: FromQuery[str] = "/") -> Response[None]:
    """Sends the browser to the service. Raises `service-none`, `service-unreachable`."""
    address, cookie = await _begun(request, own_path(back))
    answer = led_to(address)
    answer.set_cookie(cookie)
    return answer


@get(BACK, opt={WHO: OPEN}, include_in_schema=False)
async def from_service(
    request: AnyRequest,
    code: FromQuery[str] = "",
    iss: FromQuery[str] = "",
) -> Response[None]:
    """Takes whom the service vouches for. Raises `service-state`, `service-refused`."""
    station, caller = station_of(request), caller_of(request)
    service = _service(request)
    state = request.query_params.get("state", "")[:200]
    tried = await services.take_try(station.ledger, state, _own_cookie(request))
    try:
        if not code or iss not in ("", station.settings.oidc_issuer):
            raise Problem("service-refused", why="answer")
        vouched = await service.who(code[:4096], tried.nonce, tried.verifier, _back(request))
    except Problem:
        await events.note(station.ledger, What.SERVICE_FAILED, caller, person=tried.person)
        raise
    if tried.person:
        return await _linked(request, tried, vouched, caller)
    database = station.ledger.database
    person = await services.person_of(database, vouched.issuer, vouched.subject)
    if person is None:
        token = await services.keep_newcomer(
            station.ledger, vouched, tried.back, station.random_bytes
        )
        answer = led_to("/signin/link")
        answer.set_cookie(_cookie(request, token))
        return answer
    cookie = await in_by_service(
        station.ledger, person, station.random_bytes, caller, strong=vouched.strong
    )
    return led_in(request, cookie, tried.back)


@get("/signin/link", opt={WHO: OPEN}, include_in_schema=False)
async def link_page(request: AnyRequest) -> Response[str]:
    """Where somebody whom the service knows and this server doesn't yet types a code."""
    _service(request)
    return await page(request, "signin-link.html", problem=None)


@post("/signin/link", opt={WHO: OPEN}, status_code=303, include_in_schema=False)
async def link(
    request: AnyRequest,
    data: Annotated[LinkCode, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None] | Response[str]:
    """Links the account that the code is for, and signs in."""
    station, caller = station_of(request), caller_of(request)
    ledger = station.ledger
    counted = [trying.of_address(caller.address)]
    _service(request)
    try:
        await trying.count(ledger, counted)
        person, back, strong = await services.link_by_code(ledger, _own_cookie(request), data.code)
        await events.note(ledger, What.LINKED, caller, person=person)
        cookie = await in_by_service(ledger, person, station.random_bytes, caller, strong=strong)
    except Problem as problem:
        return await refused(request, "signin-link.html", problem)
    async with ledger.database.writing():
        await trying.forgive(ledger.database, counted)
    return led_in(request, cookie, back)


@post("/account/service", opt={WHO: BY_SELF}, status_code=200, include_in_schema=False)
async def link_own(request: AnyRequest, data: Form) -> Response[str]:
    """A page with the way to the service: a form may lead to no other site, a link may."""
    desk = desk_of(request)
    person = desk.viewer.person
    try:
        await demand_password(desk.ledger, person, data.password, caller_of(request))
        address, cookie = await _begun(request, "/account?done=linked", person)
    except Problem as problem:
        return await refused(request, "account-service.html", problem, address="")
    answer = await page(request, "account-service.html", address=address, problem=None)
    answer.set_cookie(cookie)
    return answer


@post("/account/service/unlink", opt={WHO: BY_SELF}, status_code=303, include_in_schema=False)
async def unlink_own(request: AnyRequest, data: Form) -> Response[None] | Response[str]:
    """Takes the link away; the password is asked for, since without it nobody could come back."""
    desk = desk_of(request)
    person, caller = desk.viewer.person, caller_of(request)
    try:
        await demand_password(desk.ledger, person, data.password, caller)
    except Problem as problem:
        return await refused(request, "account-service.html", problem, address="")
    async with desk.ledger.database.writing():
        database, issuer = desk.ledger.database, desk.station.settings.oidc_issuer
        if await services.unlink_within(database, issuer, person):
            await events.note_within(
                database, desk.ledger.now(), What.UNLINKED, caller, person=person
            )
    return led_to("/account?done=unlinked")


async def _begun(
    request: AnyRequest, back: str, person: PersonId = events.NOBODY
) -> tuple[str, Cookie]:
    station = station_of(request)
    service = _service(request)
    begun = await services.begin_try(station.ledger, back, station.random_bytes, person)
    address = await service.way_there(begun.state, begun.nonce, begun.verifier, _back(request))
    return address, _cookie(request, begun.browser)


async def _linked(
    request: AnyRequest, tried: Try, vouched: Vouched, caller: Caller
) -> Response[None]:
    """Links one's own account; whoever began it must still be signed in. Raises `service-state`."""
    ledger = station_of(request).ledger
    cookie = request.cookies.get(cookie_name_of(request), "")
    session = await sessions.find(ledger, ledger.database, cookie)
    if session is None or session.person != tried.person:
        raise Problem("service-state")
    async with ledger.database.writing():
        await services.link_within(
            ledger.database, vouched.issuer, vouched.subject, tried.person, ledger.now()
        )
        await events.note_within(
            ledger.database, ledger.now(), What.LINKED, caller, person=tried.person
        )
    return led_to(tried.back)


def _service(request: AnyRequest) -> Service:
    station = station_of(request)
    if not station.settings.oidc_issuer:
        raise Problem("service-none")
    return station.service


def _back(request: AnyRequest) -> str:
    """The address that the service knows of this server."""
    own = station_of(request).settings.public_url
    return (own or f"{request.url.scheme}://{request.url.netloc}") + BACK


def _cookie(request: AnyRequest, value: str) -> Cookie:
    secure = request.url.scheme == "https"
    return Cookie(
        key=f"__Host-{_COOKIE}" if secure else _COOKIE,
        value=value,
        max_age=SERVICE_TRY_SECONDS,
        httponly=True,
        secure=secure,
        samesite="lax",  # the way back begins on the service's page
        path="/",
    )


def _own_cookie(request: AnyRequest) -> str:
    name = f"__Host-{_COOKIE}" if request.url.scheme == "https" else _COOKIE
    return request.cookies.get(name, "")[:200]


routes = [to_service, from_service, link_page, link, link_own, unlink_own]
