"""Changes the core in one place at a time: `python -m tests.mutants.run [FILE …]`.

Prints each change that no test notices, then a row a file. Needs a system that forks.
"""

from __future__ import annotations

import sys
import time
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tests.mutants.session import Session, Verdict

CORE = [
    f"sync/{name}.py"
    for name in (
        "history",
        "commit",
        "commit_bytes",
        "receipt",
        "grants",
        "digest",
        "quantity",
        "period",
        "aggregate",
        "rollup",
        "value",
        "trust",
        "clock",
    )
]
TESTS = ["tests/unit", "tests/property", "tests/fuzz/test_replay.py"]
"""What tries the core itself; tests of pages and processes would only take their time."""
NOT_OF_THE_CORE = (
    "test_field_",
    "test_demo_",
    "test_cli",
    "test_help",
    "test_bootstrap",
    "test_page",
)
EQUIVALENT = Path(__file__).parent / "equivalent.toml"


def main() -> int:
    """Tries all changes; 1 if one survived that is not known to change nothing."""
    files = sys.argv[1:] or CORE
    known = tomllib.loads(EQUIVALENT.read_text("utf-8"))
    rows: dict[str, Counter[str]] = {file: Counter() for file in files}
    begun = time.perf_counter()

    def told(verdict: Verdict) -> None:
        outcome = verdict.outcome
        if outcome in {"survived", "unreached"} and verdict.mutant.name in known:
            outcome = "equivalent"
        rows[verdict.mutant.file][outcome] += 1
        if outcome in {"survived", "unreached"}:
            _say(f"{outcome:10}{verdict.mutant.line:5} {verdict.mutant.name}")

    ignored = [f"--ignore-glob=*/{name}*" for name in NOT_OF_THE_CORE]
    options = [
        "-q",
        "-s",
        "--no-header",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        *ignored,
    ]
    ended = pytest.main([*options, *TESTS], plugins=[Session(files, told)])
    _table(rows, time.perf_counter() - begun)
    return int(ended != 0 or any(row["survived"] + row["unreached"] for row in rows.values()))


def _table(rows: dict[str, Counter[str]], seconds: float) -> None:
    kinds = ("killed", "timeout", "survived", "unreached", "equivalent", "outside")
    _say(f"{'file':24}" + "".join(f"{kind:>12}" for kind in (*kinds, "score")))
    together: Counter[str] = sum(rows.values(), Counter())
    for name, row in [*rows.items(), ("together", together)]:
        noticed = row["killed"] + row["timeout"]
        counted = noticed + row["survived"] + row["unreached"]
        score = f"{100 * noticed / counted:.1f} %" if counted else "-"
        _say(f"{name:24}" + "".join(f"{row[kind]:12}" for kind in kinds) + f"{score:>12}")
    _say(f"{seconds:.0f} s")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
