"""Handing a place over to a successor: what its officer leaves in words, and who is to do what.

Figures, notes and their history lie with the place and need no handing over. What goes with the
person is what only they know; the words stay with the place too, on every laptop of it.
"""

from __future__ import annotations

from typing import NamedTuple

from field_client.desk import Desk
from sync.entry.standing import cells_of, held_in
from sync.ids import PersonId, PlaceId
from sync.problems import Problem
from sync.value import Cell, text_value

__all__ = ["Left", "has_unread", "leave", "left_at", "note_read"]

_KIND = "handover"
_FIELD = "words"
_READ = "handover_read/"


class Left(NamedTuple):
    """What somebody left to whoever comes after, and when; `at` is in seconds since 1970."""

    by: PersonId
    at: int
    words: str


async def leave(desk: Desk, words: str) -> None:
    """Files words for the successor, and seals all that was recorded.

    Raises `handover-empty`, `text-too-long`.
    """
    plain = words.strip()
    if not plain:
        raise Problem("handover-empty")
    cell = Cell(_KIND, str(desk.now()), _FIELD)
    await desk.record(desk.place, [(cell, text_value(plain))])
    await desk.ledger.seal()


async def left_at(desk: Desk, place: PlaceId) -> list[Left]:
    """All that was left at a place, the newest first."""
    held = await held_in(desk, await cells_of(desk, place, (_KIND,)))
    return sorted(
        (
            Left(PersonId(one.author), one.typed_at, one.value.text)
            for cell, (_, versions) in held.items()
            if cell.field == _FIELD
            for one in versions
        ),
        key=lambda left: (-left.at, left.words),
    )


async def has_unread(desk: Desk) -> bool:
    """Whether somebody else left words that whoever sits there hasn't opened on this laptop."""
    read = await desk.ledger.database.meta(_READ + desk.person.hex()) or 0
    left = await left_at(desk, desk.place)
    return any(one.at > read and one.by != desk.person for one in left)


async def note_read(desk: Desk) -> None:
    """Keeps that they are read."""
    left = await left_at(desk, desk.place)
    if left and await has_unread(desk):
        async with desk.ledger.database.writing():
            await desk.ledger.database.set_meta(_READ + desk.person.hex(), left[0].at)
