"""The lock: choose a name, enter a PIN, go on where you were; and setting the PIN itself."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from field_client.pages.rendering import AnyRequest, desk_of, page, plain_page, station_of
from field_client.pages.session import LAUNCHED, UNLOCKED, WHO, Session
from field_client.people import Person, listed
from sync.ids import PersonId
from sync.limits import PIN_DIGITS_MAX, PIN_DIGITS_MIN
from sync.problems import Problem
from sync.screens.choices import own_path

__all__ = ["person_in", "routes", "session_of", "to"]


class Unlocking(msgspec.Struct):
    """Who, and the PIN if one is asked for."""

    who: str = ""
    pin: str = ""


class Locking(msgspec.Struct):
    """The page that is left."""

    back: str = "/"


class NewPin(msgspec.Struct):
    """The form of the PIN's own page."""

    old: str = ""
    pin: str = ""
    again: str = ""


@get("/unlock", opt={WHO: LAUNCHED})
async def choose(request: AnyRequest, who: FromQuery[str] = "") -> Response[str]:
    """Who is there; of one that has a PIN, the place to enter it."""
    return await _unlock_page(request, who)


@post("/unlock", opt={WHO: LAUNCHED}, status_code=HTTPStatus.SEE_OTHER)
async def unlock(
    request: AnyRequest,
    data: Annotated[Unlocking, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None] | Response[str]:
    """Lets a person in, to the page that was open when they locked it."""
    session = session_of(request)
    try:
        await station_of(request).seating.unlock(session, person_in(data.who), data.pin)
    except Problem as problem:
        return await _unlock_page(request, data.who, problem)
    back, session.back = session.back, "/"
    return to(back)


@post("/lock", opt={WHO: LAUNCHED}, status_code=HTTPStatus.SEE_OTHER)
async def lock(
    request: AnyRequest,
    data: Annotated[Locking, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """Hides the pages until somebody is let in; what was typed stays."""
    session = session_of(request)
    session.back = own_path(data.back)
    station_of(request).seating.lock(session)
    return to("/unlock")


@post("/awake", opt={WHO: UNLOCKED}, status_code=HTTPStatus.NO_CONTENT)
async def awake() -> None:
    """Somebody is there, though nothing was sent for a while: the guard has noted it."""


@get("/pin", opt={WHO: UNLOCKED})
async def pin_page(request: AnyRequest) -> Response[str]:
    """Sets a PIN, or another one."""
    return await _pin_page(request)


@post("/pin", opt={WHO: UNLOCKED}, status_code=HTTPStatus.SEE_OTHER)
async def set_pin(
    request: AnyRequest,
    data: Annotated[NewPin, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None] | Response[str]:
    """Keeps it; what is wrong with it is said above the form."""
    try:
        if data.pin != data.again:
            raise Problem("pin-unequal")
        await station_of(request).seating.set_pin(session_of(request), data.pin, data.old)
    except Problem as problem:
        return await _pin_page(request, problem)
    return to("/people?done=pin")


@post("/pin/later", opt={WHO: UNLOCKED}, status_code=HTTPStatus.SEE_OTHER)
async def later(request: AnyRequest) -> Response[None]:
    """Asks this person no more by itself."""
    await station_of(request).seating.pin_later(session_of(request))
    return to("/")


def session_of(request: AnyRequest) -> Session:
    """The browser that asks."""
    session: Session = request.scope["state"]["session"]
    return session


def to(address: str) -> Response[None]:
    """Leads to a page after something was done."""
    return Response(None, status_code=HTTPStatus.SEE_OTHER, headers={"location": address})


def person_in(text: str) -> PersonId:
    """The person that a form names. Raises `person-not-here`."""
    try:
        return PersonId(bytes.fromhex(text))
    except ValueError:
        raise Problem("person-not-here") from None


async def _unlock_page(
    request: AnyRequest, who: str, problem: Problem | None = None
) -> Response[str]:
    station = station_of(request)
    here = await listed(station.desk)
    with_pin = {one.id for one in here if await station.pins.has(one.id)}
    chosen = next((one for one in here if one.id.hex() == who), None)
    if chosen is None and len(here) == 1:
        chosen = here[0]
    if chosen is not None and chosen.id not in with_pin:
        chosen = None
    wait = problem.values.get("seconds", 0) if problem else 0
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return plain_page(
        request,
        "unlock.html",
        status,
        people=_last_first(here, session_of(request).last_person),
        with_pin=with_pin,
        chosen=chosen,
        last=session_of(request).last_person,
        problem=problem,
        wait=wait,
        most=PIN_DIGITS_MAX,
    )


async def _pin_page(request: AnyRequest, problem: Problem | None = None) -> Response[str]:
    desk = await desk_of(request)
    has_pin = await station_of(request).pins.has(desk.person)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    made = await page(
        request,
        "pin.html",
        has_pin=has_pin,
        problem=problem,
        least=PIN_DIGITS_MIN,
        most=PIN_DIGITS_MAX,
    )
    made.status_code = status
    return made


def _last_first(here: list[Person], last: PersonId | None) -> list[Person]:
    return sorted(here, key=lambda one: (not one.active, one.id != last, one.name, one.id))


routes = [choose, unlock, lock, awake, pin_page, set_pin, later]
