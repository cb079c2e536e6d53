"""Files for people: which table, which part of it, in which form; made, watched, fetched."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, get_args

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import File

from server.catalogue.keeping import catalogue_of
from server.desk.access import BY_SESSION, NEED, WHO
from server.desk.choosing import place_of, places_to_choose
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.viewer import Need
from server.exchange.export import WHATS, Chosen
from server.exchange.exporting import Exporting, Made
from server.exchange.listing import Reach
from server.exchange.tables import FORMATS
from server.exchange.totals import Trees
from sync.places import LEVELS
from sync.problems import Problem
from sync.screens.safety import HEADERS

__all__ = ["reach_of", "routes"]

OPTIONS: Mapping[str, Any] = {WHO: BY_SESSION, NEED: Need.SEE}
_QUICK_SECONDS = 0.6  # what is made by then is shown at once
_LOOK_AGAIN_SECONDS = 1
_MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def reach_of(desk: Desk) -> Reach:
    """What a person sees."""
    roots = desk.viewer.roots()
    if desk.ledger.root in roots:
        return Reach(None, desk.viewer.sees)
    return Reach(roots, desk.viewer.sees)


def exporting_of(request: AnyRequest) -> Exporting:
    """The files of the running server."""
    exporting: Exporting = request.app.state.exporting
    return exporting


@get("/exchange/export", opt=OPTIONS, include_in_schema=False)
async def export_page(request: AnyRequest) -> Response[str]:
    """What may be asked for, and what was asked for in the last hour."""
    return await _page(request, Chosen("totals", "xlsx"), "", None)


@post("/exchange/export", opt=OPTIONS, status_code=303, include_in_schema=False)
async def begin_export(request: AnyRequest) -> Response[Any]:
    """Begins a file, and leads to it."""
    desk = desk_of(request)
    form = await request.form()
    chosen = Chosen(
        what=str(form.get("what", "")),
        form=str(form.get("format", "")),
        period=str(form.get("period", "")).strip(),
        indicators=[str(one) for one in form.getall("indicator", []) if one],
        place_code=str(form.get("code", "")).strip(),
        level=str(form.get("level", "")),
        tree=_tree(str(form.get("tree", "period"))),
    )
    at = str(form.get("at", ""))
    exporting = exporting_of(request)
    try:
        if chosen.place_code or at:
            place = place_of(desk, Need.SEE, at, chosen.place_code)
            chosen = chosen._replace(place_code=desk.code(place))
        name = await exporting.begin(desk.viewer.person, chosen, reach_of(desk))
    except Problem as problem:
        return await _page(request, chosen, at, problem)
    with suppress(TimeoutError):
        made = exporting.of(name, desk.viewer.person)
        await asyncio.wait_for(made.ended.wait(), _QUICK_SECONDS)
    return Response(None, status_code=303, headers={"location": f"/exchange/exports/{name}"})


@get("/exchange/exports/{export:str}", opt=OPTIONS, include_in_schema=False)
async def one_export(request: AnyRequest, export: FromPath[str]) -> Response[str]:
    """How far a file is; then what it holds."""
    desk = desk_of(request)
    made = exporting_of(request).of(export, desk.viewer.person)
    answer = await page(
        request, "exchange-made.html", name=export, made=made, where=_where(desk, made)
    )
    if not made.ended.is_set():
        answer.headers["refresh"] = str(_LOOK_AGAIN_SECONDS)
    return answer


@get("/exchange/exports/{export:str}/file", opt=OPTIONS, include_in_schema=False)
async def export_file(request: AnyRequest, export: FromPath[str]) -> File:
    """The file itself."""
    viewer = desk_of(request).viewer
    made = exporting_of(request).of(export, viewer.person)
    for root in made.roots:
        viewer.demand(Need.SEE, root)  # a grant may have ended since
    if made.done is None or not made.path.exists():
        raise Problem("export-gone")
    return File(
        made.path,
        filename=made.name,
        media_type=_MEDIA_TYPES[made.chosen.form],
        content_disposition_type="attachment",
        headers=HEADERS,
    )


async def _page(
    request: AnyRequest, chosen: Chosen, at: str, problem: Problem | None
) -> Response[str]:
    desk = desk_of(request)
    async with desk.reading() as books:
        catalogue = await catalogue_of(books)
    every = exporting_of(request).every(desk.viewer.person)
    return await page(
        request,
        "exchange-export.html",
        chosen=chosen,
        at=at,
        problem=problem,
        places=places_to_choose(desk, Need.SEE),
        levels=[level for level in LEVELS if level in desk.ledger.tree.levels(desk.today)],
        indicators=list(catalogue.indicators.values()),
        whats=WHATS,
        forms=FORMATS,
        made=[(name, one, _where(desk, one)) for name, one in every],
    )


def _where(desk: Desk, made: Made) -> str:
    code = made.chosen.place_code
    place = desk.ledger.tree.by_code(code, desk.today) if code else None
    return desk.name(place) if place is not None else code


def _tree(text: str) -> Trees:
    known: Mapping[str, Trees] = {one: one for one in get_args(Trees)}
    return known.get(text, "period")


routes = [export_page, begin_export, one_export, export_file]
