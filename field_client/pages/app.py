"""The composition root of the laptop's pages: an open desk and the routes become one application."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from litestar import Litestar
from litestar.datastructures import State
from litestar.types import ASGIApp

from field_client.desk import Desk
from field_client.pages import (
    aside_pages,
    conflict_pages,
    errand_routes,
    export_pages,
    handover_pages,
    health_pages,
    history_pages,
    home_pages,
    live_routes,
    lock_pages,
    opening_pages,
    people_pages,
    places_pages,
    settings_pages,
    sheet_pages,
    stick_pages,
    sync_pages,
    village_pages,
)
from field_client.pages.refusals import handlers
from field_client.pages.rendering import assets
from field_client.pages.session import OPEN, WHO, Sessions, guard
from field_client.pages.station import Station
from sync.screens.safety import Guarded

__all__ = ["create_app"]


def create_app(
    desk: Desk,
    hosts: Iterable[str],
    random_bytes: Callable[[int], bytes],
    sessions: Sessions | None = None,
) -> tuple[ASGIApp, Station]:
    """The pages over an open desk, answering to those names (`127.0.0.1:8471`) only.

    `sessions` are those of browsers that are here already, from when it was enrolled.
    """
    station = Station(desk, random_bytes, sessions)
    names = frozenset(hosts)
    app = Litestar(
        route_handlers=[
            assets.route(opt={WHO: OPEN}),
            *opening_pages.routes,
            *home_pages.routes,
            *live_routes.routes,
            *errand_routes.routes,
            *settings_pages.routes,
            *lock_pages.routes,
            *people_pages.routes,
            *handover_pages.routes,
            *sheet_pages.routes,
            *aside_pages.routes,
            *conflict_pages.routes,
            *history_pages.routes,
            *places_pages.routes,
            *sync_pages.routes,
            *stick_pages.routes,
            *village_pages.routes,
            *export_pages.routes,
            *health_pages.routes,
        ],
        guards=[guard],
        exception_handlers=handlers,  # type: ignore[arg-type]  # each takes the error it is listed for
        lifespan=[station.at_work],
        openapi_config=None,
        state=State({"station": station}),
        logging_config=None,
        debug=False,
    )
    return Guarded(app, lambda: names), station
