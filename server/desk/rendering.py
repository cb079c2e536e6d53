"""How a page is made: the template in the person's language, with what every page shows."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.datastructures import State

from server.desk.desk import Desk
from server.desk.menu import entries
from server.desk.station import Station
from server.desk.viewer import Viewer
from server.routes.refusals import asked_language
from sync.screens.assets import Assets
from sync.screens.choices import LANGUAGE_COOKIE, SIZE_COOKIE, SIZES
from sync.screens.environment import environment
from sync.screens.safety import HEADERS
from sync.texts import LANGUAGES, Language, negotiate

__all__ = [
    "PACKAGES",
    "AnyRequest",
    "assets",
    "desk_of",
    "language_of",
    "page",
    "station_of",
]

AnyRequest = Request[Any, Any, State]
PACKAGES = (
    "server.desk",
    "server.accounts",
    "server.review",
    "server.entering",
    "server.exchange",
    "server.exchange.forms",
    "server.prefill",
    "server.completeness",
    "server.dashboard",
    "server.explaining",
    "server.disputes",
    "server.administration",
)
"""Whose `templates/` and `static/` the pages use, before the shared ones of `sync.screens`."""

assets = Assets("sync.screens", *PACKAGES)


def station_of(request: AnyRequest) -> Station:
    """The server behind the page."""
    station: Station = request.app.state.station
    return station


def desk_of(request: AnyRequest) -> Desk:
    """The desk of whoever the guard let through."""
    state = request.scope["state"]
    return Desk(station_of(request), state["viewer"], state["session"], language_of(request))


def language_of(request: AnyRequest) -> Language:
    """The language that was chosen here, else the browser's first that is spoken here."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return negotiate(chosen)
    return asked_language(request.headers.get("accept-language"))


async def page(
    request: AnyRequest, template: str, /, status: int = HTTPStatus.OK, **values: object
) -> Response[str]:
    """A page of those values, with what every page shows."""
    return plain_page(request, template, status, **values)


def plain_page(
    request: AnyRequest, template: str, /, status: int = HTTPStatus.OK, **values: object
) -> Response[str]:
    """The same outside of a coroutine."""
    station = station_of(request)
    spoken = language_of(request)
    size = request.cookies.get(SIZE_COOKIE, "")
    viewer: Viewer | None = request.scope["state"].get("viewer")
    shared = {
        "language": spoken,
        "languages": LANGUAGES,
        "size": size if size in SIZES else SIZES[0],
        "sizes": SIZES,
        "asset": assets.url,
        "path": request.url.path,
        "address": str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""),
        "now": station.ledger.now(),
        "today": station.ledger.today(),
        "viewer": viewer,
        "menu": entries(viewer) if viewer and not request.scope["state"].get("unfinished") else (),
        "simulated": station.simulated,
    }
    text = environment(spoken, *PACKAGES).get_template(template).render({**shared, **values})
    return Response(text, media_type="text/html", status_code=status, headers=HEADERS)
