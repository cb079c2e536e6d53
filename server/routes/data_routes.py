"""`GET /api/v1/places`, `/values` and `/changes`: where, what stands there, and what came when."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from litestar import Response, get
from litestar.openapi.spec import Example
from litestar.params import QueryParameter

from server.desk.station import Station
from server.exchange.cursor import CURSOR_CHARS_MAX, PATTERN
from server.exchange.keys import Right
from server.exchange.listing import listed, places_page
from server.exchange.paged_changes import changes_page
from server.exchange.paged_values import values_page
from server.routes.answers import PlainForm, Table, next_link, paged
from server.routes.conditional import unless_books_unchanged
from server.routes.description import (
    PERIOD,
    Cursor,
    IndicatorCodes,
    Level,
    Limit,
    PlaceCode,
    described,
    shown,
)
from server.routes.reach import reach_of
from server.routes.refusals import AnyRequest
from sync.limits import API_ROWS

__all__ = ["routes"]

_PERIOD_OR_NONE = f"^$|{PERIOD}"

PlainFormat = Annotated[
    PlainForm,
    QueryParameter(
        name="format", description="How rows are written.", examples=[Example(value="json")]
    ),
]
PeriodOrNone = Annotated[
    str,
    QueryParameter(
        description="2024, 2024H1, 2024Q3 or 2024-03; without one, all periods.",
        pattern=_PERIOD_OR_NONE,
        examples=[Example(value="2024Q3")],
    ),
]


class Place(msgspec.Struct, frozen=True):
    """One place; `parent` is the code of the place right above, null at the top."""

    code: str
    name: str
    level: str
    parent: str | None


class Standing(msgspec.Struct, frozen=True):
    """What stands in one cell: `value` is text, or null with the reason for there being none.

    `disputed` says that rival versions differ; `commit` names the commit of the one that is shown.
    """

    place: str
    period: str
    indicator: str
    value: str | None
    reason: str | None
    disputed: bool
    commit: str


class Accepted(msgspec.Struct, frozen=True):
    """One accepted change of one cell; `position` is its commit's in the order of acceptance.

    A cell may be changed again later, and an older version may come after a newer one: what stands
    in the end is told by `values`.
    """

    position: int
    accepted_at: str
    place: str
    period: str
    indicator: str
    value: str | None
    reason: str | None
    commit: str


_COMMIT = "7c2f0d6f4be6a9a5c0f6f0f1f8f4d3a1b2c3d4e5f60718293a4b5c6d7e8f9012"
_PLACES = [{"code": "445103101201", "name": "仙河村", "level": "village", "parent": "445103101000"}]
_CELL = {"place": "445103101201", "period": "2024Q3", "indicator": "B001"}
_VALUES = [{**_CELL, "value": "12.5", "reason": None, "disputed": False, "commit": _COMMIT}]
_CHANGES = [
    {
        "position": 4711,
        "accepted_at": "2024-10-08T03:12:45Z",
        **_CELL,
        "value": None,
        "reason": "not_yet_available",
        "commit": _COMMIT,
    }
]


@get(
    "/api/v1/places",
    **described(Right.DEFINITIONS),
    operation_id="places",
    operation_class=shown(_PLACES, "jsonl", "csv"),
    before_request=unless_books_unchanged,
)
async def places_v1(
    request: AnyRequest,
    place: PlaceCode = "",
    level: Level = "",
    day: Annotated[
        date | None,
        QueryParameter(
            description="The day whose hierarchy is shown; today without it.",
            examples=[Example(value="2024-09-30")],
        ),
    ] = None,
    cursor: Cursor = "",
    limit: Limit = API_ROWS,
    form: PlainFormat = "json",
) -> Response[list[Place]]:
    """The places within reach, as they lay under one another on a day; parents come first."""
    station: Station = request.app.state.station
    page = places_page(
        station.ledger.tree,
        day or station.ledger.today(),
        reach_of(request),
        place_code=place,
        level=level,
        cursor=cursor,
        limit=limit,
    )
    rows = [Place(row.code, row.name, row.level, row.parent or None) for row in page.rows]
    more = {"link": next_link(request, "cursor", page.next)} if page.next else {}
    return paged(request, Table(form, Place.__struct_fields__), rows, more)


@get(
    "/api/v1/values",
    **described(Right.VALUES),
    operation_id="values",
    operation_class=shown(_VALUES, "jsonl", "csv"),
    before_request=unless_books_unchanged,
)
async def values_v1(
    request: AnyRequest,
    period: PeriodOrNone = "",
    indicator: IndicatorCodes = None,
    place: PlaceCode = "",
    level: Level = "",
    cursor: Cursor = "",
    limit: Limit = API_ROWS,
    form: PlainFormat = "json",
) -> Response[list[Standing]]:
    """The values that stand, place by place."""
    station: Station = request.app.state.station
    async with station.readers.reading() as books:
        page = await values_page(
            books,
            reach_of(request),
            period=period,
            indicators=indicator or (),
            place_code=place,
            level=level,
            cursor=cursor,
            limit=limit,
        )
    rows = [
        Standing(**(row._asdict() | {"value": row.value or None, "reason": row.reason or None}))
        for row in page.rows
    ]
    more = {"link": next_link(request, "cursor", page.next)} if page.next else {}
    return paged(request, Table(form, Standing.__struct_fields__), rows, more)


@get(
    "/api/v1/changes",
    **described(Right.VALUES, 410),
    operation_id="changes",
    operation_class=shown(
        _CHANGES,
        "jsonl",
        "csv",
        headers={"Tianji-Cursor": "Where to go on, now or on any later day: as `since`."},
    ),
    before_request=unless_books_unchanged,
)
async def changes_v1(
    request: AnyRequest,
    since: Annotated[
        str,
        QueryParameter(
            description="The Tianji-Cursor of the answer before; without it, from the beginning.",
            max_length=CURSOR_CHARS_MAX,
            pattern=PATTERN,
            examples=[Example(value="")],
        ),
    ] = "",
    period: PeriodOrNone = "",
    indicator: IndicatorCodes = None,
    place: PlaceCode = "",
    level: Level = "",
    limit: Limit = API_ROWS,
    form: PlainFormat = "json",
) -> Response[list[Accepted]]:
    """Accepted changes of values, in the order of acceptance; no word of who made them.

    While there is more by now, a Link leads on. 410 says that the server's order has become another
    one, as after a restore: begin anew.
    """
    station: Station = request.app.state.station
    ledger, reach = station.ledger, reach_of(request)
    covers = reach.covers
    if place or level:
        asked = frozenset(listed(ledger.tree, ledger.today(), reach, place, level))
        covers = asked.__contains__
    async with station.readers.reading() as books:
        found = await changes_page(
            books, covers, since=since, limit=limit, period=period, indicators=indicator or ()
        )
    rows = [
        Accepted(**(row._asdict() | {"value": row.value or None, "reason": row.reason or None}))
        for row in found.rows
    ]
    more = {"tianji-cursor": found.cursor}
    if found.more:
        more["link"] = next_link(request, "since", found.cursor)
    return paged(request, Table(form, Accepted.__struct_fields__), rows, more)


routes = [places_v1, values_v1, changes_v1]
