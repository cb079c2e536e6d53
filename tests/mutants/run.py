"""Changes the core in one place at a time: `python -m tests.mutants.run [--again LOG] [FILE …]`.

Prints each change that no test notices, then a row a file; `--again` tries only those that an
earlier run printed. Needs a system that forks.
"""

from __future__ import annotations

import argparse
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
        "value",
        "clock",
        "trust",
        "digest",
        "commit",
        "receipt",
        "quantity",
        "period",
        "grants",
        "rollup",
        "aggregate",
        "commit_bytes",
        "history",
    )
]
TESTS = [
    "tests/property",
    "tests/golden",
    "tests/fuzz/test_replay.py",
    *(
        f"tests/unit/test_{name}.py"
        for name in (
            "aggregate",
            "catalogue",
            "checks",
            "clock_and_codes",
            "commits",
            "conversation",
            "evaluate",
            "fold_work",
            "folds",
            "formula",
            "grants",
            "guangdong_formulas",
            "period",
            "quantity",
            "receipts",
            "rollups",
        )
    ),
]
"""What tries the core itself; tests of pages and processes would only take their time."""
EQUIVALENT = Path(__file__).parent / "equivalent.toml"


def main() -> int:
    """Tries all changes; 1 if one survived that is not known to change nothing."""
    asked = _options()
    files = asked.files or CORE
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

    options = [
        "-q",
        "-s",
        "--no-header",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
    ]
    ended = pytest.main([*options, *TESTS], plugins=[Session(files, _named_in(asked.again), told)])
    _table(rows, time.perf_counter() - begun)
    return int(ended != 0 or any(row["survived"] + row["unreached"] for row in rows.values()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--again", type=Path)
    parser.add_argument("files", nargs="*")
    return parser.parse_args()


def _named_in(log: Path | None) -> set[str]:
    lines = log.read_text("utf-8").splitlines() if log else []
    return {line[16:] for line in lines if line.startswith(("survived", "unreached"))}


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
