"""A server's exports of made-up figures say that they are: by their last line, or their last sheet."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from server import filing
from server.devices import invites
from server.exchange.export import export
from sync.ledger.simulated import SIMULATED
from sync.value import Cell, flag_value, quantity_value
from tests.unit.field_office import VILLAGE, office_in


@pytest.mark.parametrize("made_up", [True, False])
async def test_an_export_ends_with_whether_its_figures_are_made_up(
    tmp_path: Path, made_up: bool
) -> None:
    """In each format; real figures bear no mark, and end as they always did."""
    async with office_in(tmp_path) as office:
        ledger = office.ledger
        person, grant = invites.authority(ledger)
        figure = [(Cell("value", "2024Q3", "B001"), quantity_value(1_800_000))]
        await filing.file(ledger, [filing.Filed(VILLAGE, person, grant, figure)])
        if made_up:
            mark = [(SIMULATED, flag_value(True))]
            await filing.file(ledger, [filing.Filed(ledger.root, person, grant, mark)])
        for form in ("csv", "jsonl", "xlsx"):
            assert (await export(ledger, "values", form, tmp_path / f"out.{form}")).rows == 1

    table = (tmp_path / "out.csv").read_text("utf-8").splitlines()
    lines = (tmp_path / "out.jsonl").read_text("utf-8").splitlines()
    with zipfile.ZipFile(tmp_path / "out.xlsx") as book:
        words = "".join(book.read(n).decode() for n in book.namelist() if n.endswith(".xml"))
    assert table[-1].endswith(",simulated=true") is made_up
    assert json.loads(lines[-1]).get("simulated", False) is made_up
    assert ("simulated" in words) is made_up
