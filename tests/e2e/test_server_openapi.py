"""What the server says of itself in OpenAPI holds for hostile requests too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.core.result import Ok

from tests.e2e.processes import found, serving, tianji

EXAMPLES = 25


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a running server, and its token."""
    folder: Path = tmp_path_factory.mktemp("server")
    found(folder)
    token = tianji("server", "token", "--data", folder, "--json").json["api_token"]
    with serving(folder) as address:
        yield address, token


def test_every_answer_is_one_that_the_description_tells_of(served: tuple[str, str]) -> None:
    """Whatever is asked, the status, the media type and the shape are declared, and no 500."""
    address, token = served
    schema = schemathesis.openapi.from_url(f"{address}/schema/openapi.json")
    operations = [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
    assert {operation.path for operation in operations} == {"/healthz", "/api/v1/totals"}

    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
        def holds(case: Case[Any]) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {token}"})

        holds()
