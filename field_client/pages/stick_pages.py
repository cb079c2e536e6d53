"""The road by USB stick, step by step: a file to take along, and the answer that is brought back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from field_client.pages.files import attachment
from field_client.pages.rendering import AnyRequest, desk_of, page, station_of
from field_client.pages.session import UNLOCKED, WHO
from sync.bundle import SUFFIX
from sync.limits import BUNDLE_BYTES_MAX
from sync.problems import Problem
from sync.roads.bundle import Arrived, outgoing, take_in

__all__ = ["routes"]


class Brought(msgspec.Struct):
    """The file that was chosen."""

    file: UploadFile | None = None


@get("/stick", opt={WHO: UNLOCKED})
async def stick_page(request: AnyRequest) -> Response[str]:
    """What to do, in three steps."""
    return await _show(request)


@get("/stick/file", opt={WHO: UNLOCKED})
async def take_along(request: AnyRequest) -> Response[bytes]:
    """A file of all that no server has accepted, for the town's server alone."""
    desk = await desk_of(request)
    made = await outgoing(desk.ledger, station_of(request).random_bytes)
    name = f"tianji-{desk.code(desk.place)}-{desk.today().isoformat()}{SUFFIX}"
    return await attachment(desk, name, made.content, {"x-commits": str(made.commits)})


@post(
    "/stick",
    opt={WHO: UNLOCKED},
    status_code=HTTPStatus.OK,
    request_max_body_size=BUNDLE_BYTES_MAX + 2**16,
)
async def brought_back(
    request: AnyRequest,
    data: Annotated[Brought, Body(media_type=RequestEncodingType.MULTI_PART)],
) -> Response[str]:
    """Takes in the answer, and says what it came to."""
    desk = await desk_of(request)
    content = await data.file.read() if data.file is not None else b""
    try:
        arrived = await take_in(desk.ledger, content)
    except Problem as problem:
        return await _show(request, problem=problem)
    station_of(request).tell_change()
    return await _show(request, arrived=arrived)


async def _show(
    request: AnyRequest, arrived: Arrived | None = None, problem: Problem | None = None
) -> Response[str]:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    shown = await page(request, "stick.html", arrived=arrived, problem=problem)
    shown.status_code = status
    return shown


routes = [stick_page, take_along, brought_back]
