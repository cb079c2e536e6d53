"""`tianji server remind`: what it says where nobody is to be reminded."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Outcome


def test_nobody_with_an_address_means_nothing_goes_out(
    tianji: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also without a mail server that is no error, and the settings are read as for `run` (S83)."""
    assert tianji("server", "init", "--data", tmp_path).code == 0

    assert "0 people" in tianji("server", "remind", "--dry-run", "--data", tmp_path).out
    said = tianji("server", "remind", "--data", tmp_path, "--json")
    assert json.loads(said.out) == {"reminders": [], "sent": 0}
    monkeypatch.setenv("TIANJI_QUIET_FROM", "midnight")
    assert tianji("server", "remind", "--data", tmp_path).code == 2
