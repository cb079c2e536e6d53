"""The catalogue on the desk: packs that are looked at, taken in, and what is retired by them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.catalogue import shipped_files
from server.catalogue.keeping import catalogue_of, import_pack
from server.verify import verify
from sync.ledger.database import Row
from tests.integration.admin_office import definer, last_commit, realm_office, wait_for
from tests.integration.desk_office import VILLAGE, DeskOffice, clock


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county with people of every role."""
    async with realm_office(tmp_path) as here:
        yield here


async def test_a_pack_that_lacks_definitions_offers_to_retire_them(county: DeskOffice) -> None:
    """What is ticked is in force no more and named so, its figures stay, and the same pack as
    before brings it back (S125).
    """
    await county.report(VILLAGE, "2024Q3", {"B001": 7})
    code = "R02"
    before = await catalogue_of(county.ledger)
    answer = await definer(county).post(
        "/admin/catalogue/upload", files={"file": ("pack.zip", pack_without(code))}
    )
    page = answer.headers["location"]
    text = (await definer(county).get(page)).text
    assert f'value="check {code}"' in text
    assert (await catalogue_of(county.ledger)).version == before.version

    done = await definer(county).post(page, data={"retire": f"check {code}"})
    await wait_for(county, "catalogue")
    after = await catalogue_of(county.ledger)
    assert "停用 1 项" in (await definer(county).get(done.headers["location"])).text
    assert set(before.checks) - set(after.checks) == {code}
    assert code in (await definer(county).get("/admin/catalogue")).text
    assert (await last_commit(county)).author == county.people["definer"]

    back = (await definer(county).post("/admin/catalogue/shipped")).headers["location"]
    assert "新增 (1)" in (await definer(county).get(back)).text
    await definer(county).post(back)
    await wait_for(county, "catalogue")
    assert (await catalogue_of(county.ledger)).version == before.version


def pack_without(code: str) -> bytes:
    """A zip of the shipped pack that lacks one check."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in shipped_files().items():
            parts = re.split(r"(?m)^(?=\[)", content.decode())
            archive.writestr(name, "".join(p for p in parts if not p.startswith(f"[{code}]")))
    return out.getvalue()


async def test_the_figures_of_a_retired_indicator_stay_and_so_do_their_totals(
    county: DeskOffice,
) -> None:
    """Retired, it is in no total; taken in again, its totals are those of before; all is as a fresh
    fold has it at each step (S125).
    """
    files = {**shipped_files(), "indicators-z.toml": NEW_INDICATOR.encode()}
    await import_pack(county.ledger, files)
    await county.report(VILLAGE, "2024Q3", {"Z001": 7})
    before = await totals_of(county, "Z001")
    await import_pack(county.ledger, shipped_files(), retire={("indicator", "Z001")})
    assert "Z001" not in (await catalogue_of(county.ledger)).indicators
    assert await fold_agrees(county)
    await import_pack(county.ledger, files)
    assert await totals_of(county, "Z001") == before != []
    assert await fold_agrees(county)


NEW_INDICATOR = """
[Z001]
name = { zh-Hans = "样例", zh-Hant = "樣例", en = "Example" }
unit = "个"
level = "village"
period = "quarter"
space = "sum"
time = "end"
"""


async def totals_of(county: DeskOffice, code: str) -> list[Row]:
    """The rollups of an indicator, by place."""
    return await county.ledger.database.rows(
        "SELECT * FROM rollup WHERE series = ? ORDER BY place", (code,)
    )


async def fold_agrees(county: DeskOffice) -> bool:
    """Whether a verification finds nothing."""
    return (await verify(county.folder / "server", clock)).ok
