"""The same checks, the same findings: on the laptop as it is typed, at the server as it is taken in."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from field_client.checking import judged
from field_client.desk import Desk
from server.checking.running import check_due
from sync.catalogue import Catalogue
from sync.ledger.edits import Edit
from sync.ledger.ledger import Ledger
from sync.period import parse
from sync.value import Cell, Value, flag_value, quantity_value, reason_value
from tests.unit.field_office import VILLAGE, office_in

PERIODS = ("2022", "2023", "2023Q3", "2023Q4", "2024Q1", "2024Q2", "2024Q3", "2024-08", "2024-09")
ONLY_A_SERVER_KNOWS = ("PEER_", "SAME_AMONG", "PLACE_ACTIVE", "PREFILL", "EXTERNAL", "SUM_BELOW")


def drawn(catalogue: Catalogue, chance: random.Random) -> list[tuple[Cell, Value]]:
    """Values of a village that fit together by accident only."""
    cells = []
    for period in PERIODS:
        kind = parse(period).kind
        for code, one in sorted(catalogue.indicators.items()):
            fits = one.period == kind or (one.period == "static" and period == "2023")
            if one.entered and one.level == "village" and fits and chance.random() < 0.7:
                value = quantity_value(chance.choice((0, 3, 5, 40, 41, 90)) * 10_000)
                if one.type == "flag":
                    value = flag_value(chance.random() < 0.5)
                elif chance.random() < 0.1:
                    value = reason_value("not_yet_available")
                cells.append((Cell("value", period, code), value))
    return cells


async def at_the_laptop(
    desk: Desk, shared: set[str], typed: list[tuple[Cell, Value]]
) -> set[tuple[str, str, str]]:
    """Period, check and bound code of what is found as each of the values is typed."""
    return {
        (one.finding.period, one.finding.check, one.finding.bound)
        for period in PERIODS
        for one in await judged(
            desk, VILLAGE, parse(period), [cell.field for cell, _ in typed if cell[1] == period]
        )
        if one.finding.check in shared
    }


async def at_the_server(ledger: Ledger, shared: set[str]) -> set[tuple[str, str, str]]:
    """The same of what the server keeps."""
    while await check_due(ledger):
        pass
    rows = await ledger.database.rows(
        "SELECT f.period, f.rule, f.bound FROM finding f JOIN place_no p ON p.no = f.place"
        " WHERE p.id = ?",
        (VILLAGE,),
    )
    return {(period, rule, bound) for period, rule, bound in rows if rule in shared}


@pytest.mark.parametrize("seed", range(4))
async def test_a_laptop_and_a_server_find_the_same(seed: int, tmp_path: Path) -> None:
    """Over random figures of a village in nine periods, every check that both can run (C9)."""
    chance = random.Random(seed)
    async with office_in(tmp_path) as office, office.desk("张三") as desk:
        catalogue = await desk.catalogue()
        shared = {
            code
            for code, check in catalogue.checks.items()
            if not any(name in check.rule for name in ONLY_A_SERVER_KNOWS)
        }
        typed = drawn(catalogue, chance)
        await desk.ledger.record_many(
            [
                (Edit(VILLAGE, cell, value, desk.person, desk.grant, catalogue.version), None)
                for cell, value in typed
            ]
        )
        before = await at_the_laptop(desk, shared, typed)
        assert (await office.sync(desk)).complete

        assert await at_the_server(office.ledger, shared) == before
        assert len({check for _, check, _ in before}) > 5
