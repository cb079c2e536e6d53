"""`GET /api/v1/totals`: what a period's figures add up to, for programs that have a key."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get
from litestar.openapi.spec import Example
from litestar.params import QueryParameter

from server.desk.station import Station
from server.exchange.keys import Right
from server.exchange.totals import TotalRow, ask, totals_by_row, totals_page
from server.routes.answers import Table, next_link, paged, streamed
from server.routes.conditional import unless_books_unchanged
from server.routes.description import (
    PERIOD,
    Cursor,
    IndicatorCodes,
    Level,
    PlaceCode,
    described,
    shown,
)
from server.routes.reach import reach_of
from server.routes.refusals import AnyRequest
from sync.catalogue import Catalogue
from sync.limits import API_ROWS, API_ROWS_MAX
from sync.period import Kind, parse

__all__ = ["Total", "totals_v1"]

_SDMX_COLUMNS = (
    *("STRUCTURE", "STRUCTURE_ID", "ACTION"),
    *("FREQ", "REF_AREA", "INDICATOR", "TIME_PERIOD", "OBS_VALUE"),
    *("UNIT_MEASURE", "OBS_STATUS", "REPORTED", "EXPECTED", "DISPUTED", "COMMENT_OBS"),
)
_SDMX_STRUCTURE = ("dataflow", "TIANJI:TOTALS(1.0)", "I")
_FREQUENCIES = {Kind.YEAR: "A", Kind.HALF: "S", Kind.QUARTER: "Q", Kind.MONTH: "M"}
_Period = Annotated[
    str,
    QueryParameter(
        description="2024, 2024H1, 2024Q3 or 2024-03",
        pattern=PERIOD,
        examples=[Example(value="2024Q3")],
    ),
]
_Tree = Annotated[
    Literal["period", "today"],
    QueryParameter(description="Whose hierarchy adds up", examples=[Example(value="period")]),
]
_LimitOrNone = Annotated[
    int | None,
    QueryParameter(
        description="The most rows of a page; without it and without a cursor all come at once.",
        ge=1,
        le=API_ROWS_MAX,
        examples=[Example(value=1000)],
    ),
]
_Format = Annotated[
    Literal["json", "jsonl", "csv", "sdmx-csv"],
    QueryParameter(
        name="format",
        description="How rows are written; sdmx-csv is SDMX-CSV 2.0.",
        examples=[Example(value="json")],
    ),
]
_HALF_OR_QUARTER = re.compile(r"^(\d{4})([HQ])(\d)$")


class Total(msgspec.Struct, frozen=True):
    """One figure of one place; `value` is decimal text, or null with the reason for there being none.

    `period` is the one that the figure is from, `disputed` how many of those that reported hold
    rival values. `adjusted` is what the value comes to with the county's adjustments, which are kept
    apart from it; null where there are none.
    """

    code: str
    name: str
    indicator: str
    value: str | None
    reported: int
    expected: int
    disputed: int
    period: str
    reason: str | None
    adjusted: str | None


_EXAMPLE = [
    {
        "code": "445103000000",
        "name": "潮安区",
        "indicator": "B001",
        "value": "1284.5",
        "reported": 412,
        "expected": 420,
        "disputed": 1,
        "period": "2024Q3",
        "reason": None,
        "adjusted": "1290",
    }
]


@get(
    "/api/v1/totals",
    **described(Right.TOTALS),
    operation_id="totals",
    operation_class=shown(_EXAMPLE, "jsonl", "csv", "sdmx-csv"),
    before_request=unless_books_unchanged,
)
async def totals_v1(
    request: AnyRequest,
    period: _Period,
    indicator: IndicatorCodes = None,
    place: PlaceCode = "",
    level: Level = "",
    tree: _Tree = "period",
    cursor: Cursor = "",
    limit: _LimitOrNone = None,
    form: _Format = "json",
) -> Response[list[Total]]:
    """What the places' figures add up to, and how many of how many reported."""
    station: Station = request.app.state.station
    reach = reach_of(request)
    asked = await ask(
        station.ledger,
        period,
        indicators=indicator or (),
        place_code=place,
        level=level,
        tree=tree,
        reach=reach,
    )
    if form == "sdmx-csv":
        table: Table[Total] = _Sdmx(asked.catalogue, made_up=station.simulated)
    else:
        table = Table(form, Total.__struct_fields__)
    if limit is None and not cursor:
        rows = totals_by_row(station.ledger, asked, station.readers.reading, reach)
        return streamed(request, table, _totals(rows))
    async with station.readers.reading() as books:
        page = await totals_page(books, asked, reach, cursor=cursor, limit=limit or API_ROWS)
    more = {"link": next_link(request, "cursor", page.next)} if page.next else {}
    return paged(request, table, [_total(row) for row in page.rows], more)


async def _totals(rows: AsyncIterator[TotalRow]) -> AsyncIterator[Total]:
    async for row in rows:
        yield _total(row)


def _total(row: TotalRow) -> Total:
    empty = {name: getattr(row, name) or None for name in ("value", "reason", "adjusted")}
    return Total(**(row._asdict() | empty))


class _Sdmx(Table[Total]):
    """SDMX-CSV 2.0: one observation a row; A is a normal one, P stands on a part, O is missing."""

    def __init__(self, catalogue: Catalogue, *, made_up: bool) -> None:
        super().__init__("sdmx-csv", _SDMX_COLUMNS)
        self._units: Mapping[str, str] = {
            code: one.unit for code, one in catalogue.indicators.items()
        }
        self._made_up = made_up

    def cells(self, row: Total) -> list[Any]:
        """An observation under the columns."""
        status = "A" if row.reported >= row.expected else "P"
        comment = [text for text in (row.reason, "simulated" if self._made_up else "") if text]
        return [
            *_SDMX_STRUCTURE,
            _FREQUENCIES[parse(row.period).kind],
            row.code,
            row.indicator,
            _time(row.period),
            "" if row.value is None else row.value,
            self._units.get(row.indicator, ""),
            "O" if row.value is None else status,
            row.reported,
            row.expected,
            row.disputed,
            "; ".join(comment),
        ]


def _time(period: str) -> str:
    """A period as SDMX writes it: 2024-Q3, 2024-S1."""
    return _HALF_OR_QUARTER.sub(
        lambda found: f"{found[1]}-{'S' if found[2] == 'H' else 'Q'}{found[3]}", period
    )
