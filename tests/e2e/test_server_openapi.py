"""What the server says of itself in OpenAPI holds for hostile requests too."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.core.result import Ok

from server import store
from server.devices.invites import authority
from server.exchange import keys
from server.exchange.keys import Right
from tests.e2e.processes import found, now, serving

API = {
    f"/api/v1/{name}"
    for name in (
        *("catalogue", "changes", "forms", "indicators"),
        *("places", "prefills", "totals", "values"),
    )
}
EXAMPLES = int(os.environ.get("TIANJI_EXAMPLES", "25"))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a running server, and a key for everything."""
    folder: Path = tmp_path_factory.mktemp("server")
    found(folder)
    key = asyncio.run(key_for_everything(folder))
    with serving(folder) as address:
        yield address, key


async def key_for_everything(folder: Path) -> str:
    """A key with every right at all places."""
    async with store.open_server(folder, now) as ledger:
        person, _ = authority(ledger)
        return await keys.make(
            ledger,
            os.urandom,
            name="a test",
            place=ledger.root,
            rights=set(Right),
            owner="统计",
            until=date.max,
            made_by=person,
        )


def test_every_answer_is_one_that_the_description_tells_of(served: tuple[str, str]) -> None:
    """Whatever is asked, the status, the media type and the shape are declared, and no 500."""
    address, token = served
    operations = operations_of(address)
    assert {operation.path for operation in operations} == {"/healthz", *API}

    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
        def holds(case: Case[Any]) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {token}"})

        holds()


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer x", "Basic eDp4", "bearer"]
)
def test_whatever_is_asked_without_the_token_is_refused(
    served: tuple[str, str], header: str | None
) -> None:
    """An operation that says it wants the token gives nothing to anybody else (S1)."""
    address, _ = served
    secured = [one for one in operations_of(address) if one.definition.raw.get("security")]
    assert {operation.path for operation in secured} == API

    for operation in secured:

        @given(case=operation.as_strategy())
        @settings(max_examples=3, suppress_health_check=list(HealthCheck))
        def refuses(case: Case[Any]) -> None:
            case.headers.pop("Authorization", None)
            headers = {} if header is None else {"Authorization": header}
            answer = case.call(headers=headers)
            assert answer.status_code in {400, 401, 429}  # 400 where HTTP itself is broken
            assert answer.headers["content-type"] == ["application/problem+json"]

        refuses()


def operations_of(address: str) -> list[Any]:
    """What the description tells of."""
    schema = schemathesis.openapi.from_url(f"{address}/schema/openapi.json")
    return [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
