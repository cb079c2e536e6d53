"""The sheet of one form for one period, where an officer types."""

from __future__ import annotations

from litestar import Response, Router, get
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler

from field_client.pages.rendering import AnyRequest, desk_of, language_of, page
from field_client.pages.session import UNLOCKED, WHO
from sync.entry import entry
from sync.screens import sheet_routes
from sync.screens.sheet_page import Links, sheet_values
from sync.screens.sheet_view import At

__all__ = ["routes"]


@get("/sheet/{place:str}/{form:str}/{period:str}", opt={WHO: UNLOCKED})
async def sheet_page(request: AnyRequest) -> Response[str]:
    """The whole sheet, with what is typed and not recorded yet."""
    at = await _at(request)
    code, period = at.desk.code(at.place), at.period.text
    links = Links(
        base=f"/api/sheet/{code}/{at.form.code}/{period}",
        sheet=lambda other: f"/sheet/{code}/{at.form.code}/{other}",
        history=lambda indicator: f"/history/{code}/{period}/{indicator}",
        conflict=lambda indicator: f"/conflicts#{code}-value-{period}-{indicator}",
    )
    values = await sheet_values(at, links)
    return await page(request, "sheet.html", layout="laptop.html", above="", **values)


async def _at(request: AnyRequest) -> At:
    """The sheet that an address names.

    Raises `field-place-…`, `field-form-…`, `field-period-…`, `period-malformed`, `field-sync-first`.
    """
    desk = await desk_of(request)
    named = request.path_params
    place = desk.find_place(named["place"])
    form = entry.form_asked(await desk.catalogue(), named["form"], desk.level(place, desk.today()))
    period = entry.period_of(form, named["period"], desk.latest_day())
    return At(desk, place, form, period, language_of(request))


async def _at_for_its_person(request: AnyRequest) -> At:
    """The same, for the page of whoever sits here. Raises `sheet-other-person` too."""
    at = await _at(request)
    sheet_routes.demand_person(request, at.desk)
    return at


routes: list[BaseRouteHandler | Router] = [
    sheet_page,
    Router(
        "/api/sheet/{place:str}/{form:str}/{period:str}",
        route_handlers=sheet_routes.routes,
        dependencies={"at": Provide(_at_for_its_person)},
        opt={WHO: UNLOCKED},
    ),
]
