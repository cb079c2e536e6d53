"""Files that villages bring on a USB stick: read here, and answered by a file to take back.

Whoever is signed in may read one: what it holds is judged by its signatures, as over a network. The
answer can be read by the laptop that it is for, and by nobody else.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, NamedTuple

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery

from server.desk.access import BY_SESSION, NEED, WHO, place_in
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.viewer import Need
from server.intake.bundles import Answered, answer, unasked
from server.routes.refusals import status_of
from sync.bundle import SUFFIX
from sync.limits import BUNDLE_BYTES_MAX
from sync.problems import Problem

__all__ = ["routes"]

_KIND = "stick"
_ANY: dict[str, object] = {WHO: BY_SESSION, NEED: Need.SEE}


class Brought(msgspec.Struct):
    """The file that was chosen."""

    file: UploadFile | None = None


class Line(NamedTuple):
    """What came from one laptop, in words."""

    laptop: str
    where: str
    accepted: int
    refused: int
    held: int
    problem: Problem | None


@get("/exchange/stick", opt=_ANY, include_in_schema=False)
async def stick_page(request: AnyRequest) -> Response[str]:
    """Where a file is chosen."""
    return await page(request, "stick-desk.html", lines=None, problem=None)


@post(
    "/exchange/stick",
    opt=_ANY,
    status_code=HTTPStatus.OK,
    include_in_schema=False,
    request_max_body_size=BUNDLE_BYTES_MAX + 2**16,
)
async def brought(
    request: AnyRequest,
    data: Annotated[Brought, Body(media_type=RequestEncodingType.MULTI_PART)],
) -> Response[str]:
    """Takes in what laptops sent, says what it was, and offers the answer."""
    desk = desk_of(request)
    content = await data.file.read() if data.file is not None else b""
    try:
        done = await answer(desk.ledger, content, desk.station.random_bytes)
    except Problem as problem:
        return await page(
            request, "stick-desk.html", status_of(problem), lines=None, problem=problem
        )
    name = desk.station.uploads.keep(desk.viewer.person, _KIND, done.content)
    return await page(
        request,
        "stick-desk.html",
        lines=_lines(request, done),
        missing=done.missing,
        answer=f"/exchange/stick/answer/{name}" if done.content else "",
        problem=None,
    )


@get("/exchange/stick/answer/{name:str}", opt=_ANY, include_in_schema=False)
async def take_back(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """The answer, for whoever read the file. Raises `upload-gone`."""
    desk = desk_of(request)
    content: bytes = desk.station.uploads.get(desk.viewer.person, _KIND, name)
    return _file(content, f"tianji-answer-{desk.today.isoformat()}{SUFFIX}")


@get("/exchange/stick/file", opt=_ANY, include_in_schema=False)
async def without_asking(request: AnyRequest, place: FromQuery[str]) -> Response[bytes]:
    """All that the laptops of a place may have, for those whose answer was lost."""
    desk = desk_of(request)
    at = place_in(place)
    made = await unasked(desk.ledger, at, desk.station.random_bytes)
    if not made.heard:
        raise Problem("stick-nobody", name=desk.name(at))
    return _file(made.content, f"tianji-{desk.code(at)}-{desk.today.isoformat()}{SUFFIX}")


def _lines(request: AnyRequest, done: Answered) -> list[Line]:
    """Laptops by where they are; of places that the viewer doesn't see, no more than that one came."""
    desk = desk_of(request)
    lines = []
    for one in done.heard:
        known = desk.ledger.register.devices.get(one.device.hex())
        places = [place for place in (known.places if known else ()) if desk.viewer.sees(place)]
        where = "、".join(desk.name(place) for place in places)
        lines.append(
            Line(one.device.hex()[:6], where, one.accepted, one.refused, one.held, one.problem)
        )
    return lines


def _file(content: bytes, name: str) -> Response[bytes]:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/octet-stream", headers=headers)


routes = [stick_page, brought, take_back, without_asking]
