"""Prefilled values for people: a file handed in, and the reports on what systems and people sent."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from server.catalogue.keeping import catalogue_of
from server.desk.access import BY_SESSION, NEED, WHO, place_in
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.viewer import Need
from server.exchange import keys
from server.exchange.listing import Reach
from server.prefill import reports
from server.prefill.owners import owners_of
from server.prefill.report import Report
from server.prefill.reports import Kept
from server.prefill.rows import form_of_file, rows_in
from server.prefill.taking import Sender, take
from sync.ids import GrantId, PersonId, PlaceId
from sync.limits import PREFILL_BYTES_MAX
from sync.problems import Problem

__all__ = ["routes"]

OPTIONS: Mapping[str, Any] = {WHO: BY_SESSION, NEED: Need.DEFINE}
_REPORTS_READ = 200
_REPORTS_SHOWN = 30


@get("/exchange/prefill", opt=OPTIONS, include_in_schema=False)
async def prefill_page(request: AnyRequest) -> Response[str]:
    """The form for a file, and the last reports."""
    return await _page(request)


@post(
    "/exchange/prefill",
    opt=OPTIONS,
    status_code=303,
    include_in_schema=False,
    request_max_body_size=PREFILL_BYTES_MAX,
)
async def hand_in(request: AnyRequest) -> Response[Any]:
    """Looks at a file, or takes it in; shows the report."""
    desk = desk_of(request)
    form = await request.form()
    owner, dry_run = str(form.get("owner", "")), bool(form.get("dry_run"))
    try:
        name, data = await _file(form.get("file"))
        rows = rows_in(io.BytesIO(data), form_of_file(name))
        report = await take(desk.ledger, rows, _sender(desk, owner), dry_run=dry_run)
    except Problem as problem:
        if problem.code == "not-allowed":
            raise
        return await _page(request, owner, problem)
    if dry_run:
        return await _report_page(request, report, None)
    digest = await asyncio.to_thread(reports.digest_of, data, dry_run=False)
    number = await reports.keep(desk.ledger, desk.viewer.person.hex(), "", digest, report)
    return Response(None, status_code=303, headers={"location": f"/exchange/prefills/{number}"})


@get("/exchange/prefills/{report:str}", opt=OPTIONS, include_in_schema=False)
async def report_page(request: AnyRequest, report: FromPath[str]) -> Response[str]:
    """One report."""
    desk = desk_of(request)
    number = int(report) if report.isascii() and report.isdecimal() and len(report) < 10 else 0
    async with desk.reading() as books:
        found = await reports.find(books.database, number)
    if found is None or not _reads(desk, found.report):
        raise Problem("prefill-report-gone")
    return await _report_page(request, found.report, found)


async def _page(
    request: AnyRequest, owner: str = "", problem: Problem | None = None
) -> Response[str]:
    desk = desk_of(request)
    async with desk.reading() as books:
        catalogue = await catalogue_of(books)
        found = await reports.latest(books.database, _REPORTS_READ)
        names = {key.id: key.name for key in await keys.every(books.database)}
    mine = [one for one in found if _reads(desk, one.report)][:_REPORTS_SHOWN]
    return await page(
        request,
        "prefill.html",
        owners=owners_of(catalogue),
        owner=owner,
        problem=problem,
        reports=[(one, _who(desk, one, names)) for one in mine],
        megabytes=PREFILL_BYTES_MAX // 2**20,
    )


async def _report_page(request: AnyRequest, report: Report, found: Kept | None) -> Response[str]:
    desk = desk_of(request)
    async with desk.reading() as books:
        catalogue = await catalogue_of(books)
        names = {key.id: key.name for key in await keys.every(books.database)}
    indicators = {code: one.name.say(desk.language) for code, one in catalogue.indicators.items()}
    return await page(
        request,
        "prefill-report.html",
        status=200,
        report=report,
        at=found.at if found else None,
        who=_who(desk, found, names) if found else "",
        indicators=indicators,
    )


def _sender(desk: Desk, owner: str) -> Sender:
    viewer = desk.viewer

    def covers(place: PlaceId) -> bool:
        return viewer.may(Need.DEFINE, place)

    def sign(place: PlaceId) -> tuple[PersonId, GrantId]:
        return viewer.person, viewer.demand(Need.DEFINE, place)

    roots = viewer.roots(Need.DEFINE)
    reach = Reach(None if desk.ledger.root in roots else roots, covers)
    return Sender(owner, "", reach, sign, judged=True)


async def _file(given: object) -> tuple[str, bytes]:
    """The name and the bytes of what was handed in. Raises `prefill-file-missing`."""
    if not isinstance(given, UploadFile) or not given.filename:
        raise Problem("prefill-file-missing")
    return given.filename, await given.read()


def _reads(desk: Desk, report: Report) -> bool:
    return desk.viewer.may(Need.DEFINE, place_in(report.place))


def _who(desk: Desk, kept: Kept, names: Mapping[str, str]) -> str:
    return names.get(kept.who) or desk.ledger.register.names.get(kept.who, "")


routes = [prefill_page, hand_in, report_page]
