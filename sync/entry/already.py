"""'这个数我报过了': to whom a figure was reported before, as a word to whoever asks for it again."""

from __future__ import annotations

from sync.entry.desk import Desk
from sync.ids import PlaceId
from sync.period import Period
from sync.problems import Problem
from sync.review import already_cell
from sync.value import text_value

__all__ = ["say_already"]


async def say_already(desk: Desk, place: PlaceId, period: Period, code: str, whom: str) -> None:
    """Records to whom and where the figure was reported; '' takes it back.

    It travels with the next sync to whoever issues the form. Raises `field-indicator-unknown`,
    `text-too-long`.
    """
    catalogue = await desk.catalogue()
    if code not in catalogue.indicators:
        raise Problem("field-indicator-unknown", code=code[:40])
    await desk.record(place, [(already_cell(period.text, code), text_value(whom.strip()))])
