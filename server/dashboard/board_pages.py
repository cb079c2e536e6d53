"""The main page: a figure, its map, its course, its parts; and the same as JSON for what is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromQuery

from server.catalogue.keeping import catalogue_of
from server.dashboard.board import Board, board
from server.dashboard.board_data import told
from server.dashboard.board_view import FACTS, BoardView, view
from server.dashboard.picking import picked
from server.desk.access import BY_SESSION, NEED, WHO
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.viewer import Need
from server.entering.picking import choices
from sync.catalogue import Catalogue
from sync.period import Period

__all__ = ["routes"]

_FOUND_MAX = 30
_TYPED_MAX = 12
_PERIODS_LISTED_MAX = 60


@dataclass(frozen=True)
class _Asked:
    catalogue: Catalogue
    board: Board
    view: BoardView


@get("/board", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def show(
    request: AnyRequest,
    place: FromQuery[str] = "",
    period: FromQuery[str] = "",
    other: FromQuery[str] = "",
    indicator: FromQuery[str] = "",
    q: FromQuery[str] = "",
    to: FromQuery[str] = "",
) -> Response[str]:
    """The page; `other` is a period that the list doesn't offer, `q` finds a place to show for what
    `to` names.
    """
    desk = desk_of(request)
    when, _, what = to.partition(" ")
    asked = await _asked(desk, place, other or period or when, indicator or what)
    at = asked.board.picked
    return await page(
        request,
        "board.html",
        desk=desk,
        board=asked.board,
        view=asked.view,
        facts=FACTS,
        place=at.place,
        period=at.period,
        indicator=at.indicator,
        indicators=sorted(asked.catalogue.indicators.values(), key=lambda one: one.code),
        offered=offered(at.periods, at.period),
        has_period=at.period in at.periods,
        roots=[one for one in desk.viewer.roots() if one != desk.ledger.root],
        q=q.strip(),
        found=choices(desk.ledger, desk.viewer, q, _FOUND_MAX, Need.SEE) if q.strip() else [],
        data=told(asked.board.picked, asked.view, desk.language),
    )


@get("/api/board", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def refreshed(
    request: AnyRequest,
    place: FromQuery[str] = "",
    period: FromQuery[str] = "",
    indicator: FromQuery[str] = "",
) -> dict[str, Any]:
    """What of the page can change: its words by where they stand, and what its charts draw."""
    desk = desk_of(request)
    asked = await _asked(desk, place, period, indicator)
    return told(asked.board.picked, asked.view, desk.language)


@get("/api/board/places", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def find(
    request: AnyRequest, q: FromQuery[str] = "", to: FromQuery[str] = ""
) -> list[dict[str, str]]:
    """The likeliest places for what was typed so far, each with its board for what `to` names: a
    period and an indicator.
    """
    desk = desk_of(request)
    when, _, what = to.partition(" ")
    return [
        {
            "code": one.code,
            "name": one.name,
            "former": one.former,
            "above": one.above,
            "address": "/board?"
            + urlencode({"place": one.place.hex(), "period": when, "indicator": what}),
        }
        for one in choices(desk.ledger, desk.viewer, q, _TYPED_MAX, Need.SEE)
    ]


def offered(held: tuple[Period, ...], shown: Period) -> list[Period]:
    """The periods to choose from, the latest first; the one that is shown is among them."""
    several = held[:_PERIODS_LISTED_MAX]
    return list(several) if shown in several else [shown, *several]


async def _asked(desk: Desk, place: str, period: str, indicator: str) -> _Asked:
    async with desk.reading() as books:
        catalogue = await catalogue_of(books)
        at = await picked(desk, books, catalogue, place, period, indicator)
        made = await board(books, catalogue, at)
    return _Asked(catalogue, made, view(desk, catalogue, made))


routes = [show, refreshed, find]
