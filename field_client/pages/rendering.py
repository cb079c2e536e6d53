"""How a page is made: the template in the person's language, with what every page shows."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from litestar import Request, Response

from field_client.desk import Desk
from field_client.pages.notices import notices
from field_client.pages.session import Session
from field_client.pages.station import Station
from field_client.pages.strip import strip
from sync.ledger.simulated import is_simulated
from sync.screens.assets import Assets
from sync.screens.choices import LANGUAGE_COOKIE, SIZE_COOKIE, SIZES
from sync.screens.environment import environment
from sync.texts import LANGUAGES, Language, negotiate

__all__ = [
    "PACKAGE",
    "AnyRequest",
    "assets",
    "desk_of",
    "language_of",
    "page",
    "plain_page",
    "size_of",
    "station_of",
]

AnyRequest = Request[Any, Any, Any]

PACKAGE = "field_client.pages"

assets = Assets("sync.screens", PACKAGE)


def station_of(request: AnyRequest) -> Station:
    """The laptop behind the page."""
    station: Station = request.app.state.station
    return station


async def desk_of(request: AnyRequest) -> Desk:
    """The desk as the person who is unlocked in this browser. Raises `unlock-first`."""
    session: Session = request.scope["state"]["session"]
    return await station_of(request).demand_person(session)


def language_of(request: AnyRequest) -> Language:
    """The language that was chosen here, else the browser's first; Simplified Chinese if unclear."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return negotiate(chosen)
    wanted = request.headers.get("accept-language", "")
    return negotiate(wanted.split(",")[0].split(";")[0])


def size_of(request: AnyRequest) -> str:
    """The size of type that was chosen here."""
    chosen = request.cookies.get(SIZE_COOKIE, "")
    return chosen if chosen in SIZES else SIZES[0]


async def page(request: AnyRequest, template: str, /, **values: Any) -> Response[str]:
    """A page of those values, with what every page shows: who, where, and the line in sight."""
    station = station_of(request)
    station.simulated = await is_simulated(station.desk.ledger)
    said = await notices(station, _session(request), is_home=request.url.path == "/")
    return plain_page(request, template, strip=await strip(station), notices=said, **values)


def plain_page(
    request: AnyRequest, template: str, /, status: int = HTTPStatus.OK, **values: object
) -> Response[str]:
    """The same without a look at the database: for what must be said whatever else is wrong."""
    station = station_of(request)
    spoken = language_of(request)
    session = _session(request)
    person = session.person if session else None
    shared = {
        "language": spoken,
        "languages": LANGUAGES,
        "size": size_of(request),
        "sizes": SIZES,
        "asset": assets.url,
        "path": request.url.path,
        "now": station.desk.now(),
        "desk": station.desk,
        "unlocked": person is not None,
        "person_name": station.desk.person_name(person) if person else "",
        "idle_seconds": station.seating.idle_seconds(session) if session else 0,
        "notices": None,
        "strip": None,
        "simulated": station.simulated,
    }
    text = environment(spoken, PACKAGE).get_template(template).render({**shared, **values})
    return Response(text, media_type="text/html", status_code=status)


def _session(request: AnyRequest) -> Session | None:
    found: Session | None = request.scope["state"].get("session")
    return found
