"""Who has still to report: by form, then by the places below, down to those who file it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple

from litestar import Response, get
from litestar.params import FromQuery

from server.catalogue.keeping import catalogue_of
from server.completeness import outstanding
from server.completeness.asking import asked_form, asked_period, asked_place, query
from server.completeness.outstanding import Line, Unit
from server.completeness.releasing import days_at
from server.desk.access import BY_SESSION, NEED, WHO
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.viewer import Need
from sync.catalogue import Catalogue, Form
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Period

__all__ = ["SORTS", "routes"]

SORTS = ("code", "due")
UNITS_AT_ONCE = 300


class Shown(NamedTuple):
    """A place's line or unit, with what it is called and where a person goes on from it."""

    one: Line | Unit
    name: str
    code: str
    address: str


class Below(NamedTuple):
    """A form's state below one place: counts of those right below, and those that file it."""

    lines: list[Shown]
    open: list[Shown]
    done: list[Shown]
    next: str
    """The code to go on from, '' at the end."""


@get("/completeness", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def completeness(
    request: AnyRequest,
    place: FromQuery[str] = "",
    form: FromQuery[str] = "",
    period: FromQuery[str] = "",
    show: FromQuery[str] = "all",
    sort: FromQuery[str] = SORTS[0],
    after: FromQuery[str] = "",
) -> Response[str]:
    """Of a place: each form's counts; of a form: the places below, those with something to do first."""
    desk = desk_of(request)
    at = asked_place(desk, place)
    catalogue = await catalogue_of(desk.ledger)
    chosen = asked_form(catalogue, form)
    asked = asked_period(chosen, period, desk.today)
    only_open = show == "open"
    values: dict[str, Any]
    async with desk.reading() as books:
        if chosen and asked:
            values = await _of_form(desk, books, catalogue, (at, chosen, asked), after)
            order = sort if sort in SORTS else SORTS[0]
            values["below"] = _sorted(values["below"], order, only_open=only_open)
        else:
            lines = await outstanding.by_form(books, catalogue, at, asked)
            values = {"lines": [one for one in lines if one.to_do or not only_open]}
    return await page(
        request,
        "completeness.html",
        desk=desk,
        place=at,
        others=[one for one in desk.viewer.roots() if one != at] if not place else [],
        forms=_forms_at(desk, catalogue, at),
        form=chosen,
        period=asked,
        only_open=only_open,
        sort=sort if sort in SORTS else SORTS[0],
        query=query,
        **values,
    )


async def _of_form(
    desk: Desk,
    books: Ledger,
    catalogue: Catalogue,
    asked: tuple[PlaceId, Form, Period],
    after: str,
) -> dict[str, Any]:
    """What the page of one form shows beside the list: its sum, and the release that holds."""
    place, form, period = asked
    return {
        "periods": outstanding.recent(form, desk.today),
        "total": next(iter(await outstanding.by_place(books, [place], form, period)), None),
        "holds": (await days_at(books, [place], [(form, period)])).release(place, form, period),
        "below": await _below(desk, books, catalogue, asked, after),
        "may_release": desk.viewer.may(Need.RELEASE, place),
        "may_remind": desk.viewer.may(Need.REVIEW, place),
    }


def _code(form: Form) -> str:
    return form.code


def _forms_at(desk: Desk, catalogue: Catalogue, place: PlaceId) -> list[Form]:
    """The forms with periods that anybody at or below the place files today."""
    tree, under = desk.ledger.tree, None if place == desk.ledger.root else place
    return sorted(
        (
            form
            for form in catalogue.forms.values()
            if form.period.months and tree.count(under, form.level, desk.today)
        ),
        key=_code,
    )


async def _below(
    desk: Desk,
    books: Ledger,
    catalogue: Catalogue,
    asked: tuple[PlaceId, Form, Period],
    after: str,
) -> Below:
    place, form, period = asked
    tree, end = books.tree, period.end
    if place != books.root and tree.level(place, end) == form.level:
        children: Sequence[PlaceId] = [place]
    else:
        children = tree.children(None if place == books.root else place, end)
    files = [one for one in children if tree.level(one, end) == form.level]
    files = [one for one in files if not after or tree.code(one, end) > after]
    shown, rest = files[:UNITS_AT_ONCE], files[UNITS_AT_ONCE:]
    lines = await outstanding.by_place(
        books, [one for one in children if tree.level(one, end) != form.level], form, period
    )
    found = await outstanding.units(books, catalogue, shown, form, period)
    units = [_shown(desk, one, form, period, _review_address) for one in found]
    return Below(
        [_shown(desk, one, form, period, _drill_address) for one in lines],
        [unit for unit in units if unit.one.to_do],
        [unit for unit in units if not unit.one.to_do],
        tree.code(shown[-1], end) if rest else "",
    )


def _shown(
    desk: Desk,
    one: Line | Unit,
    form: Form,
    period: Period,
    address: Callable[[Desk, PlaceId, Form, Period], str],
) -> Shown:
    tree = desk.ledger.tree
    code = tree.code(one.place, period.end)
    name = tree.name(one.place, period.end) or code
    return Shown(one, name, code, address(desk, one.place, form, period))


def _drill_address(_: Desk, place: PlaceId, form: Form, period: Period) -> str:
    return "/completeness" + query(place=place.hex(), form=form.code, period=period.text)


def _review_address(desk: Desk, place: PlaceId, form: Form, period: Period) -> str:
    """Where a reviewer sees the form; nowhere for others."""
    if not desk.viewer.may(Need.REVIEW, place):
        return ""
    return f"/review/{place.hex()}/{period.text}/{form.code}"


def _sorted(below: Below, sort: str, *, only_open: bool) -> Below:
    """By code as it came, or by due day; never by how well anybody does."""
    lines, waiting, done = below.lines, below.open, below.done
    if sort == "due":
        lines, waiting, done = (sorted(part, key=_by_due) for part in (lines, waiting, done))
    if only_open:
        lines, done = [line for line in lines if line.one.to_do], []
    return below._replace(lines=lines, open=waiting, done=done)


def _by_due(shown: Shown) -> tuple[date, str]:
    return shown.one.due or date.max, shown.code


routes = [completeness]
