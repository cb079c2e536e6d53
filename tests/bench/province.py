"""A whole province's books: every village of 2023, all indicators monthly, handed in and reviewed.

    python -m tests.bench.province [FOLDER] [--villages 26842] [--months 12]

Real commits by each village's officer and by reviewers, filed past the network through the same
intake that laptops come to; rollups, standings and checks due follow in the same transactions. Made
once in its folder, and gone on with where it was stopped. Values are drawn by place and month.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import msgspec

from server import filing, founding, store
from server.catalogue import shipped
from server.checking.due import EVERYTHING
from server.devices.invites import authority
from server.filing import Filed
from server.places import importing
from server.places import shipped as hierarchies
from sync.catalogue import Catalogue
from sync.definition import Definition, Form, Indicator, Words, canonical, kind_of
from sync.ids import GrantId, PersonId, PlaceId, mint_at
from sync.inforce import FIELD
from sync.ledger.ledger import Ledger
from sync.period import Kind, Period, parse
from sync.review import (
    SUBMITTED,
    Decided,
    Decision,
    decision_cell,
    encode,
    submission_cell,
)
from sync.value import (
    Cell,
    Value,
    choice_value,
    flag_value,
    quantity_value,
    reason_value,
    text_value,
)

__all__ = ["FOLDER", "FORMS", "LAST", "clock", "prepare"]

NOW = 1_767_000_000  # 2025-12-29
LAST = parse("2025-11")
FORMS = 4
PLACES_AT_ONCE = 100
FOLDER = Path(".bench-province") / "server"


def clock() -> int:
    """A day in December 2025."""
    return NOW


async def prepare(folder: Path, villages: int, months: int) -> Path:
    """The server's folder, filled as far as asked for."""
    if not (folder / "tianji.db").exists():
        await founding.found(folder, clock, os.urandom)
    async with store.open_server(folder, clock, check=False) as ledger:
        if not len(ledger.tree):
            await importing.import_places(
                ledger, io.BytesIO(hierarchies.content(2023)), hierarchies.AS_OF[2023]
            )
        catalogue = await _define(ledger)
        every = sorted(
            (one for one in ledger.tree if ledger.tree.level(one, LAST.end) == "village"),
            key=lambda one: ledger.tree.code(one, LAST.end),
        )[:villages]
        done = await _done(ledger)
        left = [place for place in every if place not in done]
        periods = [LAST.earlier(back) for back in reversed(range(months))]
        begun, filed = time.perf_counter(), 0
        for start in range(0, len(left), PLACES_AT_ONCE):
            part = left[start : start + PLACES_AT_ONCE]
            filed += await _fill(ledger, catalogue, part, periods)
            _tell(start + len(part), len(left), filed, time.perf_counter() - begun)
        await _review(ledger, every, periods[:-1])
        await _rest(ledger)
    return folder


