"""The page of one figure's explanation, and the same for programs."""

from __future__ import annotations

from datetime import date
from typing import Any

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from server.desk.access import BY_SESSION, NEED, WHO, place_in
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.viewer import Need
from server.explaining.documents import document
from server.explaining.explanation import Explanation, explain
from server.explaining.showing import View, view
from server.rollup.folding import advance
from sync.period import parse
from sync.problems import Problem

__all__ = ["routes", "tree_day"]

TREES = ("period", "today")


@get(
    "/explain/{place:str}/{period:str}/{indicator:str}",
    opt={WHO: BY_SESSION, NEED: Need.SEE},
    include_in_schema=False,
)
async def show(
    request: AnyRequest,
    place: FromPath[str],
    period: FromPath[str],
    indicator: FromPath[str],
    tree: FromQuery[str] = TREES[0],
) -> Response[str]:
    """What the figure is made of; `tree` says by which hierarchy."""
    desk = desk_of(request)
    found = await _explained(desk, place, period, indicator, tree)
    shown: View = view(desk, found)
    return await page(
        request,
        "explain.html",
        desk=desk,
        one=found,
        view=shown,
        place=found.place,
        tree=tree,
        may_adjust=found.may_adjust and desk.viewer.may(Need.REVIEW_COUNTY, found.place),
    )


@get(
    "/api/explain/{place:str}/{period:str}/{indicator:str}",
    opt={WHO: BY_SESSION, NEED: Need.SEE},
    include_in_schema=False,
)
async def told(
    request: AnyRequest,
    place: FromPath[str],
    period: FromPath[str],
    indicator: FromPath[str],
    tree: FromQuery[str] = TREES[0],
) -> dict[str, Any]:
    """The same as a document."""
    desk = desk_of(request)
    return document(desk, await _explained(desk, place, period, indicator, tree))


async def _explained(desk: Desk, place: str, period: str, code: str, tree: str) -> Explanation:
    asked = parse(period)
    today = await tree_day(desk, tree)
    async with desk.reading() as books:
        return await explain(books, place_in(place), asked, code, desk.language, today)


async def tree_day(desk: Desk, tree: str) -> date | None:
    """The day of the hierarchy that is asked for. Raises `tree-unknown`."""
    if tree not in TREES:
        raise Problem("tree-unknown", text=tree[:40])
    if tree == TREES[0]:
        return None
    await advance(desk.ledger)
    return desk.today


routes = [show, told]
