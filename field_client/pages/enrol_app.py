"""The pages of a laptop that belongs to no village yet: where the town's code is typed in.

An application of its own, since nothing is there that the others could show: once the code was
taken, it makes way for them at the same address.
"""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import msgspec
from litestar import Litestar, Response, get, post
from litestar.datastructures import State
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.types import ASGIApp

from field_client import enrolling
from field_client.pages.errand_routes import new_link
from field_client.pages.opening_pages import admitted
from field_client.pages.rendering import PACKAGE, AnyRequest, assets, language_of
from field_client.pages.session import LAUNCHED, OPEN, WHO, Sessions, guard
from field_client.pages.settings_pages import choose
from sync.enrolment import clean_code
from sync.limits import NAME_CHARS_MAX
from sync.problems import Problem
from sync.roads.http import client_for
from sync.screens.environment import environment
from sync.screens.safety import Guarded
from sync.texts import LANGUAGES

__all__ = ["Newcomer", "create_enrol_app"]


class Newcomer:
    """A folder that is to become a laptop's, and the browsers that may make it one."""

    def __init__(self, folder: Path, random_bytes: Callable[[int], bytes]) -> None:
        self.folder = folder
        self.random_bytes = random_bytes
        self.sessions = Sessions(random_bytes)
        self.enrolled = asyncio.Event()
        self.secret = random_bytes(32).hex()
        self.address = ""

    def link(self) -> str:
        """A new launch link, which works once."""
        return f"{self.address}/open?token={self.sessions.launch()}"


class Typed(msgspec.Struct):
    """What the form says."""

    server: str = ""
    code: str = ""
    person: str = ""


FormOf = Annotated[Typed, Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/open", opt={WHO: OPEN})
async def open_by_link(request: AnyRequest, token: str = "") -> Response[None]:
    """Takes the link's token for a session's cookie."""
    return admitted(request, request.app.state.station.sessions.begin(token))


@get("/", opt={WHO: LAUNCHED})
async def ask(request: AnyRequest) -> Response[str]:
    """Asks for the server's address and the code."""
    return _page(request, Typed())


@post("/enrol", opt={WHO: LAUNCHED}, status_code=HTTPStatus.OK)
async def enrol(request: AnyRequest, data: FormOf) -> Response[str]:
    """Enrols; what went wrong is said beside what was typed, and typing again harms nothing."""
    newcomer: Newcomer = request.app.state.station
    server = data.server.strip()
    if server and "://" not in server:
        server = f"https://{server}"
    try:
        async with client_for(server) as client:
            await enrolling.enrol(
                newcomer.folder,
                client,
                clean_code(data.code),
                newcomer.random_bytes,
                server=server,
                device_name=(platform.node() or "laptop")[:NAME_CHARS_MAX],
                person_name=data.person.strip()[:NAME_CHARS_MAX],
            )
    except Problem as problem:
        return _page(request, data, problem)
    newcomer.enrolled.set()
    return _page(request, data, link=f"/open?token={newcomer.sessions.launch()}")


def create_enrol_app(newcomer: Newcomer, hosts: Iterable[str]) -> ASGIApp:
    """The application, answering to those names only."""
    names = frozenset(hosts)
    app = Litestar(
        route_handlers=[assets.route(opt={WHO: OPEN}), open_by_link, ask, enrol, choose, new_link],
        guards=[guard],
        exception_handlers={Problem: _problem},
        openapi_config=None,
        state=State({"station": newcomer}),
        logging_config=None,
        debug=False,
    )
    return Guarded(app, lambda: names)


def _problem(request: AnyRequest, problem: Problem) -> Response[str]:
    return _page(request, None, problem)


def _page(
    request: AnyRequest, typed: Typed | None, problem: Problem | None = None, link: str = ""
) -> Response[str]:
    spoken = language_of(request)
    values = {
        "asset": assets.url,
        "languages": LANGUAGES,
        "language": spoken,
        "size": "normal",
        "typed": typed,
        "problem": problem,
        "link": link,
        "folder": request.app.state.station.folder,
    }
    text = environment(spoken, PACKAGE).get_template("enrol.html").render(values)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return Response(text, media_type="text/html", status_code=status)
