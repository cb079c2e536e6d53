"""Prefilled values that are far from the period before at the same place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from server.exchange.staging import StagedRow, standing
from server.prefill.report import Outlier
from sync import quantity
from sync.catalogue import Catalogue
from sync.ids import PlaceId
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.period import parse
from sync.value import Type

__all__ = ["FACTOR", "outliers_among"]

FACTOR = 3
"""More than three times the last figure, less than a third of it, or of another sign."""


async def outliers_among(
    ledger: Ledger, database: Database, catalogue: Catalogue, rows: Sequence[StagedRow]
) -> list[Outlier]:
    """Those of the rows: compared with what was prefilled for the period before, or else with what
    was reported. Where nothing or nought stood, nothing is odd.
    """
    numbers = [row for row in rows if row.type == Type.QUANTITY]
    keys = [(row.place, _before(row.period)) for row in numbers]
    reported = await standing(database, "value", keys)
    prefilled = await standing(database, "prefill", keys)
    found = []
    for row, key in zip(numbers, keys, strict=True):
        cell = (*key, row.code)
        before = prefilled.get(cell) or reported.get(cell)
        if before is None or before[0] != Type.QUANTITY or not _is_far(row.number, before[1]):
            continue
        place, day = PlaceId(row.place), ledger.today()
        found.append(
            Outlier(
                ledger.tree.code(place, day),
                ledger.tree.name(place, day),
                row.period,
                row.code,
                _told(catalogue, row.code, row.number),
                _told(catalogue, row.code, before[1]),
            )
        )
    return found


def _is_far(now: int, before: int) -> bool:
    if not before:
        return False
    if (now < 0) != (before < 0):
        return now != 0
    return abs(now) > FACTOR * abs(before) or FACTOR * abs(now) < abs(before)


@lru_cache(maxsize=1024)
def _before(period: str) -> str:
    return parse(period).previous().text


def _told(catalogue: Catalogue, code: str, number: int) -> str:
    unit = catalogue.indicators[code].unit
    return f"{quantity.text(number)} {unit}".strip()
