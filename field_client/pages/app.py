"""The composition root of the laptop's pages: an open desk and the routes become one application."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from litestar import Litestar
from litestar.datastructures import State
from litestar.types import ASGIApp

from field_client.desk import Desk
from field_client.pages import (
    errand_routes,
    home_pages,
    live_routes,
    opening_pages,
    settings_pages,
)
from field_client.pages.refusals import handlers
from field_client.pages.rendering import assets
from field_client.pages.session import OPEN, WHO, guard
from field_client.pages.station import Station
from sync.screens.safety import Guarded

__all__ = ["create_app"]


def create_app(
    desk: Desk, hosts: Iterable[str], random_bytes: Callable[[int], bytes]
) -> tuple[ASGIApp, Station]:
    """The pages over an open desk, answering to those names (`127.0.0.1:8471`) only."""
    station = Station(desk, random_bytes)
    names = frozenset(hosts)
    app = Litestar(
        route_handlers=[
            assets.route(opt={WHO: OPEN}),
            *opening_pages.routes,
            *home_pages.routes,
            *live_routes.routes,
            *errand_routes.routes,
            *settings_pages.routes,
        ],
        guards=[guard],
        exception_handlers=handlers,  # type: ignore[arg-type]  # each takes the error it is listed for
        openapi_config=None,
        state=State({"station": station}),
        logging_config=None,
        debug=False,
    )
    return Guarded(app, lambda: names), station
