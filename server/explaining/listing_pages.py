"""All adjustments in a person's sight, to look through and to take away."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromQuery

from server.catalogue.keeping import catalogue_of
from server.desk.access import BY_SESSION, NEED, WHO, place_in
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.viewer import Need
from server.exchange.tables import table
from server.explaining.adjustments import Entry, Key, listed
from sync import quantity
from sync.catalogue import Catalogue
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger

__all__ = ["routes"]

PAGE_ROWS = 50
FILE_ROWS_MAX = 20_000
_AT_ONCE = 200
_FIRST: Key = ("~", "", 0)
_COLUMNS = (
    *("place_code", "place_name", "period", "indicator", "indicator_name", "amount", "unit"),
    *("reason", "reported_total_then", "person", "filed_at_seconds", "commit"),
)
_NUMBERS = ("amount", "reported_total_then")
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Asked(NamedTuple):
    """What the list is narrowed to."""

    place: str
    period: str
    indicator: str

    @property
    def query(self) -> str:
        """As an address says it."""
        return urlencode({key: text for key, text in self._asdict().items() if text})


@get("/adjustments", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def show(
    request: AnyRequest,
    place: FromQuery[str] = "",
    period: FromQuery[str] = "",
    indicator: FromQuery[str] = "",
    after: FromQuery[str] = "",
) -> Response[str]:
    """The latest periods first; those taken back too."""
    desk = desk_of(request)
    asked = Asked(place, period.strip(), indicator.strip())
    async with desk.reading() as books:
        catalogue = await catalogue_of(books)
        found = await _some(desk, books, asked, _key(after), PAGE_ROWS + 1)
    last = found[PAGE_ROWS - 1][0] if len(found) > PAGE_ROWS else None
    return await page(
        request,
        "adjustments.html",
        desk=desk,
        asked=asked,
        catalogue=catalogue,
        entries=[one for _, one in found[:PAGE_ROWS]],
        after=" ".join(map(str, last)) if last else "",
        place=place_in(place) if place else None,
    )


@get("/adjustments/export", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def save(
    request: AnyRequest,
    place: FromQuery[str] = "",
    period: FromQuery[str] = "",
    indicator: FromQuery[str] = "",
    kind: FromQuery[str] = "xlsx",
) -> Response[bytes]:
    """The same to take away, with the number of rows and a checksum. Raises `format-unknown`."""
    desk = desk_of(request)
    asked = Asked(place, period.strip(), indicator.strip())
    async with desk.reading() as books:
        catalogue = await catalogue_of(books)
        found = await _some(desk, books, asked, _FIRST, FILE_ROWS_MAX)
    rows = [_row(desk, catalogue, one) for _, one in found]
    content = await asyncio.to_thread(_file, kind, rows, made_up=desk.station.simulated)
    headers = {"content-disposition": f'attachment; filename="tianji-adjustments.{kind}"'}
    return Response(content, media_type=_MEDIA[kind], headers=headers)


def _file(kind: str, rows: Sequence[Sequence[str | int]], *, made_up: bool) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "adjustments"
        made = table(kind, path, _COLUMNS, _NUMBERS)
        for row in rows:
            made.write(row)
        made.end(made_up=made_up)
        return path.read_bytes()


async def _some(
    desk: Desk, books: Ledger, asked: Asked, after: Key, most: int
) -> list[tuple[Key, Entry]]:
    """So many of those in sight, after a key; what is out of sight is passed over."""
    within = place_in(asked.place) if asked.place else None
    found: list[tuple[Key, Entry]] = []
    while len(found) < most:
        rows = await listed(books, after, _AT_ONCE, asked.period, asked.indicator)
        if not rows:
            return found
        after = rows[-1][0]
        found += [(key, one) for key, one in rows if _is_asked(desk, one.place, within)]
    return found[:most]


def _is_asked(desk: Desk, place: PlaceId, within: PlaceId | None) -> bool:
    if not desk.viewer.sees(place):
        return False
    return within is None or within in desk.ledger.above(place)


def _key(text: str) -> Key:
    period, _, rest = text.partition(" ")
    indicator, _, number = rest.partition(" ")
    if not number.isascii() or not number.isdecimal() or len(number) > 18:
        return _FIRST
    return period, indicator, int(number)


def _row(desk: Desk, catalogue: Catalogue, one: Entry) -> list[str | int]:
    indicator = catalogue.indicators.get(one.indicator)
    total = one.said.total
    return [
        desk.code(one.place),
        desk.name(one.place),
        one.period,
        one.indicator,
        indicator.name.say(desk.language) if indicator else "",
        quantity.text(one.said.amount),
        indicator.unit if indicator else "",
        one.said.reason,
        quantity.text(int(total)) if total.lstrip("-") else "",
        desk.ledger.register.names.get(one.person.hex(), ""),
        one.typed_at,
        one.commit.hex(),
    ]


routes = [show, save]
