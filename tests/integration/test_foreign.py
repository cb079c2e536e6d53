"""Nothing is bound to one country: other levels, other codes, another catalogue, composites of scores."""

from __future__ import annotations

import io
import os
import random
from fractions import Fraction
from pathlib import Path

from server import founding
from server.catalogue.keeping import import_pack
from server.exchange.totals import totals
from server.exchange.values import import_values
from server.places.importing import import_places
from server.places.snapshot import Row
from server.rollup.folding import compare
from server.store import open_server
from sync import pack, quantity
from sync.catalogue import Catalogue, Indicator, Words
from sync.definition import Pack
from sync.period import Kind
from tests.integration.guangdong import AS_OF, now

LEVELS = ("region", "district", "ward", "block")
NAME = Words("名", "名", "name")
MEANS = [f"S{n:02}" for n in range(1, 31)]
SUMS = [f"S{n:02}" for n in range(31, 41)]
WEIGHTED = [f"S{n:02}" for n in range(41, 51)]
COMPOSITES = {
    **{f"C{n}": " + ".join(f"0.2*{code}" for code in MEANS[5 * n : 5 * n + 5]) for n in range(6)},
    "CW": "(" + "+".join(WEIGHTED) + ")/10",
    "CR": "100*S32/S31",
    "INDEX": "0.1*(C0+C1+C2+C3+C4+C5) + 0.3*CW + 0.1*CR",
}


def places() -> list[Row]:
    """Three regions of three districts of three wards of four blocks: codes of 2, 4, 7, 9 signs."""
    rows: list[Row] = []
    for a in "NSW":
        rows.append(Row(f"{a}X", f"Region {a}", "region", ""))
        for b in range(3):
            district = f"{a}X{b:02}"
            rows.append(Row(district, f"District {b}", "district", f"{a}X"))
            for c in range(3):
                ward = f"{district}{c:03}"
                rows.append(Row(ward, f"Ward {c}", "ward", district))
                rows += [Row(f"{ward}{d:02}", f"Block {d}", "block", ward) for d in range(4)]
    return rows


def catalogue() -> Catalogue:
    """Fifty scores, and composites of them by formula."""

    def indicator(code: str, space: str, formula: str = "", weight: str = "") -> Indicator:
        return Indicator(
            code=code,
            name=NAME,
            decimals=2,
            level="block",
            period=Kind.YEAR,
            space=space,  # type: ignore[arg-type]
            time="none" if formula else "end",
            formula=formula,
            weight=weight,
        )

    return Catalogue(
        [
            Pack(code="elsewhere", edition="1", name=NAME),
            *(indicator(code, "mean") for code in MEANS),
            *(indicator(code, "sum") for code in SUMS),
            *(indicator(code, "weighted_mean", weight="S31") for code in WEIGHTED),
            *(indicator(code, "ratio", formula) for code, formula in COMPOSITES.items()),
        ]
    )


def expected(blocks: list[dict[str, Fraction]]) -> dict[str, Fraction]:
    """The composites of some blocks, counted without formulas or rollups."""
    mean = {code: sum((b[code] for b in blocks), Fraction(0)) / len(blocks) for code in MEANS}
    people = sum((b["S31"] for b in blocks), Fraction(0))
    weighted = [sum((b[c] * b["S31"] for b in blocks), Fraction(0)) / people for c in WEIGHTED]
    found = {f"C{n}": sum(list(mean.values())[5 * n : 5 * n + 5]) / Fraction(5) for n in range(6)}
    composite_sum = sum(found.values(), Fraction(0))
    found["CW"] = sum(weighted, Fraction(0)) / 10
    found["CR"] = 100 * sum((b["S32"] for b in blocks), Fraction(0)) / people
    found["INDEX"] = (composite_sum + 3 * found["CW"] + found["CR"]) / 10
    return found


async def test_another_countrys_composites_come_out_right_at_every_level(tmp_path: Path) -> None:
    """Imported like Guangdong's, each place of four levels shows what its blocks come to."""
    chance = random.Random(7)
    rows = places()
    blocks = {
        row.code: {
            f"S{n:02}": Fraction(chance.randrange(1, 10_000), 100 if n > 30 else 1000)
            for n in range(1, 51)
        }
        for row in rows
        if row.level == "block"
    }
    folder = tmp_path / "s"
    await founding.found(folder, now, os.urandom)
    async with open_server(folder, now, check=False) as ledger:
        table = "code,name,level,parent_code\n" + "\n".join(",".join(row) for row in rows)
        done = await import_places(ledger, io.BytesIO(table.encode()), AS_OF, LEVELS)
        assert [done.counts[level]["added"] for level in LEVELS] == [3, 9, 27, 108]
        await import_pack(ledger, pack.write(catalogue()))
        lines = ["place_code,period,indicator,value"]
        for block, scores in blocks.items():
            for code, score in scores.items():
                lines.append(f"{block},2023,{code},{quantity.text(quantity.rounded(score))}")
        text = "\n".join(lines).encode()
        assert (await import_values(ledger, io.BytesIO(text), author="Office")).filed == 5_400

        for level in LEVELS:
            found = await totals(ledger, "2023", level=level, indicators=list(COMPOSITES))
            assert {row.code for row in found} == {row.code for row in rows if row.level == level}
            for row in found:
                there = [scores for code, scores in blocks.items() if code.startswith(row.code)]
                exact = expected(there)[row.indicator]
                assert row.value == quantity.text(quantity.rounded(exact)), row
                assert row.expected == row.reported == len(there)
        assert await compare(ledger) == (0, [])
