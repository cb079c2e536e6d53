"""The same checks, the same findings: on the laptop as it is typed, at the server as it is taken in."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from field_client.desk import Desk
from server import filing
from server.checking.running import check_due
from server.devices import invites
from sync.catalogue import Catalogue
from sync.entry.checking import judged
from sync.ids import PlaceId, mint
from sync.ledger.edits import Edit
from sync.ledger.ledger import Ledger
from sync.period import parse
from sync.review import prefill_cell
from sync.value import Cell, Value, flag_value, quantity_value, reason_value, text_value
from tests.unit.field_office import CODE, TOWN, VILLAGE, Office, clock, office_in

PERIODS = ("2022", "2023", "2023Q3", "2023Q4", "2024Q1", "2024Q2", "2024Q3", "2024-08", "2024-09")
ONLY_A_SERVER_KNOWS = ("PEER_", "SAME_AMONG")
BESIDE = tuple(PlaceId(mint("place", name.encode())) for name in "abcdefghij")


async def file_prefills(ledger: Ledger, place: PlaceId, chance: random.Random) -> None:
    """What another system says of some of the place's figures; nearly what people type."""
    person, grant = invites.authority(ledger)
    cells = [
        (prefill_cell(period, code), quantity_value(chance.choice((5, 40, 41, 90)) * 10_000))
        for period in PERIODS
        for code in ("A001", "A002", "A003", "A004", "A008", "B001", "G001")
        if chance.random() < 0.5
    ]
    await filing.file(ledger, [filing.Filed(place, person, grant, cells)])


async def settle_beside(ledger: Ledger, *, first: str) -> None:
    """More villages under the same town, the first of them with that code."""
    person, grant = invites.authority(ledger)
    for at, place in enumerate(BESIDE):
        texts = {
            "code": first if at == 0 else f"4451031013{at:02}",
            "name": f"村{at}",
            "level": "village",
            "parent": TOWN.hex(),
        }
        cells = [(Cell("place", "2020-01-01", key), text_value(t)) for key, t in texts.items()]
        await filing.file(ledger, [filing.Filed(place, person, grant, cells)])


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
    desk: Desk, place: PlaceId, shared: set[str], typed: list[tuple[Cell, Value]]
) -> set[tuple[str, str, str]]:
    """Period, check and bound code of what is found as each of the values is typed."""
    return {
        (one.finding.period, one.finding.check, one.finding.bound)
        for period in PERIODS
        for one in await judged(
            desk, place, parse(period), [cell.field for cell, _ in typed if cell[1] == period]
        )
        if one.finding.check in shared
    }


async def at_the_server(
    ledger: Ledger, place: PlaceId, shared: set[str]
) -> set[tuple[str, str, str]]:
    """The same of what the server keeps."""
    while await check_due(ledger):
        pass
    rows = await ledger.database.rows(
        "SELECT f.period, f.rule, f.bound FROM finding f JOIN place_no p ON p.no = f.place"
        " WHERE p.id = ?",
        (place,),
    )
    return {(period, rule, bound) for period, rule, bound in rows if rule in shared}


@pytest.mark.parametrize("seed", range(4))
async def test_a_laptop_and_a_server_find_the_same(seed: int, tmp_path: Path) -> None:
    """Over random figures of a village in nine periods, every check that both can run (C9)."""
    chance = random.Random(seed)
    async with office_in(tmp_path) as office:
        await settle_beside(office.ledger, first="445103101300")
        await file_prefills(office.ledger, VILLAGE, chance)
        await _compare_village(office, chance)


async def _compare_village(office: Office, chance: random.Random) -> None:
    async with office.desk("张三") as desk:
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
        before = await at_the_laptop(desk, VILLAGE, shared, typed)
        assert (await office.sync(desk)).complete

        assert await at_the_server(office.ledger, VILLAGE, shared) == before
        assert len({check for _, check, _ in before}) > 5


@pytest.mark.parametrize("seed", range(3))
async def test_a_town_s_laptop_compares_villages_as_a_server_does(
    seed: int, tmp_path: Path
) -> None:
    """With the neighbours and the prefills at hand all checks say the same, each of them (C9)."""
    chance = random.Random(seed)
    async with office_in(tmp_path) as office:
        await settle_beside(office.ledger, first=CODE)
        for place in (VILLAGE, *BESIDE):
            await file_prefills(office.ledger, place, chance)
        async with Desk.open(await office.enrol("李四", TOWN), clock) as desk:
            assert (await office.sync(desk)).complete
            typed = await _fill(desk, chance)
            every = set((await desk.catalogue()).checks)
            laptop = {p: await at_the_laptop(desk, p, every, typed[p]) for p in typed}
            assert (await office.sync(desk)).complete
            server = {p: await at_the_server(office.ledger, p, every) for p in typed}

            assert server == laptop
            assert {"R28", "R46", "R47", "R49"} <= {c for one in laptop.values() for _, c, _ in one}


async def _fill(desk: Desk, chance: random.Random) -> dict[PlaceId, list[tuple[Cell, Value]]]:
    """Random figures for each of the town's villages, some of them sealed already."""
    catalogue = await desk.catalogue()
    typed = {place: drawn(catalogue, chance) for place in (VILLAGE, *BESIDE)}
    for at, (place, cells) in enumerate(typed.items()):
        await desk.record(place, cells)
        if at == 3:
            await desk.ledger.seal()
    return typed
