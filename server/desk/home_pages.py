"""The first page: what is to do for whoever is signed in, and the way to any place."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromQuery

from server.catalogue.keeping import catalogue_of
from server.completeness import outstanding
from server.completeness.outstanding import Line
from server.desk.access import BY_SELF, BY_SESSION, NEED, WHO
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.viewer import Need
from server.desk.waiting import tiles
from server.entering.picking import choices, right_below
from sync.catalogue import Catalogue
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Kind, Period, containing

__all__ = ["routes"]

WELCOMED = "welcomed"
_YEAR_SECONDS = 366 * 24 * 3600
_ROOTS_MAX = 5
_LINES_MAX = 12
_SOON_DAYS = 7
_LONG_DAYS = 60
_TYPED_MAX = 12


class Due(NamedTuple):
    """A form that somebody has still to hand in, and the place where it is counted."""

    place: PlaceId
    line: Line


@get("/", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def home(request: AnyRequest, q: FromQuery[str] = "") -> Response[str]:
    """What waits, what is due, and finding a place; `q` is what was typed where no script runs."""
    desk = desk_of(request)
    catalogue = await catalogue_of(desk.ledger)
    roots = desk.viewer.roots()
    async with desk.reading() as books:
        waiting = await tiles(desk, books)
        due = await _due(books, catalogue, roots[:_ROOTS_MAX])
        own = await books.database.rows(
            "SELECT address FROM mail_address WHERE person = ?", (desk.viewer.person,)
        )
    found = choices(desk.ledger, desk.viewer, q, _TYPED_MAX, Need.SEE) if q.strip() else []
    return await page(
        request,
        "home.html",
        desk=desk,
        places=[one.place for one in right_below(desk.ledger, roots, None)][:_ROOTS_MAX],
        tiles=waiting,
        due=due[:_LINES_MAX],
        hidden=max(len(due) - _LINES_MAX, 0),
        periods=_periods(desk),
        welcome=WELCOMED not in request.cookies,
        own=own[0][0] if own else "",
        q=q,
        found=found,
        may_review=bool(desk.viewer.roots(Need.REVIEW)),
    )


@get("/api/places", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def find(request: AnyRequest, q: FromQuery[str] = "") -> list[dict[str, str]]:
    """The likeliest places for what was typed so far, each with where it leads."""
    desk = desk_of(request)
    return [
        {
            "code": one.code,
            "name": one.name,
            "former": one.former,
            "above": one.above,
            "address": f"/board?place={one.place.hex()}",
        }
        for one in choices(desk.ledger, desk.viewer, q, _TYPED_MAX, Need.SEE)
    ]


@post("/welcomed", opt={WHO: BY_SELF}, status_code=303, include_in_schema=False)
async def welcomed(request: AnyRequest) -> Response[None]:
    """The browser keeps that its person knows what this is for."""
    secure = request.url.scheme == "https"
    cookie = Cookie(
        key=WELCOMED, value="1", max_age=_YEAR_SECONDS, samesite="lax", path="/", secure=secure
    )
    return Response(None, status_code=303, headers={"location": "/"}, cookies=[cookie])


async def _due(books: Ledger, catalogue: Catalogue, roots: list[PlaceId]) -> list[Due]:
    """The forms that are due within a week at the person's places or were lately, the earliest first;
    what is open for longer is on the page of who has still to report.
    """
    soon = books.today() + timedelta(days=_SOON_DAYS)
    long_ago = books.today() - timedelta(days=_LONG_DAYS)
    found = [
        Due(place, line)
        for place in roots
        for line in await outstanding.by_form(books, catalogue, place)
        if line.to_do and line.due is not None and long_ago <= line.due <= soon
    ]
    return sorted(found, key=lambda one: (one.line.due, one.line.form.code))


def _periods(desk: Desk) -> list[Period]:
    """The last month, quarter and year that have ended."""
    kinds = (Kind.MONTH, Kind.QUARTER, Kind.YEAR)
    return [containing(desk.today, kind).previous() for kind in kinds]


routes = [home, find, welcomed]
