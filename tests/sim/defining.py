"""The catalogue of a simulated world: two indicators, which are defined anew now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.catalogue import Indicator, Words
from sync.definition import canonical
from sync.period import Kind
from sync.value import Cell, text_value

if TYPE_CHECKING:
    from tests.sim.world import World


async def define(world: World) -> None:
    """The server files both indicators, each time as another version."""
    version = world.faults["administration: define"] + 1
    cells = [
        (Cell("indicator", code, "definition"), text_value(canonical(_indicator(code, version))))
        for code in ("A1", "A2")
    ]
    await world.file(world.server.ledger.root, *cells)


def _indicator(code: str, version: int) -> Indicator:
    words = Words(f"{code} {version}", code, code)
    return Indicator(
        code=code,
        name=words,
        definition=words,
        level="village",
        period=Kind.YEAR,
        space="sum",
        time="end",
        version=version,
    )
