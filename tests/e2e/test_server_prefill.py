"""Prefilled values from a file, by the command, as a scheduled job would hand them in."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.processes import found, tianji

ROWS = "place_code,period,indicator,value\n445103101201,2023,A003,412\n999,2023,A003,1\n"


def test_a_dropped_file_goes_in_once_and_its_faults_are_listed(tmp_path: Path) -> None:
    """A look changes nothing, the file goes in, and again it files nothing new (S116, S117)."""
    folder, file = tmp_path / "server", tmp_path / "people.csv"
    found(folder)
    file.write_text(ROWS, "utf-8")
    arguments = ("server", "prefill", "import", file, "--owner", "公安", "--data", folder)

    look = tianji(*arguments, "--dry-run", "--json")
    first = tianji(*arguments, "--system", "户籍系统", "--json")
    again = tianji(*arguments, "--system", "户籍系统", "--json")
    said = tianji(*arguments)

    assert [ran.code for ran in (look, first, again, said)] == [1, 1, 1, 1]
    assert (look.json["dry_run"], look.json["new"]) == (True, 1)
    assert (first.json["new"], first.json["errors"][0]["code"]) == (1, "row-place-unknown")
    assert (again.json["new"], again.json["unchanged"]) == (0, 1)
    assert "Row 3" in said.err


def test_an_owner_or_a_file_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    """With exit code 2, and nothing is changed (S6)."""
    folder, file = tmp_path / "server", tmp_path / "people.csv"
    found(folder)
    file.write_text(ROWS, "utf-8")
    other = tmp_path / "people.xlsx"
    other.write_bytes(b"PK")

    nobody = tianji("server", "prefill", "import", file, "--owner", "某局", "--data", folder)
    sheet = tianji("server", "prefill", "import", other, "--owner", "公安", "--data", folder)

    assert "某局" in nobody.sentence
    assert ".csv" in sheet.sentence
    assert (nobody.code, sheet.code) == (2, 2)
