"""`POST /api/v1/prefills`: a system that owns indicators files its values for many places."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from litestar import Response, post
from litestar.openapi.spec import (
    Example,
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    RequestBody,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import HeaderParameter, QueryParameter

from server.desk.station import Station
from server.devices.invites import authority
from server.exchange.keys import Right
from server.prefill import reports
from server.prefill.report import Coverage, Outlier, Report
from server.prefill.rows import Form, rows_in
from server.prefill.taking import Sender, take
from server.routes.bodies import Held, body_of
from server.routes.caller import caller_of
from server.routes.description import described
from server.routes.reach import reach_of
from server.routes.refusals import AnyRequest, asked_language
from sync.limits import PREFILL_BYTES_MAX
from sync.problems import Problem
from sync.texts import Language

__all__ = ["prefills_v1"]

_FORMS: dict[str, Form] = {
    "text/csv": "csv",
    "application/json": "json",
    "application/jsonl": "jsonl",
    "application/x-ndjson": "jsonl",
}
_ROW = {"place": "445103101201", "period": "2024Q3", "indicator": "A010", "value": "412"}
_CSV = "place_code,period,indicator,value\n445103101201,2024Q3,A010,412\n"
_HEADING = r"^place_code,period,indicator,value(,reason)?(\n[A-Za-z0-9,.\n-]*)?$"


class RowError(msgspec.Struct, frozen=True):
    """One row that was not taken in, counted from 1 (a CSV's heading is 1)."""

    line: int
    code: str
    message: str


class PrefillReport(msgspec.Struct, frozen=True):
    """What came of a body: `new` and `changed` were filed (or would be), `unchanged` stood already.

    `outliers` are filed all the same; `coverage` tells which places of the key's reach got nothing.
    """

    owner: str
    dry_run: bool
    rows: int
    new: int
    changed: int
    unchanged: int
    errors_count: int
    errors: list[RowError]
    places_matched: int
    places_unknown: int
    outliers_count: int
    outliers: list[Outlier]
    coverage: list[Coverage]


_EXAMPLE = {
    "owner": "统计",
    "dry_run": False,
    "rows": 2,
    "new": 1,
    "changed": 0,
    "unchanged": 0,
    "errors_count": 1,
    "errors": [{"line": 3, "code": "row-place-unknown", "message": "…"}],
    "places_matched": 1,
    "places_unknown": 1,
    "outliers_count": 0,
    "outliers": [],
    "coverage": [
        {
            "indicator": "A010",
            "period": "2024Q3",
            "filed": 1,
            "missing": 1,
            "lacking": [["445103101202", "溪口村"]],
        }
    ],
}


@dataclass
class _Described(Operation):
    """Tells of the body, which is read as it comes and in three forms."""

    def __post_init__(self) -> None:
        text = OpenAPIType.STRING
        self.request_body = RequestBody(
            description="Rows of values, of indicators that the key's owner has.",
            required=True,
            content={
                "application/json": OpenAPIMediaType(
                    schema=Schema(
                        type=OpenAPIType.ARRAY,
                        description="Objects of place, period, indicator, and value or reason.",
                    ),
                    examples={"one": Example(value=[_ROW])},
                ),
                "application/jsonl": OpenAPIMediaType(schema=Schema(type=text)),
                "text/csv": OpenAPIMediaType(
                    schema=Schema(type=text, pattern=_HEADING),
                    examples={"one": Example(value=_CSV)},
                ),
            },
        )
        answer = (self.responses or {})["200"]
        assert isinstance(answer, OpenAPIResponse)
        for media in (answer.content or {}).values():
            media.examples = {"one": Example(value=_EXAMPLE)}


_OPTIONS = described(Right.PREFILLS, 408, 409, 413, 415)
del _OPTIONS["responses"][304]


@post(
    "/api/v1/prefills",
    **_OPTIONS,
    status_code=200,
    operation_id="prefills",
    operation_class=_Described,
    request_max_body_size=PREFILL_BYTES_MAX,
)
async def prefills_v1(
    request: AnyRequest,
    *,
    dry_run: Annotated[bool, QueryParameter(description="Only look: nothing is filed.")] = False,
    name: Annotated[
        str | None,
        HeaderParameter(
            name="Idempotency-Key",
            description="The sender's own name for this body: sent again, it is answered again.",
            max_length=200,
        ),
    ] = None,
) -> Response[PrefillReport]:
    """Files what is good of the rows, lists what isn't; the same body again files nothing new."""
    station: Station = request.app.state.station
    caller = caller_of(request)
    form = _form(request.headers.get("content-type", ""))
    language = asked_language(request.headers.get("accept-language"))
    with Held(request.app.state.held) as held:
        data = await body_of(request, held)
        digest = reports.digest_of(data, dry_run=dry_run)
        if name:
            before = await reports.answered(station.ledger.database, caller.id, name, digest)
            if before is not None:
                headers = {"idempotent-replayed": "true"}
                return Response(_told(before.report, language), headers=headers)
        sender = Sender(
            caller.owner, caller.name, reach_of(request), lambda _: authority(station.ledger)
        )
        rows = rows_in(io.BytesIO(data), form)
        report = await take(station.ledger, rows, sender, dry_run=dry_run)
    await reports.keep(station.ledger, caller.id, name or "", digest, report)
    return Response(_told(report, language))


def _form(media_type: str) -> Form:
    """Raises `prefill-type-unknown`."""
    known = _FORMS.get(media_type.partition(";")[0].strip().lower())
    if known is None:
        raise Problem("prefill-type-unknown", known=", ".join(_FORMS))
    return known


def _told(report: Report, language: Language) -> PrefillReport:
    errors = [RowError(one.line, one.code, one.say(language)) for one in report.errors]
    fields: dict[str, Any] = {
        field: getattr(report, field) for field in PrefillReport.__struct_fields__
    }
    return PrefillReport(**fields | {"errors": errors})
