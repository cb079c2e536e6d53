"""Handing over: what is still open, words for the successor, and what the town is to be told."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from field_client.handover import leave, left_at, note_read
from field_client.pages.lock_pages import to
from field_client.pages.rendering import AnyRequest, desk_of, page, station_of
from field_client.pages.session import UNLOCKED, WHO
from field_client.people import people
from field_client.todo import to_do
from sync.limits import TEXT_CHARS_MAX
from sync.problems import Problem

__all__ = ["routes"]


class Words(msgspec.Struct):
    """What is left to whoever comes after."""

    words: str = ""


FormOf = Annotated[Words, Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/handover", opt={WHO: UNLOCKED})
async def handover_page(request: AnyRequest, done: FromQuery[str] = "") -> Response[str]:
    """The page for both: who leaves, and who comes."""
    made = await _page(request, done=bool(done))
    await note_read(await desk_of(request))
    return made


@post("/handover", opt={WHO: UNLOCKED}, status_code=HTTPStatus.SEE_OTHER)
async def hand_over(request: AnyRequest, data: FormOf) -> Response[None] | Response[str]:
    """Files the words, seals all that was recorded, and begins a sync."""
    try:
        await leave(await desk_of(request), data.words)
    except Problem as problem:
        return await _page(request, data.words, problem)
    station_of(request).background.start()
    return to("/handover?done=1")


async def _page(
    request: AnyRequest, typed: str = "", problem: Problem | None = None, *, done: bool = False
) -> Response[str]:
    desk = await desk_of(request)
    devices = await desk.device_names()
    made = await page(
        request,
        "handover.html",
        left=await left_at(desk, desk.place),
        open=[one for one in await to_do(desk, desk.place) if not one.done],
        others=[one for one in people(desk) if one.active and one.id != desk.person],
        name=desk.person_name(desk.person),
        code=desk.code(desk.place),
        place=desk.name(desk.place),
        device=devices.get(desk.ledger.device, ""),
        most=TEXT_CHARS_MAX,
        typed=typed,
        problem=problem,
        done=done,
    )
    made.status_code = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return made


routes = [handover_page, hand_over]
