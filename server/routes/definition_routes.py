"""`GET /api/v1/catalogue`, `/indicators` and `/forms`: what the figures mean."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from litestar import Response, get

from server.catalogue.keeping import catalogue_of
from server.exchange.cursor import read, written
from server.exchange.keys import Right
from server.routes.answers import Table, next_link, paged
from server.routes.conditional import headers_of, unless_catalogue_unchanged
from server.routes.description import Cursor, Limit, described, shown
from server.routes.refusals import AnyRequest
from sync import definition
from sync.catalogue import Catalogue
from sync.limits import API_ROWS

__all__ = ["routes"]


class Words(
    msgspec.Struct, frozen=True, rename={"zh_hans": "zh-Hans", "zh_hant": "zh-Hant", "en": "en"}
):
    """One text in three languages; '' where a language lacks it."""

    zh_hans: str
    zh_hant: str
    en: str


class Indicator(msgspec.Struct, frozen=True):
    """What one code measures, who files it when, and how it adds up over places and time.

    `period` is the shortest that it is filed for, `static` whenever it changes; `formula` is null
    for what is entered; `owner` is whose system may prefill it.
    """

    code: str
    name: Words
    unit: str
    type: str
    decimals: int
    choices: list[str]
    level: str
    period: str
    direction: str
    space: str
    time: str
    weight: str | None
    formula: str | None
    definition: Words
    owner: str
    source: str
    computed: bool
    version: int


class Form(msgspec.Struct, frozen=True):
    """The indicators that places of one level file together, and how long they have for it."""

    code: str
    name: Words
    level: str
    period: str
    items: list[str]
    due_days: int
    minutes: int
    note: Words
    issuer: str
    approver: str
    approval_number: str
    valid_until: date | None


class PackName(msgspec.Struct, frozen=True):
    """Where definitions come from."""

    code: str
    edition: str
    name: Words


class Parameter(msgspec.Struct, frozen=True):
    """A number that formulas name."""

    code: str
    value: str
    name: Words


class Contents(msgspec.Struct, frozen=True):
    """The catalogue in force: `version` changes whenever any definition does."""

    version: str
    packs: list[PackName]
    parameters: list[Parameter]
    indicators: int
    forms: int
    checks: int


_NAME = {"zh-Hans": "户数", "zh-Hant": "戶數", "en": "Households"}
_INDICATOR = {
    "code": "A002",
    "name": _NAME,
    "unit": "户",
    "type": "quantity",
    "decimals": 0,
    "choices": [],
    "level": "village",
    "period": "year",
    "direction": "0",
    "space": "sum",
    "time": "end",
    "weight": None,
    "formula": None,
    "definition": _NAME,
    "owner": "统计",
    "source": "",
    "computed": False,
    "version": 1,
}
_FORM = {
    "code": "village_quarterly",
    "name": {"zh-Hans": "村季报", "zh-Hant": "村季報", "en": "Village, quarterly"},
    "level": "village",
    "period": "quarter",
    "items": ["B001", "B002"],
    "due_days": 10,
    "minutes": 15,
    "note": {"zh-Hans": "", "zh-Hant": "", "en": ""},
    "issuer": "",
    "approver": "",
    "approval_number": "",
    "valid_until": None,
}
_CONTENTS = {
    "version": "3f1c9a7be0d24c58",
    "packs": [{"code": "guangdong", "edition": "2025", "name": _NAME}],
    "parameters": [],
    "indicators": 141,
    "forms": 11,
    "checks": 49,
}


@get(
    "/api/v1/catalogue",
    **described(Right.DEFINITIONS),
    operation_id="catalogue",
    operation_class=shown(_CONTENTS),
    before_request=unless_catalogue_unchanged,
)
async def catalogue_v1(request: AnyRequest) -> Response[Contents]:
    """Which definitions are in force, by edition and number."""
    catalogue = await _catalogue(request)
    content = Contents(
        catalogue.version,
        [PackName(one.code, one.edition, _words(one.name)) for one in catalogue.packs.values()],
        [Parameter(p.code, p.value, _words(p.name)) for p in catalogue.parameters.values()],
        len(catalogue.indicators),
        len(catalogue.forms),
        len(catalogue.checks),
    )
    return Response(content, headers=headers_of(request))


@get(
    "/api/v1/indicators",
    **described(Right.DEFINITIONS),
    operation_id="indicators",
    operation_class=shown([_INDICATOR]),
    before_request=unless_catalogue_unchanged,
)
async def indicators_v1(
    request: AnyRequest, cursor: Cursor = "", limit: Limit = API_ROWS
) -> Response[list[Indicator]]:
    """The indicators in force, by code."""
    held = (await _catalogue(request)).indicators
    codes, more = _page(request, sorted(held), cursor, limit)
    rows = [_indicator(held[code]) for code in codes]
    return paged(request, Table("json", Indicator.__struct_fields__), rows, more)


@get(
    "/api/v1/forms",
    **described(Right.DEFINITIONS),
    operation_id="forms",
    operation_class=shown([_FORM]),
    before_request=unless_catalogue_unchanged,
)
async def forms_v1(
    request: AnyRequest, cursor: Cursor = "", limit: Limit = API_ROWS
) -> Response[list[Form]]:
    """The forms in force, by code."""
    held = (await _catalogue(request)).forms
    codes, more = _page(request, sorted(held), cursor, limit)
    rows = [_form(held[code]) for code in codes]
    return paged(request, Table("json", Form.__struct_fields__), rows, more)


async def _catalogue(request: AnyRequest) -> Catalogue:
    async with request.app.state.station.readers.reading() as books:
        return await catalogue_of(books)


def _page(
    request: AnyRequest, codes: Sequence[str], cursor: str, limit: int
) -> tuple[Sequence[str], dict[str, str]]:
    """Some codes after the cursor's, and the header that leads on."""
    key = read(cursor, str)
    start = bisect_right(codes, str(key[0])) if key else 0
    part = codes[start : start + limit]
    if start + limit >= len(codes):
        return part, {}
    return part, {"link": next_link(request, "cursor", written(part[-1]))}


def _words(words: definition.Words) -> Words:
    return Words(words.zh_hans, words.zh_hant, words.en)


def _indicator(one: definition.Indicator) -> Indicator:
    return Indicator(
        **_plain(one, Indicator, "name", "definition"),
        name=_words(one.name),
        definition=_words(one.definition),
    )


def _form(one: definition.Form) -> Form:
    return Form(**_plain(one, Form, "name", "note"), name=_words(one.name), note=_words(one.note))


def _plain(one: msgspec.Struct, kind: type[msgspec.Struct], *but: str) -> dict[str, Any]:
    """The fields that both have, but for some: tuples as lists, '' as null where that is allowed."""
    values: dict[str, Any] = {}
    for name in kind.__struct_fields__:
        if name not in but:
            value = getattr(one, name)
            values[name] = list(value) if isinstance(value, tuple) else value
    return values | {name: None for name in ("weight", "formula") if values.get(name) == ""}


routes = [catalogue_v1, indicators_v1, forms_v1]
