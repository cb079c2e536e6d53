"""Real figures of a census, rolled up: cities are the sums of their counties, the province of both."""

from __future__ import annotations

import csv
import io
import os
from decimal import Decimal
from pathlib import Path

from server import founding
from server.catalogue.keeping import import_pack
from server.devices.invites import authority
from server.exchange.totals import totals
from server.exchange.values import import_values
from server.filing import Filed, file
from server.places import shipped
from server.places.importing import import_places
from server.rollup.folding import compare
from server.store import open_server
from sync import pack, quantity
from sync.catalogue import Catalogue, Indicator, Words
from sync.definition import Pack
from sync.period import Kind
from sync.value import Cell, quantity_value
from tests.integration.guangdong import now

CENSUS = Path(__file__).parents[3] / "shared" / "data" / "census_gd_long.csv"
LEVELS = ("province", "city", "county")
CODES = {
    "pop_total": "POP",
    "pop_male": "MALE",
    "pop_female": "FEMALE",
    "households": "HOUSES",
    "hh_pop": "HHPOP",
    "hh_1person": "ALONE",
    "illiterate_15p": "ILLITERATE",
}
# A city with two counties and one without, where the census itself isn't at hand.
SAMPLE = """code,year,indicator_code,value
440400000000,2020,households,300
440402000000,2020,households,100
440403000000,2020,households,200
440400000000,2020,hh_pop,750
440402000000,2020,hh_pop,250
440403000000,2020,hh_pop,500
440400000000,2020,hh_size,2.5
441900000000,2020,households,50
441900000000,2020,hh_pop,100
441900000000,2020,hh_size,2
440000000000,2020,households,350
440000000000,2020,hh_pop,850
440000000000,2020,hh_size,2.43
"""
NAME = Words("名", "名", "name")


def census() -> dict[tuple[str, str], str]:
    """The figures of 2020 by place code and indicator."""
    text = CENSUS.read_text("utf-8-sig") if CENSUS.exists() else SAMPLE
    return {
        (row["code"], row["indicator_code"]): row["value"]
        for row in csv.DictReader(io.StringIO(text))
        if row["year"] == "2020" and row["value"]
    }


def catalogue() -> Catalogue:
    """Counts that counties file, and people per household by formula."""
    counts = [
        Indicator(code=code, name=NAME, level="county", period=Kind.YEAR, space="sum", time="end")
        for code in CODES.values()
    ]
    size = Indicator(
        code="SIZE",
        name=NAME,
        level="county",
        period=Kind.YEAR,
        space="ratio",
        time="none",
        formula="HHPOP/HOUSES",
    )
    return Catalogue([Pack(code="census", edition="1", name=NAME), size, *counts])


def upper_places() -> bytes:
    """The shipped hierarchy down to the counties."""
    rows = shipped.load(2022).rows.values()
    lines = [",".join(row) for row in rows if row.level in LEVELS]
    return ("code,name,level,parent_code\n" + "\n".join(lines)).encode()


async def test_cities_are_the_sums_of_their_counties(tmp_path: Path) -> None:
    """Every published figure of every city and the province, and sizes to the published digit."""
    figures = census()
    folder = tmp_path / "s"
    await founding.found(folder, now, os.urandom)
    async with open_server(folder, now, check=False) as ledger:
        await import_places(ledger, io.BytesIO(upper_places()), shipped.AS_OF[2022], LEVELS)
        await import_pack(ledger, pack.write(catalogue()))
        day, tree = ledger.today(), ledger.tree
        lines = ["place_code,period,indicator,value"]
        for (code, name), value in figures.items():
            place = tree.by_code(code, day)
            if name not in CODES or place is None:
                continue
            if tree.level(place, day) == "county":
                lines.append(f"{code},2020,{CODES[name]},{value}")
            elif tree.level(place, day) == "city" and not tree.children(place, day):
                cell = Cell("value", "2020", CODES[name]), quantity_value(quantity.parse(value))
                await file(ledger, [Filed(place, *authority(ledger), [cell])])
        text = "\n".join(lines).encode()
        assert (await import_values(ledger, io.BytesIO(text), author="普查")).errors == []

        found = {
            (row.code, row.indicator): row.value
            for level in LEVELS[:2]
            for row in await totals(ledger, "2020", level=level)
        }
        published = {key: value for key, value in figures.items() if key[0].endswith("00000000")}
        assert published
        for (code, name), value in published.items():
            if name in CODES:
                assert Decimal(found[code, CODES[name]]) == Decimal(value), (code, name)
            elif name == "hh_size":
                assert abs(Decimal(found[code, "SIZE"]) - Decimal(value)) <= Decimal("0.005")
        assert await compare(ledger) == (0, [])
