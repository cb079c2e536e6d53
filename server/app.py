"""The composition root: the ledger, the intake queue and the routes become one application."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, YamlRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ASGIApp

from server.administration.metrics_route import metrics
from server.courtesy import Courteous
from server.desk import access as people
from server.desk import refusals, site
from server.desk.station import Station
from server.exchange.exporting import Exporting
from server.intake.queue import IntakeQueue
from server.machine import random_bytes as chance
from server.routes import access, api
from server.routes.access import OPEN, WHO, Connection
from server.routes.envelope import add_headers
from server.routes.health_route import healthz
from server.routes.pace import Paces
from server.routes.refusals import AnyRequest
from server.routes.sync_route import sync_v1
from server.settings import Settings
from sync.ledger.ledger import Ledger
from sync.problems import Problem
from sync.screens.safety import Guarded

__all__ = ["create_app", "guarded"]

API_VERSION = "1"
DOCUMENTS = ("/openapi.json", "/openapi.yaml")


def create_app(
    ledger: Ledger,
    settings: Settings | None = None,
    random_bytes: Callable[[int], bytes] = chance,
) -> Litestar:
    """The server over an open ledger; while the application lives, intake and checks run."""
    station = Station(ledger, settings or Settings(), random_bytes)
    exporting = Exporting(station)
    return Litestar(
        route_handlers=[sync_v1, *api.routes, healthz, metrics, *site.handlers()],
        lifespan=[_intake, station.at_work, station.reminders.at_work, exporting.at_work],
        guards=[_guard],
        exception_handlers=refusals.handlers,
        before_send=[add_headers],
        openapi_config=_openapi(),
        state=State(
            {
                "ledger": ledger,
                "queue": IntakeQueue(ledger, station.sightings),
                "held": [0],
                "station": station,
                "paces": Paces.by(time.monotonic),
                "exporting": exporting,
            }
        ),
        logging_config=None,
        debug=False,
    )


def guarded(app: Litestar) -> ASGIApp:
    """The same, taking what changes something from its own pages only; checks give way to it."""
    return Guarded(Courteous(app, app.state.station.courtesy), None)


async def _guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Each route names who may call it; one that doesn't is closed to all."""
    if handler.opt.get(WHO) in (people.BY_SESSION, people.BY_SELF, people.BY_UNPROVED_SESSION):
        await people.admit(connection, handler)
    else:
        await access.guard(connection, handler)


@asynccontextmanager
async def _intake(app: Litestar) -> AsyncIterator[None]:
    queue: IntakeQueue = app.state.queue
    station: Station = app.state.station
    running = asyncio.gather(queue.run(), station.checker.run(), station.attention.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def _openapi() -> OpenAPIConfig:
    """The description of the API, as documents only: a viewer would fetch from elsewhere."""
    return OpenAPIConfig(
        title="Tianji 田记",
        version=API_VERSION,
        description="Village figures, rolled up. POST /sync/v1 speaks MessagePack and isn't here.",
        render_plugins=[
            JsonRenderPlugin(path=["/", DOCUMENTS[0]]),
            YamlRenderPlugin(path=DOCUMENTS[1]),
        ],
        openapi_router=Router(
            "/schema",
            route_handlers=[],
            opt={WHO: OPEN},
            before_request=_only_documents,
            include_in_schema=False,
        ),
        components=Components(
            security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}
        ),
    )


async def _only_documents(request: AnyRequest) -> None:
    """The framework answers other paths below `/schema` with a page of its own."""
    if request.url.path.removeprefix("/schema") not in ("", "/", *DOCUMENTS):
        raise Problem("route-unknown", path=request.url.path)
