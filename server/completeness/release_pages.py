"""Sending a form out for a period: what it costs first, then its days and words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from server.catalogue.keeping import catalogue_of
from server.completeness import outstanding, releasing
from server.completeness.asking import asked_day, asked_form, asked_period, asked_place, query
from server.completeness.costing import cost
from server.desk.access import BY_SESSION, NEED, WHO, place_in
from server.desk.acting import Act, Write
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.shown import shown_in
from server.desk.viewer import Need
from sync import release as releases
from sync.catalogue import Catalogue, Form
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Period, containing
from sync.problems import Problem
from sync.release import Release
from sync.review import form_of

__all__ = ["routes"]

MAKEUP_DAYS = 5
LISTED_MAX = 100


class Asked(msgspec.Struct):
    """What the page's form says."""

    place: str = ""
    form: str = ""
    period: str = ""
    opens: str = ""
    due: str = ""
    makeup: str = ""
    words: str = ""
    withdraw: str = ""
    shown: str = ""


@get("/releases", opt={WHO: BY_SESSION, NEED: Need.RELEASE}, include_in_schema=False)
async def choose(
    request: AnyRequest,
    place: FromQuery[str] = "",
    form: FromQuery[str] = "",
    period: FromQuery[str] = "",
    due: FromQuery[str] = "",
    done: FromQuery[str] = "",
) -> Response[str]:
    """What went out at a place; for a form what it costs, and its days."""
    desk = desk_of(request)
    at = asked_place(desk, place, Need.RELEASE)
    catalogue = await catalogue_of(desk.ledger)
    chosen = asked_form(catalogue, form)
    asked = asked_period(chosen, period, desk.today)
    notice = releasing.notice_days(catalogue)
    values: dict[str, Any] = {}
    async with desk.reading() as books:
        if chosen and asked:
            values = await _preview(books, catalogue, (at, chosen, asked), due)
        out = await releasing.of_place(books, [at, *_above(desk, at)])
    return await page(
        request,
        "releases.html",
        desk=desk,
        place=at,
        forms=_forms(desk, catalogue, at),
        form=chosen,
        period=asked,
        periods=_periods(chosen, desk.today) if chosen else [],
        notice=notice,
        earliest=releases.earliest_due(desk.today, notice),
        out=_listed(desk, catalogue, out),
        done=bool(done),
        query=query,
        **values,
    )


@post(
    "/releases",
    opt={WHO: BY_SESSION, NEED: Need.RELEASE},
    status_code=303,
    include_in_schema=False,
)
async def send_out(
    request: AnyRequest,
    data: Annotated[Asked, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """Files the release. Raises `form-unknown`, `release-…`, `not-allowed`, `place-unknown`."""
    desk = desk_of(request)
    at = place_in(data.place)
    desk.viewer.demand(Need.RELEASE, at)
    catalogue = await catalogue_of(desk.ledger)
    chosen = asked_form(catalogue, data.form)
    asked = asked_period(chosen, data.period, desk.today)
    if chosen is None or asked is None:
        raise Problem("form-unknown", code=data.form[:40])
    said = Release(
        asked_day(data.opens),
        asked_day(data.due),
        asked_day(data.makeup),
        data.words.strip(),
        withdrawn=bool(data.withdraw),
    )
    days = await releasing.days_at(desk.ledger, [at], [(chosen, asked)])
    before = days.due(at, chosen, asked)
    asked_days = said
    if said.withdrawn:  # what holds then is announced by it as much as by a release
        then = days.without(at, chosen, asked).due(at, chosen, asked) or said.due
        asked_days = Release(then, then, then)
    releases.check(asked_days, desk.today, releasing.notice_days(catalogue), before)
    cell = releases.release_cell(asked.text, chosen.code)
    write = Write(cell, releases.encode(said), shown_in(data.shown, request.url.path))
    await desk.act([Act(at, Need.RELEASE, [write])])
    address = "/releases" + query(place=at.hex(), form=chosen.code, period=asked.text, done="1")
    return Response(None, status_code=303, headers={"location": address})


async def _preview(
    books: Ledger, catalogue: Catalogue, asked: tuple[PlaceId, Form, Period], due: str
) -> dict[str, Any]:
    """What the form costs there, and the days that it would have or has."""
    place, form, period = asked
    today = books.today()
    days = await releasing.days_at(books, [place], [(form, period)])
    holds = days.release(place, form, period)
    first = releases.earliest_due(today, releasing.notice_days(catalogue))
    own = days.due(place, form, period)
    assert own is not None  # a form with periods has one
    chosen = asked_day(due) if due else (own if holds else max(own, first))
    cell = releases.release_cell(period.text, form.code)
    standing = await books.standing(place, [(cell.kind, cell.subject)])
    shown = books.displayed(standing[cell], place, cell) if cell in standing else set()
    return {
        "cost": await cost(books, catalogue, place, form, period, chosen),
        "holds": holds,
        "mine": days.own(place, form, period),
        "own": own,
        "opens": holds.opens if holds else min(today, chosen),
        "due": chosen,
        "makeup": max(holds.makeup, chosen) if holds else chosen + timedelta(days=MAKEUP_DAYS),
        "words": holds.words if holds else "",
        "shown": " ".join(sorted(name.hex() for name in shown)),
        "approved": form.approved_on(today),
        "names": {code: catalogue.indicators[code].name for code in form.items},
    }


def _above(desk: Desk, place: PlaceId) -> list[PlaceId]:
    return [one for one in desk.ledger.above(place) if one != place]


def _forms(desk: Desk, catalogue: Catalogue, place: PlaceId) -> list[Form]:
    tree, under = desk.ledger.tree, None if place == desk.ledger.root else place
    found = [
        form
        for form in catalogue.forms.values()
        if form.period.months and tree.count(under, form.level, desk.today)
    ]
    return sorted(found, key=lambda form: form.code)


def _periods(form: Form, today: date) -> list[Period]:
    """The next, the running and the last ones: a form may go out before its period ends."""
    now = containing(today, form.period)
    return [now.earlier(-1), now, *outstanding.recent(form, today)]


def _listed(
    desk: Desk, catalogue: Catalogue, out: dict[tuple[PlaceId, str], Release]
) -> list[tuple[str, Form, str, Release]]:
    """Where, which form, for which period, and its days: the latest due first."""
    found = []
    for (place, subject), said in out.items():
        named = form_of(subject)
        form = catalogue.forms.get(named[1]) if named else None
        if named and form and not said.withdrawn:
            found.append((desk.name(place), form, named[0], said))
    return sorted(found, key=lambda one: one[3].due, reverse=True)[:LISTED_MAX]


routes = [choose, send_out]
