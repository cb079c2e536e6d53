"""Exports: values as they stand, totals, or every change that was ever accepted, to a file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from server.exchange.changes import CHANGE_COLUMNS, changes
from server.exchange.listing import EVERYWHERE, Reach
from server.exchange.moments import Reading
from server.exchange.standing import VALUE_COLUMNS, standing_values
from server.exchange.tables import Cell, Table, table
from server.exchange.totals import TotalRow, Trees, ask, totals_by_row
from sync.ledger.database import translated
from sync.ledger.ledger import Ledger
from sync.ledger.simulated import is_simulated
from sync.problems import Problem

__all__ = ["WHATS", "Chosen", "Exported", "export", "export_chosen"]

What = Literal["values", "totals", "changes"]
WHATS: tuple[str, ...] = ("values", "totals", "changes")
_ROWS_AT_ONCE = 500  # written on a thread: a workbook's cells take a while


class Exported(NamedTuple):
    """The rows of a file, and the checksum that it ends with."""

    rows: int
    sha256: str


class Chosen(NamedTuple):
    """Which rows of which table; filters are those of `totals`."""

    what: str
    form: str
    period: str = ""
    indicators: Sequence[str] = ()
    place_code: str = ""
    level: str = ""
    tree: Trees = "period"


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
    """Writes a file of everything, as `export_chosen` does."""
    chosen = Chosen(what, form, period, indicators, place_code, level, tree)
    return await export_chosen(ledger, chosen, out)


async def export_chosen(
    ledger: Ledger,
    chosen: Chosen,
    out: Path,
    *,
    reading: Reading | None = None,
    reach: Reach = EVERYWHERE,
    progress: Callable[[int], None] | None = None,
) -> Exported:
    """Writes a file, which appears whole or not at all, of what lies within reach.

    `progress` is told how many rows there are so far.
    Raises `export-unknown`, `format-unknown`, `export-period-missing`, what totals raise, and
    `storage-…`.
    """
    columns, rows = await _rows(ledger, chosen, reading, reach)
    part = out.with_name(out.name + ".part")
    made_up = await is_simulated(ledger)
    try:
        with translated(out):
            out.parent.mkdir(parents=True, exist_ok=True)
            numbers = [name for name in ("value", "adjusted") if name in columns]
            target = table(chosen.form, part, columns, numbers)
            try:
                await _written(target, rows, progress or (lambda _: None))
            finally:
                digest = await asyncio.to_thread(target.end, made_up=made_up)
            part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return Exported(target.rows, digest)


async def _written(
    target: Table, rows: AsyncIterator[Sequence[Cell]], progress: Callable[[int], None]
) -> None:
    waiting: list[Sequence[Cell]] = []

    async def write() -> None:
        await asyncio.to_thread(_write_all, target, waiting)
        waiting.clear()
        progress(target.rows)

    async for row in rows:
        waiting.append(row)
        if len(waiting) == _ROWS_AT_ONCE:
            await write()
    await write()


def _write_all(target: Table, rows: Sequence[Sequence[Cell]]) -> None:
    for row in rows:
        target.write(row)


async def _rows(
    ledger: Ledger, chosen: Chosen, reading: Reading | None, reach: Reach
) -> tuple[Sequence[str], AsyncIterator[Sequence[Cell]]]:
    what, _, period, indicators, place_code, level, tree = chosen
    match what:
        case "totals":
            if not period:
                raise Problem("export-period-missing")
            asked = await ask(
                ledger,
                period,
                indicators=indicators,
                place_code=place_code,
                level=level,
                tree=tree,
                reach=reach,
            )
            return TotalRow._fields, totals_by_row(ledger, asked, reading, reach)
        case "values" | "changes":
            make, columns = _MADE[what]
            return columns, make(
                ledger,
                period=period,
                indicators=indicators,
                place_code=place_code,
                level=level,
                reading=reading,
                reach=reach,
            )
    raise Problem("export-unknown", text=what[:40], known=", ".join(WHATS))


_MADE = {"values": (standing_values, VALUE_COLUMNS), "changes": (changes, CHANGE_COLUMNS)}
