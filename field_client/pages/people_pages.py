"""Who sits at this laptop: one more by a code, nothing left of one who went, the idle lock."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, NamedTuple

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from field_client.desk import Desk
from field_client.enrolling import join
from field_client.pages.lock_pages import person_in, to
from field_client.pages.rendering import AnyRequest, desk_of, page, station_of
from field_client.pages.session import UNLOCKED, WHO
from field_client.people import Person, listed, take_off
from field_client.pins import Pins
from field_client.syncing import server_of, sync
from sync.limits import IDLE_MINUTES_CHOICES, NAME_CHARS_MAX
from sync.problems import Problem

__all__ = ["routes"]

_DONE = ("pin", "joined", "idle", "forgotten")


class Seat(NamedTuple):
    """One person of the list."""

    person: Person
    has_pin: bool
    is_here: bool


class Joining(msgspec.Struct):
    """The form for one more person."""

    code: str = ""
    name: str = ""


class Forgetting(msgspec.Struct):
    """Who is to be taken off the list."""

    who: str = ""


class Idle(msgspec.Struct):
    """After how many minutes a page is locked."""

    minutes: int = 0


@get("/people", opt={WHO: UNLOCKED})
async def people_page(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    """All who may sit here, and what can be changed about it."""
    return await _page(request, done=done if done in _DONE else "")


@post("/people/join", opt={WHO: UNLOCKED}, status_code=HTTPStatus.SEE_OTHER)
async def add(
    request: AnyRequest,
    data: Annotated[Joining, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None] | Response[str]:
    """Adds the person of a code, and syncs once so that their grant is here."""
    desk = await desk_of(request)
    name = data.name.strip()[:NAME_CHARS_MAX]
    try:
        async with await server_of(desk) as client:
            await join(desk.ledger, client, data.code, name)
            await sync(desk, client, _silent)
    except Problem as problem:
        return await _page(request, problem, data)
    return to("/people?done=joined")


@post("/people/forget", opt={WHO: UNLOCKED}, status_code=HTTPStatus.SEE_OTHER)
async def forget(
    request: AnyRequest,
    data: Annotated[Forgetting, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None] | Response[str]:
    """Takes somebody off the list, and their PIN away, who may record here no longer."""
    desk = await desk_of(request)
    try:
        person = person_in(data.who)
        await take_off(desk, person)
    except Problem as problem:
        return await _page(request, problem)
    await station_of(request).pins.forget(person)
    return to("/people?done=forgotten")


@post("/people/idle", opt={WHO: UNLOCKED}, status_code=HTTPStatus.SEE_OTHER)
async def idle(
    request: AnyRequest,
    data: Annotated[Idle, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """When a page that nobody touches is locked."""
    await station_of(request).seating.set_idle_minutes(data.minutes)
    return to("/people?done=idle")


async def _page(
    request: AnyRequest,
    problem: Problem | None = None,
    typed: Joining | None = None,
    done: str = "",
) -> Response[str]:
    desk = await desk_of(request)
    station = station_of(request)
    made = await page(
        request,
        "people.html",
        seats=await _seats(station.pins, desk),
        has_pin=await station.pins.has(desk.person),
        idle_minutes=station.seating.idle_minutes,
        idle_choices=IDLE_MINUTES_CHOICES,
        typed=typed or Joining(),
        problem=problem,
        done=done,
    )
    made.status_code = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return made


async def _seats(pins: Pins, desk: Desk) -> list[Seat]:
    return [Seat(one, await pins.has(one.id), one.id == desk.person) for one in await listed(desk)]


def _silent(_sent: int, _received: int, _more: bool) -> None:
    """The page itself says how it went."""


routes = [people_page, add, forget, idle]
