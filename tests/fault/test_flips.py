"""Some damaged files; `python -m tests.fault.flips --flips 2000` is the long run."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

FLIPS = 24
SECONDS_MAX = 300


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each copy is tried in a forked process")
def test_damage_is_told_or_harmless_and_rebuilt() -> None:
    """Flipped bytes and cut logs: one sentence, no traceback, whole again (L14, F50, S50)."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.fault.flips", "--flips", str(FLIPS), "--json"],
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS_MAX,
        check=False,
    )
    assert ran.stdout, ran.stderr
    found = json.loads(ran.stdout)

    assert found["faults"] == []
    assert sum(sum(counts.values()) for counts in found["found"].values()) == FLIPS
