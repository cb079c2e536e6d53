"""What every route of the API says of itself: its right, its errors, its parameters, an example."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from litestar.config.compression import CompressionConfig
from litestar.middleware import DefineMiddleware
from litestar.middleware.compression import CompressionMiddleware
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    Example,
    OpenAPIHeader,
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Schema,
    SecurityRequirement,
)
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import QueryParameter

from server.exchange.cursor import CURSOR_CHARS_MAX, PATTERN
from server.exchange.keys import Right
from server.routes.access import BY_KEY, RIGHT, WHO
from server.routes.answers import MEDIA_TYPES
from server.routes.refusals import refusals
from sync.limits import API_ROWS_MAX

__all__ = [
    "PERIOD",
    "Cursor",
    "IndicatorCodes",
    "Level",
    "Limit",
    "PlaceCode",
    "described",
    "shown",
]

PERIOD = "^(19|2[0-9])[0-9]{2}(H[12]|Q[1-4]|-(0[1-9]|1[0-2]))?$"

Limit = Annotated[
    int,
    QueryParameter(
        description="The most rows of a page; it may have fewer and yet be followed by others.",
        ge=1,
        le=API_ROWS_MAX,
        examples=[Example(value=1000)],
    ),
]
Cursor = Annotated[
    str,
    QueryParameter(
        description="From the Link header of the page before; it says nothing by itself.",
        max_length=CURSOR_CHARS_MAX,
        pattern=PATTERN,
        examples=[Example(value="")],
    ),
]
PlaceCode = Annotated[
    str,
    QueryParameter(
        description="A division code: the place and all below it. Without one, all in the key's reach.",
        max_length=40,
        examples=[Example(value="445103000000")],
    ),
]
Level = Annotated[
    str,
    QueryParameter(
        description="Only places of that level: province, city, county, town, village.",
        max_length=40,
        examples=[Example(value="village")],
    ),
]
IndicatorCodes = Annotated[
    list[str] | None,
    QueryParameter(
        description="Codes of indicators, the parameter repeated for each; else all.",
        examples=[Example(value=["B001"])],
    ),
]

_KEY: list[SecurityRequirement] = [{"token": []}]
_HEADERS = {
    "Link": 'The next page, as <address>; rel="next"; absent on the last one.',
    "ETag": "Stands for this answer: sent back as If-None-Match, it spares one that is the same.",
    "Tianji-Simulated": "'true' where the figures are made up, as those of a demo are.",
}
_GZIP = DefineMiddleware(
    CompressionMiddleware,
    config=CompressionConfig(backend="gzip", minimum_size=1024, gzip_compress_level=3),
)


def described(right: Right, *statuses: int) -> dict[str, Any]:
    """The options of a route that a key with the right opens; `statuses` are its errors besides."""
    return {
        "opt": {WHO: BY_KEY, RIGHT: right},
        "security": _KEY,
        "middleware": [_GZIP],
        "responses": {
            **refusals(400, 401, 403, 404, 429, 500, 503, *statuses),
            HTTPStatus.NOT_MODIFIED: ResponseSpec(None, description="Nothing has changed."),
        },
    }


def shown(example: Any, *forms: str, headers: dict[str, str] | None = None) -> type[Operation]:
    """An operation that shows an example of its answer, and the other forms that it comes in."""

    @dataclass
    class Shown(Operation):
        def __post_init__(self) -> None:
            answer = (self.responses or {})["200"]
            assert isinstance(answer, OpenAPIResponse)
            content = dict(answer.content or {})
            for media in content.values():
                media.examples = {"one": Example(value=example)}
            for form in forms:
                name = MEDIA_TYPES[form].partition(";")[0]
                content[name] = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
            answer.content = content
            said = _HEADERS | (headers or {})
            answer.headers = {
                name: OpenAPIHeader(description=text, schema=Schema(type=OpenAPIType.STRING))
                for name, text in said.items()
            }

    return Shown