async def _define(ledger: Ledger) -> Catalogue:
    """The shipped catalogue with every entered indicator monthly and at the village."""
    shipped_one = shipped()
    indicators = [_monthly(one) for one in shipped_one.indicators.values()]
    entered = [one.code for one in indicators if not one.formula and not one.computed]
    size = -(-len(entered) // FORMS)
    forms = [_form(n, tuple(entered[n * size : (n + 1) * size])) for n in range(FORMS)]
    every: list[Definition] = [*indicators, *forms, *shipped_one.parameters.values()]
    person, grant = authority(ledger)
    cells = [(Cell(kind_of(one), one.code, FIELD), text_value(canonical(one))) for one in every]
    if not await ledger.database.rows(
        "SELECT 1 FROM version INDEXED BY version_definitions WHERE kind <> 'value'"
        " AND kind = 'indicator' LIMIT 1"
    ):
        await filing.file(ledger, [Filed(ledger.root, person, grant, cells)])
    return Catalogue(every)


def _monthly(one: Indicator) -> Indicator:
    return msgspec.structs.replace(one, level="village", period=Kind.MONTH)


def _form(number: int, items: tuple[str, ...]) -> Form:
    name = Words(f"月报{number + 1}", f"月報{number + 1}", f"Monthly {number + 1}")
    return Form(
        code=f"monthly_{number + 1}",
        name=name,
        level="village",
        period=Kind.MONTH,
        items=items,
        due_days=5,
        minutes=5,
        note=name,
    )


async def _done(ledger: Ledger) -> set[PlaceId]:
    """The villages that were filled before this was stopped."""
    rows = await ledger.database.rows(
        "SELECT p.id FROM place_no p WHERE EXISTS (SELECT 1 FROM version v"
        " WHERE v.place = p.no AND v.kind = 'value')"
    )
    return {PlaceId(place) for (place,) in rows}


async def _fill(
    ledger: Ledger, catalogue: Catalogue, places: Sequence[PlaceId], periods: Sequence[Period]
) -> int:
    """Some villages' months, each a commit; then their reviews, one commit a village."""
    filed: list[Filed] = []
    count = 0
    for place in places:
        chance = Random(place.hex())
        officer = PersonId(mint_at("person", place, b"officer"))
        grant = GrantId(mint_at("grant", place, b"officer"))
        filed.append(_officer(ledger, place, officer, grant))
        for period in periods:
            cells = list(_values(catalogue, period, chance))
            count += len(cells)
            cells += [(submission_cell(period.text, code), SUBMITTED) for code in catalogue.forms]
            filed.append(Filed(place, officer, grant, cells, catalogue.version))
    await filing.file(ledger, filed)
    return count


async def _review(ledger: Ledger, places: Sequence[PlaceId], periods: Sequence[Period]) -> None:
    """Approves what was handed in for those periods, a commit a village, where nobody has yet."""
    person, under = authority(ledger)
    for start in range(0, len(places), PLACES_AT_ONCE):
        part = places[start : start + PLACES_AT_ONCE]
        waiting = await ledger.database.rows_in(
            "SELECT p.id, s.period, s.form, c.id FROM {seek} place_no p ON p.id = k.column1"
            " JOIN form_standing s ON s.place = p.no AND s.period = k.column2"
            " AND s.stage = 'submitted' JOIN version v ON v.place = p.no AND v.kind = 'submission'"
            " AND v.subject = s.period AND v.field = s.form JOIN commits c ON c.no = v.commit_no",
            [(place, period.text) for place in part for period in periods],
        )
        cells: dict[bytes, list[tuple[Cell, Value]]] = {}
        for place, period, form, commit in waiting:
            said = encode(Decision(Decided.APPROVED, (commit.hex(),)))
            cells.setdefault(place, []).append((decision_cell(period, form), said))
        await filing.file(
            ledger, [Filed(PlaceId(place), person, under, said) for place, said in cells.items()]
        )
        if start % 2000 == 0:
            sys.stderr.write(f"{start}/{len(places)} villages reviewed\n")


async def _rest(ledger: Ledger) -> None:
    """As some nights later: what is looked at beside the rest has been looked at."""
    async with ledger.transaction() as database:
        await database.run("DELETE FROM check_due")
        await database.run("DELETE FROM attention_due")
        await database.run("DELETE FROM meta WHERE key = ?", (EVERYTHING,))


def _officer(ledger: Ledger, place: PlaceId, officer: PersonId, grant: GrantId) -> Filed:
    person, under = authority(ledger)
    name = f"{ledger.tree.name(place, LAST.end)}填报人"
    cells = [
        (Cell("person", officer.hex(), "name"), text_value(name)),
        (Cell("grant", grant.hex(), "person"), text_value(officer.hex())),
        (Cell("grant", grant.hex(), "role"), choice_value("enter")),
    ]
    return Filed(place, person, under, cells)


def _values(catalogue: Catalogue, period: Period, chance: Random) -> Iterator[tuple[Cell, Value]]:
    for code, indicator in catalogue.indicators.items():
        if not indicator.formula and not indicator.computed:
            yield Cell("value", period.text, code), _value(indicator, chance)


def _value(indicator: Indicator, chance: Random) -> Value:
    if chance.random() < 0.02:
        return reason_value("not_yet_available")
    if indicator.type == "flag":
        return flag_value(chance.random() < 0.8)
    if indicator.type == "choice":
        return choice_value(chance.choice(indicator.choices))
    if indicator.type == "text":
        return text_value("模拟")
    return quantity_value(chance.randint(1, 2000) * 10**4)


def _tell(done: int, of: int, cells: int, seconds: float) -> None:
    rate = cells / seconds if seconds else 0
    left = (of - done) * seconds / done if done else 0
    line = f"{done}/{of} villages, {cells:,} values, {rate:,.0f}/s, {left:,.0f} s left\n"
    sys.stderr.write(line)


def main() -> None:
    """Makes it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--villages", type=int, default=100_000)
    parser.add_argument("--months", type=int, default=12)
    given = parser.parse_args()
    asyncio.run(prepare(given.folder, given.villages, given.months))


if __name__ == "__main__":
    main()
