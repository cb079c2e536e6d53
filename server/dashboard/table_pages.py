"""The table of places against indicators: its page, and the same as a file."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromQuery, QueryParameter

from server.catalogue.keeping import catalogue_of
from server.dashboard import table
from server.dashboard.board_view import level_words
from server.dashboard.parts import parts_of
from server.dashboard.picking import indicator_of, latest, periods_with_data, place_of
from server.dashboard.table import INDICATORS_MAX, SORTED_MAX, Ask
from server.dashboard.topics import by_topic
from server.desk.access import BY_SESSION, NEED, WHO
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.viewer import Need
from sync import period as periods
from sync.catalogue import Catalogue, Indicator
from sync.ledger.ledger import Ledger
from sync.period import Period

__all__ = ["routes"]

_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Codes = Annotated[list[str] | None, QueryParameter(name="indicator")]


@get("/board/table", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def show(
    request: AnyRequest,
    codes: Codes = None,
    place: FromQuery[str] = "",
    period: FromQuery[str] = "",
    level: FromQuery[str] = "",
    text: FromQuery[str] = "",
    sort: FromQuery[str] = "code",
    order: FromQuery[str] = "",
    number: FromQuery[int] = 1,
) -> Response[str]:
    """One page of it."""
    desk = desk_of(request)
    wanted = (codes or [], place, period, level, text, sort, order, number)
    async with desk.reading() as books:
        catalogue = await catalogue_of(books)
        ask, held = await _ask(desk, books, catalogue, *wanted)
        made = await table.read(books, catalogue, ask, desk.language)
    offered = table.levels(desk.ledger.tree, ask.place, ask.period)
    return await page(
        request,
        "board-table.html",
        desk=desk,
        ask=ask,
        table=made,
        place=ask.place,
        period=ask.period,
        indicator=ask.indicators[0],
        roots=[],
        levels=[(one, level_words(one, desk.language)) for one in offered],
        offered=held if ask.period in held else (ask.period, *held),
        topics=by_topic(catalogue.indicators.values()),
        chosen={one.code for one in ask.indicators},
        most=INDICATORS_MAX,
        unsorted=SORTED_MAX,
        address_of=lambda **other: _address("/board/table", ask, made.sort, other),
        file_of=lambda kind: _address("/board/export", ask, made.sort, {"kind": kind}),
    )


@get("/board/export", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def export(
    request: AnyRequest,
    codes: Codes = None,
    place: FromQuery[str] = "",
    period: FromQuery[str] = "",
    level: FromQuery[str] = "",
    text: FromQuery[str] = "",
    sort: FromQuery[str] = "code",
    order: FromQuery[str] = "",
    kind: FromQuery[str] = "xlsx",
) -> Response[bytes]:
    """All rows of it. Raises `format-unknown`."""
    desk = desk_of(request)
    wanted = (codes or [], place, period, level, text, sort, order, 1)
    async with desk.reading() as books:
        catalogue = await catalogue_of(books)
        ask, _ = await _ask(desk, books, catalogue, *wanted)
        content = await table.as_file(
            books, catalogue, ask, kind, desk.language, made_up=desk.station.simulated
        )
    name = f"{desk.code(ask.place) or 'all'}-{ask.period.text}.{kind}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=_MEDIA[kind], headers=headers)


async def _ask(
    desk: Desk,
    books: Ledger,
    catalogue: Catalogue,
    codes: list[str],
    place: str,
    period: str,
    level: str,
    text: str,
    sort: str,
    order: str,
    number: int,
) -> tuple[Ask, tuple[Period, ...]]:
    """What the address asks for, and the periods that the place has anything for."""
    at = place_of(desk, books, place)
    chosen = _chosen(catalogue, codes)
    held = await periods_with_data(books, at)
    when = periods.parse(period) if period else await latest(books, catalogue, at, chosen[0], held)
    known = table.levels(books.tree, at, when)
    by = sort if sort == "name" or sort in {one.code for one in chosen} else "code"
    of_level = level if level in known else ""
    falling = order == "falling"
    return Ask(at, when, chosen, of_level, text[:40], by, falling, number), held


def _chosen(catalogue: Catalogue, codes: list[str]) -> tuple[Indicator, ...]:
    """Those that are named, in the catalogue's order; one alone brings its parts along."""
    named = {indicator_of(catalogue, code).code for code in codes} or {
        indicator_of(catalogue, "").code
    }
    if len(named) == 1:
        named.update(parts_of(catalogue, next(iter(named))))
    return tuple(catalogue.indicators[code] for code in sorted(named))[:INDICATORS_MAX]


def _address(path: str, ask: Ask, sort: str, other: dict[str, object]) -> str:
    """The address of the same table, but for what is other."""
    asked: dict[str, object] = {
        "place": ask.place.hex(),
        "period": ask.period.text,
        "indicator": [one.code for one in ask.indicators],
        "level": ask.level,
        "text": ask.text,
        "sort": sort,
        "order": "falling" if ask.falling else "",
        **other,
    }
    return f"{path}?{urlencode({k: v for k, v in asked.items() if v}, doseq=True)}"


routes = [show, export]
