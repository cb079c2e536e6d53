"""The list of those who have still to report, to take away."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromQuery

from server.catalogue.keeping import catalogue_of
from server.completeness import listing
from server.completeness.asking import asked_form, asked_period, asked_place
from server.desk.access import BY_SESSION, NEED, WHO
from server.desk.rendering import AnyRequest, desk_of
from server.desk.viewer import Need
from sync.problems import Problem

__all__ = ["routes"]

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@get("/completeness/export", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def export(
    request: AnyRequest,
    form: FromQuery[str] = "",
    period: FromQuery[str] = "",
    place: FromQuery[str] = "",
    show: FromQuery[str] = "all",
    kind: FromQuery[str] = "xlsx",
) -> Response[bytes]:
    """Each place that files the form, with how far it is. Raises `form-unknown`, `format-unknown`."""
    desk = desk_of(request)
    at = asked_place(desk, place)
    catalogue = await catalogue_of(desk.ledger)
    chosen = asked_form(catalogue, form)
    asked = asked_period(chosen, period, desk.today)
    if chosen is None or asked is None:
        raise Problem("form-unknown", code=form[:40])
    async with desk.reading() as books:
        content = await listing.as_file(
            books,
            catalogue,
            (at, chosen, asked),
            (kind, desk.language),
            only_open=show == "open",
            made_up=desk.station.simulated,
        )
    name = f"{desk.code(at) or 'all'}-{chosen.code}-{asked.text}.{kind}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=MEDIA[kind], headers=headers)


routes = [export]
