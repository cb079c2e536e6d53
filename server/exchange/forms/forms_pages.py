"""Forms as workbooks to take away: which form, for which places, for which period."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import NamedTuple

from litestar import Response, get
from litestar.params import FromQuery

from server.catalogue.keeping import catalogue_of
from server.desk.access import BY_SESSION, NEED, WHO, place_in
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.viewer import Need
from server.entering.entering_pages import entry_desk
from server.entering.picking import choices, only_root, right_below
from server.exchange.forms.filled import filled, places_of_level
from server.exchange.forms.writing import Workbook, write_list, write_sheets
from sync.catalogue import Catalogue, Form
from sync.entry import blanks, entry
from sync.entry.desk import moment
from sync.ids import PlaceId
from sync.ledger.simulated import is_simulated
from sync.limits import FORM_CELLS_MAX, FORM_PLACES_MAX, FORM_SHEETS_MAX
from sync.period import Period
from sync.problems import Problem

__all__ = ["routes"]

_SHEETS_USUAL = 30  # for more places, a line each is what one would rather fill
_TYPED_MAX = 12
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Offered(NamedTuple):
    """A form that places at or below one file, its usual period, and how many places do."""

    form: Form
    period: Period
    places: int


@get("/exchange/forms", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def choose(
    request: AnyRequest,
    place: FromQuery[str] = "",
    q: FromQuery[str] = "",
    period: FromQuery[str] = "",
    form: FromQuery[str] = "",
) -> Response[str]:
    """Choosing the place, then the form."""
    desk = desk_of(request)
    ledger, roots = desk.ledger, desk.viewer.roots()
    chosen = place_in(place) if place else None
    if chosen is None and not q.strip():
        chosen = only_root(ledger, roots)
    if q.strip():
        found = choices(ledger, desk.viewer, q, _TYPED_MAX, Need.SEE)
    else:
        found = right_below(ledger, roots, chosen)
    catalogue = await catalogue_of(ledger)
    return await page(
        request,
        "forms.html",
        q=q,
        place=chosen,
        place_name=desk.name(chosen) if chosen else "",
        trail=desk.trail(chosen) if chosen else [],
        name_of=desk.name,
        found=found,
        offered=_offered(desk, catalogue, chosen) if chosen else [],
        chosen=form,
        period_text=period,
        sheets_usual=_SHEETS_USUAL,
    )


@get("/api/exchange/places", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def find(request: AnyRequest, q: FromQuery[str] = "") -> list[dict[str, str]]:
    """The likeliest places for what was typed so far, each with where it leads."""
    desk = desk_of(request)
    return [
        {
            "code": one.code,
            "name": one.name,
            "former": one.former,
            "above": one.above,
            "address": f"/exchange/forms?place={one.place.hex()}",
        }
        for one in choices(desk.ledger, desk.viewer, q, _TYPED_MAX, Need.SEE)
    ]


@get("/exchange/forms/file", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def file(
    request: AnyRequest,
    place: FromQuery[str],
    period: FromQuery[str],
    form: FromQuery[str],
    layout: FromQuery[str] = "",
) -> Response[bytes]:
    """The workbook. Raises `form-unknown-here`, `field-period-…`, `forms-too-many`, `forms-none`."""
    desk = desk_of(request)
    root = place_in(place)
    async with entry_desk(request) as entering:
        catalogue = await entering.catalogue()
        known = catalogue.forms.get(form)
        if known is None:
            raise Problem("forms-unknown", form=form[:40])
        at = entry.period_of(known, period, desk.today)
        places = places_of_level(desk.ledger, root, known.level, desk.today)
        is_list = layout == "list" or (layout != "sheets" and len(places) > _SHEETS_USUAL)
        most = FORM_CELLS_MAX // max(len(known.items), 1)
        _demand_few(places, min(FORM_PLACES_MAX if is_list else FORM_SHEETS_MAX, most))
        forms = await filled(entering, places, known, at)
        made_up = await is_simulated(entering.ledger)
    about = Workbook(
        form=known,
        period=at,
        catalogue=catalogue.version,
        made=moment(desk.ledger.now()).isoformat(" ", "seconds")[:19],
        language=desk.language,
        is_approved=known.approved_on(desk.today),
        is_made_up=made_up,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "form.xlsx"
        await asyncio.to_thread(write_list if is_list else write_sheets, path, about, forms)
        content = path.read_bytes()
    mark = "simulated-" if made_up else ""
    name = f"{mark}{known.code}-{at.text}-{desk.code(root) or root.hex()[:8]}.xlsx"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=_XLSX, headers=headers)


def _demand_few(places: list[PlaceId], most: int) -> None:
    if not places:
        raise Problem("forms-none")
    if len(places) > most:
        raise Problem("forms-too-many", count=len(places), most=most)


def _offered(desk: Desk, catalogue: Catalogue, place: PlaceId) -> list[Offered]:
    """The forms that are filed at the place or below it."""
    found = []
    for form in sorted(catalogue.forms.values(), key=lambda one: one.code):
        count = len(places_of_level(desk.ledger, place, form.level, desk.today))
        if count:
            found.append(Offered(form, blanks.current_period(form, desk.today), count))
    return found


routes = [choose, find, file]
