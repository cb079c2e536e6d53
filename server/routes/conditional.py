"""Answers that a program has already: `If-None-Match` is answered before anything is read.

A tag stands for the moment of the books (the order of acceptance) and for who asks; a description's
for the catalogue's edition alone.
"""

from __future__ import annotations

import hashlib
from http import HTTPStatus

from litestar import Response

from server.catalogue.keeping import catalogue_of
from server.desk.station import Station
from server.routes.caller import caller_of
from server.routes.refusals import AnyRequest

__all__ = ["headers_of", "unless_books_unchanged", "unless_catalogue_unchanged"]

_EDITION = "2"  # of what these routes answer: other columns are another answer


async def unless_books_unchanged(request: AnyRequest) -> Response[None] | None:
    """For what is read from the books: 304 while nothing was accepted and the day is the same."""
    station: Station = request.app.state.station
    async with station.readers.reading() as books:
        epoch = await books.database.meta("epoch")
        ((position,),) = await books.database.rows("SELECT max(position) FROM commits")
    parts = (bytes(epoch or b"").hex(), position or 0, books.today(), caller_of(request).id)
    return _unless(request, parts)


async def unless_catalogue_unchanged(request: AnyRequest) -> Response[None] | None:
    """For definitions: 304 while none has changed."""
    station: Station = request.app.state.station
    async with station.readers.reading() as books:
        catalogue = await catalogue_of(books)
    return _unless(request, (catalogue.version,))


def headers_of(request: AnyRequest) -> dict[str, str]:
    """What every answer of the API carries: its tag, and whether the figures are made up."""
    headers = {
        "etag": request.scope["state"]["etag"],
        "cache-control": "private, no-cache",
        "vary": "authorization, accept-encoding",
    }
    station: Station = request.app.state.station
    if station.simulated:
        headers["tianji-simulated"] = "true"
    return headers


def _unless(request: AnyRequest, parts: tuple[object, ...]) -> Response[None] | None:
    said = "\0".join(map(str, (_EDITION, *parts)))
    tag = f'W/"{hashlib.sha256(said.encode()).hexdigest()[:32]}"'
    request.scope["state"]["etag"] = tag
    given = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    strong = tag.removeprefix("W/")
    if "*" in given or tag in given or strong in given:
        status = HTTPStatus.NOT_MODIFIED
        return Response(None, status_code=status, headers=headers_of(request))
    return None
