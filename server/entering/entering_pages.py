"""The pages on which staff fill forms for other places, as themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import NamedTuple

from litestar import Response, Router, get
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler
from litestar.params import FromQuery

from server.completeness.releasing import days_at
from server.desk.access import BY_SESSION, NEED, WHO, place_in
from server.desk.rendering import AnyRequest, desk_of, language_of, page, station_of
from server.desk.viewer import Need, Viewer
from server.entering.desk import EntryDesk
from server.entering.picking import Choice, choices, only_root, places_in_use, right_below
from sync.catalogue import Form
from sync.entry import blanks, entry
from sync.entry.books import book_of
from sync.entry.stage import form_standing
from sync.ids import PlaceId
from sync.period import Kind, Period
from sync.review import Stage
from sync.screens import sheet_routes
from sync.screens.sheet_page import Links, sheet_values
from sync.screens.sheet_view import At

__all__ = ["at_sheet", "entry_desk", "routes"]

TYPED_MAX = 12
LISTED_MAX = 60
PERIODS_LISTED = 3


_INSTEAD = {
    "sheet-said-saved": "entering-said-saved",
    "sheet-gone": "entering-gone",
    "sheet-gone-locked": "entering-gone-locked",
    "sheet-back": "entering-back",
}
"""What a sheet's page says of a laptop, as it is at a server."""


class FormLine(NamedTuple):
    """A form of the place for one period: how far it is, and how many of its cells are blank."""

    form: Form
    period: Period
    due: date | None
    stage: Stage
    missing: int


@get("/enter", opt={WHO: BY_SESSION, NEED: Need.ENTER}, include_in_schema=False)
async def choose(
    request: AnyRequest,
    place: FromQuery[str] = "",
    q: FromQuery[str] = "",
    without: FromQuery[str] = "",
) -> Response[str]:
    """Finding the place; and of the one that was chosen, its forms and what lies below."""
    desk = desk_of(request)
    ledger, viewer = desk.ledger, desk.viewer
    chosen = place_in(place) if place else None
    roots = viewer.roots(Need.ENTER)
    if chosen is None and not q.strip():
        chosen = only_root(ledger, roots)
    if q.strip():
        found = choices(ledger, viewer, q, LISTED_MAX)
    else:
        found = right_below(ledger, roots, chosen)
    if without:
        found = [one for one in found if not one.has_laptop]
    return await page(
        request,
        "entering.html",
        q=q,
        without=bool(without),
        place=chosen,
        place_name=desk.name(chosen) if chosen else "",
        has_laptop=chosen in places_in_use(ledger),
        trail=_trail(viewer, desk.trail(chosen)) if chosen else [],
        name_of=desk.name,
        found=found,
        forms=await _forms(request, chosen) if chosen and not q.strip() else [],
    )


@get("/api/enter/places", opt={WHO: BY_SESSION, NEED: Need.ENTER}, include_in_schema=False)
async def find(request: AnyRequest, q: FromQuery[str] = "") -> list[dict[str, str]]:
    """The likeliest places for what was typed so far, each with where it leads."""
    desk = desk_of(request)
    found: list[Choice] = choices(desk.ledger, desk.viewer, q, TYPED_MAX)
    return [
        {
            "code": one.code,
            "name": one.name,
            "former": one.former,
            "above": one.above,
            "address": f"/enter?place={one.place.hex()}",
        }
        for one in found
    ]


@get(
    "/enter/{place:str}/{period:str}/{form:str}",
    opt={WHO: BY_SESSION, NEED: Need.ENTER},
    include_in_schema=False,
)
async def sheet_page(request: AnyRequest) -> Response[str]:
    """The sheet of a place's form for one period, to be filled by whoever is signed in."""
    async with entry_desk(request) as desk:
        at = await at_sheet(request, desk)
        key, form = at.place.hex(), at.form.code
        links = Links(
            base=f"/api/enter/{key}/{at.period.text}/{form}",
            sheet=lambda other: f"/enter/{key}/{other}/{form}",
            history=lambda code: f"/explain/{key}/{at.period.text}/{code}",
            conflict=lambda code: f"/disputes/{key}/case?subject={at.period.text}&field={code}",
        )
        values = await sheet_values(at, links, _INSTEAD)
    return await page(
        request,
        "sheet.html",
        layout="desk.html",
        above="entering-above.html",
        place=at.place,
        has_laptop=at.place in places_in_use(desk.ledger),
        **values,
    )


@asynccontextmanager
async def entry_desk(request: AnyRequest) -> AsyncIterator[EntryDesk]:
    """The desk of whoever the guard let through, as one who enters."""
    station = station_of(request)
    viewer: Viewer = request.scope["state"]["viewer"]
    async with EntryDesk.open(station.ledger, viewer, station.readers) as desk:
        yield desk


async def at_sheet(request: AnyRequest, desk: EntryDesk) -> At:
    """The sheet that an address names. Raises `field-form-…`, `field-period-…`, `period-malformed`."""
    named = request.path_params
    place = place_in(named["place"])
    form = entry.form_asked(await desk.catalogue(), named["form"], desk.level(place, desk.today()))
    period = entry.period_of(form, named["period"], desk.latest_day())
    return At(desk, place, form, period, language_of(request))


async def _at_for_its_person(request: AnyRequest) -> AsyncIterator[At]:
    """The same while a request lasts, for the page of whoever it is. Raises `sheet-other-person`."""
    async with entry_desk(request) as desk:
        sheet_routes.demand_person(request, desk)
        yield await at_sheet(request, desk)


async def _forms(request: AnyRequest, place: PlaceId) -> list[FormLine]:
    """The forms of the place's level for the periods that may still be filled, the latest first."""
    async with entry_desk(request) as desk:
        catalogue, today = await desk.catalogue(), desk.today()
        level = desk.ledger.tree.level(place, today)
        book = await book_of(desk.ledger, place)
        asked = [
            (form, period)
            for form in sorted(catalogue.forms.values(), key=lambda one: one.code)
            if form.level == level
            for period in _periods(form, today)
        ]
        days = await days_at(desk.ledger, [place], asked)
        lines = []
        for form, period in asked:
            standing = await form_standing(desk, place, form, period)
            missing = len(blanks.missing_in(book, catalogue, form, period))
            due = days.due(place, form, period)
            lines.append(FormLine(form, period, due, standing.stage, missing))
    return lines


def _periods(form: Form, today: date) -> list[Period]:
    found = [blanks.current_period(form, today)]
    while form.period is not Kind.STATIC and len(found) < PERIODS_LISTED:
        found.append(found[-1].previous())
    return found


def _trail(viewer: Viewer, places: list[PlaceId]) -> list[PlaceId]:
    """Of the places above, those for which this person enters."""
    return viewer.within(Need.ENTER, places)


routes: list[BaseRouteHandler | Router] = [
    choose,
    find,
    sheet_page,
    Router(
        "/api/enter/{place:str}/{period:str}/{form:str}",
        route_handlers=sheet_routes.routes,
        dependencies={"at": Provide(_at_for_its_person)},
        opt={WHO: BY_SESSION, NEED: Need.ENTER},
        include_in_schema=False,
    ),
]
