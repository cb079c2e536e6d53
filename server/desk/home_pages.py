"""The first page: what is to do for whoever is signed in."""

from __future__ import annotations

from litestar import Response, get

from server.desk.access import BY_SESSION, NEED, WHO
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.viewer import Need

__all__ = ["routes"]


@get("/", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def home(request: AnyRequest) -> Response[str]:
    """The first page."""
    desk = desk_of(request)
    places = [(place, desk.name(place)) for place in desk.viewer.roots()]
    return await page(request, "home.html", places=places)


routes = [home]
