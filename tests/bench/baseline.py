"""The same rows by bare SQLite: what a program without a protocol would write, and no more.

One row a value and one upsert a rollup, by `executemany` in durable transactions of 64 laptops.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from sync.limits import INTAKE_REQUESTS_PER_TRANSACTION
from tests.bench.laptops import chain, values

_SCHEMA = """
PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
CREATE TABLE value (place TEXT, period TEXT, indicator TEXT, number INTEGER,
    PRIMARY KEY (place, period, indicator)) WITHOUT ROWID;
CREATE TABLE rollup (place TEXT, period TEXT, indicator TEXT, reported INTEGER, total INTEGER,
    PRIMARY KEY (place, period, indicator)) WITHOUT ROWID;
"""


def seconds(file: Path, villages: int) -> float:
    """How long bare SQLite takes for the values of that many villages and their rollups."""
    rows = [
        [(f"village {v}", cell.subject, cell.field, value.number) for cell, value in values(v)]
        for v in range(villages)
    ]
    connection = sqlite3.connect(file, isolation_level=None)
    connection.executescript(_SCHEMA)
    start = time.perf_counter()
    for first in range(0, villages, INTAKE_REQUESTS_PER_TRANSACTION):
        batch = range(first, min(first + INTAKE_REQUESTS_PER_TRANSACTION, villages))
        _write(connection, rows, batch)
    taken = time.perf_counter() - start
    connection.close()
    return taken


def _write(
    connection: sqlite3.Connection, rows: list[list[tuple[str, str, str, int]]], batch: range
) -> None:
    sums: dict[tuple[str, str, str], list[int]] = {}
    for village in batch:
        for place in (f"village {village}", *chain(village), "realm"):
            for _, period, indicator, number in rows[village]:
                held = sums.setdefault((place, period, indicator), [0, 0])
                held[0] += 1
                held[1] += number
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        "INSERT OR REPLACE INTO value VALUES (?, ?, ?, ?)",
        [row for village in batch for row in rows[village]],
    )
    connection.executemany(
        "INSERT INTO rollup VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " reported = reported + excluded.reported, total = total + excluded.total",
        [(*key, *held) for key, held in sums.items()],
    )
    connection.execute("COMMIT")
