"""`GET /api/v1/totals`: what a period's figures add up to, for programs that have the token."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from litestar import get
from litestar.openapi.spec import SecurityRequirement
from litestar.params import QueryParameter

from server.exchange.totals import totals
from server.routes.access import BY_TOKEN, WHO
from server.routes.refusals import AnyRequest, refusals
from sync.ledger.ledger import Ledger

__all__ = ["Total", "totals_v1"]

PERIOD = "^(19|2[0-9])[0-9]{2}(H[12]|Q[1-4]|-(0[1-9]|1[0-2]))?$"
_TOKEN: list[SecurityRequirement] = [{"token": []}]


class Total(msgspec.Struct, frozen=True):
    """One figure of one place; `value` is decimal text, or null with the reason for there being none.

    `period` is the one that the figure is from, `disputed` how many of those that reported hold
    rival values.
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


@get(
    "/api/v1/totals",
    opt={WHO: BY_TOKEN},
    operation_id="totals",
    responses=refusals(400, 401, 404, 500, 503),
    security=_TOKEN,
)
async def totals_v1(
    request: AnyRequest,
    period: Annotated[
        str, QueryParameter(description="2024, 2024H1, 2024Q3 or 2024-03", pattern=PERIOD)
    ],
    indicator: Annotated[list[str] | None, QueryParameter(description="Codes; else all")] = None,
    place: Annotated[str, QueryParameter(description="A division code")] = "",
    level: Annotated[str, QueryParameter(description="All places of it, at or below")] = "",
    tree: Annotated[
        Literal["period", "today"], QueryParameter(description="Whose hierarchy adds up")
    ] = "period",
) -> list[Total]:
    """What the places' figures add up to, and how many of how many reported."""
    ledger: Ledger = request.app.state.ledger
    rows = await totals(
        ledger, period, indicators=indicator or (), place_code=place, level=level, tree=tree
    )
    return [
        Total(**(row._asdict() | {"value": row.value or None, "reason": row.reason or None}))
        for row in rows
    ]
