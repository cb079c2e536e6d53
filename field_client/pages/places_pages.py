"""Finding one of many places: a page that works by itself, and answers for the box that follows typing."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromQuery

from field_client.desk import Desk
from field_client.pages.rendering import AnyRequest, desk_of, page
from field_client.pages.session import UNLOCKED, WHO
from field_client.picking import children, choices
from sync.ids import PlaceId

__all__ = ["routes"]

TYPED_MAX = 12
LISTED_MAX = 60
TARGETS = {"todo": "/todo/{code}", "village": "/village/{code}", "export": "/export/{code}"}
"""Where a choice leads, by what the page that asks is for."""


@get("/places", opt={WHO: UNLOCKED})
async def show(
    request: AnyRequest,
    q: FromQuery[str] = "",
    under: FromQuery[str] = "",
    to: FromQuery[str] = "todo",
) -> Response[str]:
    """What was found; or, with nothing typed, the places below one."""
    desk = await desk_of(request)
    place = desk.find_place(under or None)
    found = choices(desk, q, LISTED_MAX) if q.strip() else children(desk, place)
    return await page(
        request,
        "places.html",
        q=q,
        found=found,
        place=place,
        path_down=_path_down(desk, place),
        target=TARGETS.get(to, TARGETS["todo"]),
        to=to if to in TARGETS else "todo",
        full=len(found) == LISTED_MAX,
        has_below=lambda one: bool(desk.ledger.tree.children(one, desk.today())),
    )


@get("/api/places", opt={WHO: UNLOCKED})
async def find(
    request: AnyRequest, q: FromQuery[str] = "", to: FromQuery[str] = "todo"
) -> list[dict[str, str]]:
    """The likeliest places for what was typed so far, each with where it leads."""
    desk = await desk_of(request)
    target = TARGETS.get(to, TARGETS["todo"])
    return [
        {
            "code": one.code,
            "name": one.name,
            "former": one.former,
            "above": one.above,
            "address": target.format(code=one.code),
        }
        for one in choices(desk, q, TYPED_MAX)
    ]


def _path_down(desk: Desk, place: PlaceId) -> list[tuple[str, str]]:
    """Code and name of the laptop's own place and of those between it and that one."""
    chain = [place, *desk.ledger.tree.ancestors(place, desk.today())]
    if desk.place in chain:
        chain = chain[: chain.index(desk.place) + 1]
    return [(desk.code(one), desk.name(one)) for one in reversed(chain)]


routes = [show, find]
