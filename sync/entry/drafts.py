"""What is being typed: each keystroke is durable, and is shown again after a crash.

A draft is no value. It is kept in a table of this laptop's own, is never sealed or sent, and goes in
the transaction that records the value.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sync.entry.desk import Desk
from sync.ids import PersonId, PlaceId
from sync.ledger.database import Database
from sync.limits import TEXT_CHARS_MAX
from sync.problems import Problem

__all__ = ["Draft", "drop", "drop_within", "keep", "of", "unfinished"]


class Draft(NamedTuple):
    """What one person typed into one cell, in which unit ('' for the indicator's own)."""

    period: str
    code: str
    text: str
    unit: str
    typed_at: int


async def keep(desk: Desk, place: PlaceId, period: str, code: str, text: str, unit: str) -> None:
    """Keeps what is typed so far; it is durable when this returns. Raises `text-too-long`."""
    if len(text) > TEXT_CHARS_MAX:
        raise Problem("text-too-long", most=TEXT_CHARS_MAX)
    async with desk.writing() as ledger:
        await ledger.database.run(
            "INSERT INTO draft (place, period, indicator, person, text, unit, typed_at)"
            " VALUES (?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET text = excluded.text,"
            " unit = excluded.unit, typed_at = excluded.typed_at",
            (place, period, code, desk.person, text, unit, desk.now()),
        )


async def drop(desk: Desk, place: PlaceId, period: str, codes: Iterable[str]) -> None:
    """Forgets what was typed into those cells."""
    async with desk.writing() as ledger:
        await drop_within(desk.person, ledger.database, place, period, codes)


async def drop_within(
    person: PersonId, database: Database, place: PlaceId, period: str, codes: Iterable[str]
) -> None:
    """As `drop`, inside a transaction."""
    await database.run_many(
        "DELETE FROM draft WHERE place = ? AND period = ? AND person = ? AND indicator = ?",
        [(place, period, person, code) for code in codes],
    )


async def of(desk: Desk, place: PlaceId, period: str) -> dict[str, Draft]:
    """What whoever sits here was typing for that period, by code."""
    rows = await desk.ledger.database.rows(
        "SELECT period, indicator, text, unit, typed_at FROM draft"
        " WHERE place = ? AND period = ? AND person = ?",
        (place, period, desk.person),
    )
    return {row[1]: Draft(*row) for row in rows}


async def unfinished(desk: Desk) -> list[tuple[PlaceId, Draft]]:
    """All that whoever sits here was typing anywhere, the latest first."""
    rows = await desk.ledger.database.rows(
        "SELECT place, period, indicator, text, unit, typed_at FROM draft"
        " WHERE person = ? ORDER BY typed_at DESC",
        (desk.person,),
    )
    return [(PlaceId(row[0]), Draft(*row[1:])) for row in rows]
