"""The page of one place, and its chief figures on one sheet for print."""

from __future__ import annotations

from typing import Literal, NamedTuple

from litestar import Response, get
from litestar.params import FromPath

from server.catalogue.keeping import catalogue_of
from server.dashboard import about
from server.dashboard.about import Latest
from server.dashboard.board_view import level_words
from server.dashboard.showing import NONE, Shown, shown
from server.dashboard.topics import by_topic
from server.desk.access import BY_SESSION, NEED, WHO, place_in
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.viewer import Need
from sync.catalogue import Catalogue, Indicator
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Kind
from sync.review import Stage, prefill_source_cell
from sync.texts import say

__all__ = ["routes"]

_LINES_MAX = 46  # what fits on one side of A4 in two columns


class Line(NamedTuple):
    """A line of the sheet: where the figure is from, how far it is reviewed, how many it covers."""

    indicator: Indicator
    period: str
    origin: Literal["typed", "system", "calculated"]
    source: str
    stage: Stage | None
    covered: tuple[int, int] | None


@get("/place/{place:str}", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def show(request: AnyRequest, place: FromPath[str]) -> Response[str]:
    """Everything about it, for whoever sees it; its devices for who looks after them."""
    desk = desk_of(request)
    at = place_in(place)
    async with desk.reading() as books:
        catalogue = await catalogue_of(books)
        past = await about.past_of(books, at)
        latest = await about.latest_figures(books, catalogue, at)
        forms = await about.forms_of(books, catalogue, at)
        notes = await about.notes_of(books, at)
        is_admin = desk.viewer.may(Need.ADMINISTER, at)
        devices = await about.contacts(books, at) if is_admin else None
    by_code = {one.indicator.code: one for one in latest}
    return await page(
        request,
        "place.html",
        desk=desk,
        place=at,
        level=level_words(desk.level(at), desk.language),
        level_of=lambda name: level_words(name, desk.language),
        is_active=desk.ledger.tree.active(at, desk.today),
        past=past,
        below=desk.ledger.tree.children(at, desk.today),
        topics=by_topic(one.indicator for one in latest),
        figures={code: (one, _shown(desk, at, one)) for code, one in by_code.items()},
        forms=forms,
        notes=notes,
        names={code: one.name for code, one in catalogue.indicators.items()},
        devices=devices,
    )


@get("/place/{place:str}/onepage", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def sheet(request: AnyRequest, place: FromPath[str]) -> Response[str]:
    """The core indicators that have a figure; where these are too many, the first."""
    desk = desk_of(request)
    at = place_in(place)
    async with desk.reading() as books:
        catalogue = await catalogue_of(books)
        latest = (await about.latest_figures(books, catalogue, at, core=True))[:_LINES_MAX]
        stages = await _stages(books, catalogue, at)
        sources = await _sources(books, at, latest)
    return await page(
        request,
        "place-onepage.html",
        desk=desk,
        place=at,
        lines=[(_line(desk, at, one, stages, sources), _words(desk, at, one)) for one in latest],
    )


def _shown(desk: Desk, place: PlaceId, one: Latest) -> Shown:
    level = desk.ledger.tree.level(place, one.period.end)
    made = shown(one.row, one.indicator, level, one.period, desk.language)
    made = made._replace(approved=one.approved)
    return made._replace(words=one.text, why="") if one.text else made


def _words(desk: Desk, place: PlaceId, one: Latest) -> str:
    """The figure; the sheet itself adds the unit of numbers, but not that of shares."""
    made = _shown(desk, place, one)
    return f"{made.words}{made.unit}" if one.indicator.type == "flag" else made.words or NONE


def _line(
    desk: Desk,
    place: PlaceId,
    one: Latest,
    stages: dict[tuple[str, str], Stage],
    sources: dict[tuple[str, str], str],
) -> Line:
    code, period = one.indicator.code, one.row.figure.period.text
    is_own = one.indicator.level == desk.ledger.tree.level(place, one.period.end)
    source = sources.get((period, code), "")
    origin: Literal["typed", "system", "calculated"] = "system" if source else "typed"
    is_static = one.indicator.period is Kind.STATIC
    return Line(
        indicator=one.indicator,
        period=say("place-now", desk.language) if is_static else period,
        origin=origin if one.indicator.entered else "calculated",
        source=source,
        stage=stages.get((period, code)) if is_own else None,
        covered=None if is_own else (one.row.figure.reported, one.row.expected),
    )


async def _stages(
    books: Ledger, catalogue: Catalogue, place: PlaceId
) -> dict[tuple[str, str], Stage]:
    """How far the forms are that the place itself files, by period and indicator."""
    rows = await books.database.rows(
        "SELECT s.period, s.form, s.stage FROM place_no p JOIN form_standing s ON s.place = p.no"
        " WHERE p.id = ?",
        (place,),
    )
    return {
        (period, code): Stage(stage)
        for period, form, stage in rows
        if form in catalogue.forms
        for code in catalogue.forms[form].items
    }


async def _sources(
    books: Ledger, place: PlaceId, latest: list[Latest]
) -> dict[tuple[str, str], str]:
    """Of which figures another system's value was taken over, and which system's."""
    cells = {
        (one.row.figure.period.text, one.indicator.code): prefill_source_cell(
            one.row.figure.period.text, one.indicator.code
        )
        for one in latest
    }
    rows = await books.database.rows_in(
        "SELECT v.subject, o.field, s.text FROM {seek} place_no p ON p.id = k.column1"
        " CROSS JOIN version v ON v.place = p.no AND v.kind = 'prefill' AND v.subject = k.column2"
        " AND v.field = k.column3 AND v.shown = 1"
        " CROSS JOIN version o ON o.place = p.no AND o.kind = 'value' AND o.subject = v.subject"
        " AND o.field = v.field AND o.shown = 1 AND o.type = v.type AND o.number = v.number"
        " CROSS JOIN version s ON s.place = p.no AND s.kind = 'prefill' AND s.subject = v.subject"
        " AND s.field = k.column4 AND s.shown = 1",
        [(place, *key, cell.field) for key, cell in cells.items()],
    )
    return {(period, code): text for period, code, text in rows}


routes = [show, sheet]
