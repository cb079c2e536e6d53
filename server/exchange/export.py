"""Exports: values as they stand, totals, or every change that was ever accepted, to a file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from server.exchange.changes import CHANGE_COLUMNS, changes
from server.exchange.standing import VALUE_COLUMNS, standing_values
from server.exchange.tables import Cell, table
from server.exchange.totals import TotalRow, Trees, totals_by_row
from sync.ledger.database import translated
from sync.ledger.ledger import Ledger
from sync.ledger.simulated import is_simulated
from sync.problems import Problem

__all__ = ["WHATS", "Exported", "export"]

What = Literal["values", "totals", "changes"]
WHATS: tuple[str, ...] = ("values", "totals", "changes")


class Exported(NamedTuple):
    """The rows of a file, and the checksum that it ends with."""

    rows: int
    sha256: str


async def export(
    ledger: Ledger,
    what: str,
    form: str,
    out: Path,
    *,
    period: str = "",
    indicators: Sequence[str] = (),
    place_code: str = "",
    level: str = "",
    tree: Trees = "period",
) -> Exported:
    """Writes a file, which appears whole or not at all; filters are those of `totals`.

    Raises `export-unknown`, `format-unknown`, `export-period-missing`, what totals raise, and
    `storage-…`.
    """
    columns, rows = _rows(
        ledger,
        what,
        period=period,
        indicators=indicators,
        place_code=place_code,
        level=level,
        tree=tree,
    )
    part = out.with_name(out.name + ".part")
    made_up = await is_simulated(ledger)
    try:
        with translated(out):
            out.parent.mkdir(parents=True, exist_ok=True)
            target = table(form, part, columns, [name for name in ("value",) if name in columns])
            try:
                async for row in rows:
                    target.write(row)
            finally:
                digest = target.end(made_up=made_up)
            part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return Exported(target.rows, digest)


def _rows(
    ledger: Ledger,
    what: str,
    *,
    period: str,
    indicators: Sequence[str],
    place_code: str,
    level: str,
    tree: Trees,
) -> tuple[Sequence[str], AsyncIterator[Sequence[Cell]]]:
    match what:
        case "totals":
            if not period:
                raise Problem("export-period-missing")
            found = totals_by_row(
                ledger,
                period,
                indicators=indicators,
                place_code=place_code,
                level=level,
                tree=tree,
            )
            return TotalRow._fields, found
        case "values":
            return VALUE_COLUMNS, standing_values(
                ledger, period=period, indicators=indicators, place_code=place_code, level=level
            )
        case "changes":
            return CHANGE_COLUMNS, changes(
                ledger, period=period, indicators=indicators, place_code=place_code, level=level
            )
    raise Problem("export-unknown", text=what[:40], known=", ".join(WHATS))
