"""Rows as a program asks for them: JSON, one JSON object a line, CSV, or SDMX-CSV."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import urlencode

import msgspec
from litestar import Response
from litestar.response import Stream
from litestar.serialization import encode_json

from server.exchange.tables import csv_line
from server.routes.conditional import headers_of
from server.routes.refusals import AnyRequest

__all__ = ["MEDIA_TYPES", "PlainForm", "Table", "next_link", "paged", "streamed"]

PlainForm = Literal["json", "jsonl", "csv"]
MEDIA_TYPES = {
    "json": "application/json",
    "jsonl": "application/jsonl",
    "csv": "text/csv; charset=utf-8",
    "sdmx-csv": "application/vnd.sdmx.data+csv; version=2.0.0",
}
_ROWS_AT_ONCE = 500

Row = TypeVar("Row", bound=msgspec.Struct)


class Table(Generic[Row]):
    """How rows of one kind are written."""

    def __init__(self, form: str, columns: Sequence[str]) -> None:
        self.form = form
        self._columns = columns

    @property
    def media_type(self) -> str:
        """What it comes out as."""
        return MEDIA_TYPES[self.form]

    def head(self) -> bytes:
        """What comes before all rows."""
        match self.form:
            case "json":
                return b"["
            case "jsonl":
                return b""
        return csv_line(self._columns).encode()

    def body(self, rows: Iterable[Row], *, first: bool) -> bytes:
        """Some rows; `first` where none came before."""
        match self.form:
            case "json":
                text = b",\n".join(map(encode_json, rows))
                return text if first or not text else b",\n" + text
            case "jsonl":
                return b"".join(encode_json(row) + b"\n" for row in rows)
        return "".join(csv_line(self.cells(row)) for row in rows).encode()

    def tail(self) -> bytes:
        """What comes after all rows."""
        return b"]\n" if self.form == "json" else b""

    def cells(self, row: Row) -> list[Any]:
        """A row's cells under the columns."""
        return ["" if cell is None else cell for cell in msgspec.structs.astuple(row)]


def next_link(request: AnyRequest, name: str, cursor: str) -> str:
    """The Link header's text: this query, from that cursor on."""
    pairs = [(key, value) for key, value in request.query_params.multi_items() if key != name]
    query = urlencode([*pairs, (name, cursor)], errors="surrogatepass")
    return f'<{request.url.path}?{query}>; rel="next"'


def paged(
    request: AnyRequest, table: Table[Row], rows: Sequence[Row], more: dict[str, str]
) -> Response[Any]:
    """One page, whole."""
    content = table.head() + table.body(rows, first=True) + table.tail()
    headers = {**headers_of(request), **more}
    return Response(content, media_type=table.media_type, headers=headers)


def streamed(request: AnyRequest, table: Table[Row], rows: AsyncIterator[Row]) -> Response[Any]:
    """All rows, written as they are read."""
    return Stream(_chunks(table, rows), media_type=table.media_type, headers=headers_of(request))


async def _chunks(table: Table[Row], rows: AsyncIterator[Row]) -> AsyncIterator[bytes]:
    yield table.head()
    waiting: list[Row] = []
    first = True
    async for row in rows:
        waiting.append(row)
        if len(waiting) == _ROWS_AT_ONCE:
            yield table.body(waiting, first=first)
            waiting, first = [], False
    if waiting:
        yield table.body(waiting, first=first)
    yield table.tail()
