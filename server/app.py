"""The composition root: the ledger, the intake queue and the routes become one application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, YamlRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from server.checking.running import Checker
from server.intake.queue import IntakeQueue
from server.routes import refusals
from server.routes.access import OPEN, WHO, guard
from server.routes.envelope import add_headers
from server.routes.health_route import healthz
from server.routes.refusals import AnyRequest
from server.routes.sync_route import sync_v1
from server.routes.totals_route import totals_v1
from sync.ledger.ledger import Ledger
from sync.problems import Problem

__all__ = ["create_app"]

API_VERSION = "1"
DOCUMENTS = ("/openapi.json", "/openapi.yaml")


def create_app(ledger: Ledger) -> Litestar:
    """The server over an open ledger; while the application lives, intake and checks run."""
    return Litestar(
        route_handlers=[sync_v1, totals_v1, healthz],
        lifespan=[_intake],
        guards=[guard],
        exception_handlers=refusals.handlers,
        before_send=[add_headers],
        openapi_config=_openapi(),
        state=State({"ledger": ledger, "queue": IntakeQueue(ledger), "held": [0]}),
        logging_config=None,
        debug=False,
    )


@asynccontextmanager
async def _intake(app: Litestar) -> AsyncIterator[None]:
    queue: IntakeQueue = app.state.queue
    checker = Checker(app.state.ledger)
    running = asyncio.gather(queue.run(), checker.run())
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
