"""The way in: the launch link of this start, which works once."""

from __future__ import annotations

from litestar import Response, get
from litestar.datastructures import Cookie
from litestar.params import FromQuery

from field_client.pages.rendering import AnyRequest, station_of
from field_client.pages.session import OPEN, WHO, cookie_name

__all__ = ["admitted", "routes"]


@get("/open", opt={WHO: OPEN})
async def open_by_link(request: AnyRequest, token: FromQuery[str] = "") -> Response[None]:
    """Takes the link's token for a session's cookie, and leads to the first page."""
    station = station_of(request)
    cookie = station.sessions.begin(token)
    session = station.sessions.of(cookie)
    assert session is not None
    await station.seating.sit_down(session)
    return admitted(request, cookie)


def admitted(request: AnyRequest, cookie: str) -> Response[None]:
    """Leads to the first page with a session's cookie."""
    name = cookie_name(request)
    kept = Cookie(key=name, value=cookie, httponly=True, samesite="strict", path="/")
    return Response(None, status_code=303, headers={"location": "/"}, cookies=[kept])


routes = [open_by_link]
