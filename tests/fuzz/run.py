"""Searches every harness in turn: `python -m tests.fuzz.run [--runs N] [--seed N] [--keep] [NAME …]`.

Each begins with its corpus and its seeds. What makes one fail lies below `crashes/` afterwards;
`--keep` puts the inputs that reach new code into the corpus, as few and as small as will do.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.everything import HARNESSES
from tests.fuzz.harness import CRASHES, Harness, corpus, keep
from tests.fuzz.smallest import smallest

# What one input may cost: an input that costs more is a crash.
SECONDS_MAX = 10
MEGABYTES_MAX = 1024
_STATUS = re.compile(r"cov: (\d+) ft: (\d+)")
_EXECUTED = re.compile(r"number_of_executed_units: (\d+)")


class Searched(NamedTuple):
    """What one search came to: `coverage` counts edges, `features` those with how often."""

    name: str
    executions: int
    coverage: int
    features: int
    kept: int
    seconds: float
    failed: bool


def main() -> int:
    """Searches, and prints a row a harness; 1 if anything failed."""
    options = _options()
    if importlib.util.find_spec("atheris") is None:
        sys.exit("atheris is missing: `make fuzz` installs it, on Linux with CPython.")
    _say(f"{'harness':12}{'executions':>12}{'edges':>8}{'features':>10}{'corpus':>8}{'seconds':>9}")
    rows = []
    for name in options.names or HARNESSES:
        row = _search(HARNESSES[name], options.runs, options.seed, kept=options.keep)
        rows.append(row)
        _say(
            f"{name:12}{row.executions:12,}{row.coverage:8,}{row.features:10,}{row.kept:8,}"
            f"{row.seconds:9.0f}{'  FAILED' if row.failed else ''}"
        )
    _say(f"{'together':12}{sum(row.executions for row in rows):12,}")
    return int(any(row.failed for row in rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("names", nargs="*", choices=[*HARNESSES, []])
    return parser.parse_args()


def _search(harness: Harness, runs: int, seed: int, *, kept: bool) -> Searched:
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as work:
        found = Path(work)
        for number, content in enumerate([*corpus(harness.name), *harness.seeds()]):
            (found / f"known-{number}").write_bytes(content)
        said, failed = _run(harness, [f"-runs={runs}", f"-seed={seed}", work])
        if kept:
            keep(harness.name, smallest(harness, [one.read_bytes() for one in found.iterdir()]))
    coverage, features = map(int, (_STATUS.findall(said) or [(0, 0)])[-1])
    executed = _EXECUTED.search(said)
    return Searched(
        harness.name,
        int(executed[1]) if executed else 0,
        coverage,
        features,
        len(corpus(harness.name)),
        time.perf_counter() - begun,
        failed,
    )


def _run(harness: Harness, options: list[str]) -> tuple[str, bool]:
    """What libFuzzer said, and whether an input failed."""
    crashes = CRASHES / harness.name
    crashes.mkdir(parents=True, exist_ok=True)
    limits = [
        f"-max_len={harness.bytes_max}",
        f"-timeout={SECONDS_MAX}",
        f"-rss_limit_mb={MEGABYTES_MAX}",
        f"-artifact_prefix={crashes}/",
        "-len_control=0",
        "-print_final_stats=1",
    ]
    command = [sys.executable, "-m", "tests.fuzz.one", harness.name, *limits, *options]
    done = subprocess.run(
        command,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if not any(crashes.iterdir()):
        crashes.rmdir()
    if done.returncode != 0:
        _say(done.stdout[-3000:])
    return done.stdout, done.returncode != 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
