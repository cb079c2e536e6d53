"""What all tests share: how hypothesis searches, and the command line run within the test."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings

from sync.cli import main

# A deadline would fail a slow machine, not a wrong program. TIANJI_EXAMPLES searches longer.
settings.register_profile(
    "tianji",
    deadline=None,
    max_examples=int(os.environ.get("TIANJI_EXAMPLES", "100")),
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("tianji")


class Outcome(NamedTuple):
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def tianji(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Outcome]:
    """Run `tianji ARGUMENTS…` in this process, in English; an end-to-end test starts a real one."""
    monkeypatch.setenv("TIANJI_LANG", "en")

    def run(*arguments: object) -> Outcome:
        code = main([str(argument) for argument in arguments])
        return Outcome(code, *capsys.readouterr())

    return run
