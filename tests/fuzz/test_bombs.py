"""Small files of large or endless content, each stopped by a bound of `sync/limits.py`."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from server.commands.packfiles import files_of
from server.places import snapshot
from server.settings import FILE_NAME, read
from sync import pack
from sync.definition import read as read_definition
from sync.formula import parse
from sync.limits import FORMULA_DEPTH_MAX, PACK_BYTES_MAX, SETTINGS_BYTES_MAX
from sync.problems import Problem
from tests.fuzz.definitions import TINY

MEMORY_BYTES_MAX = 100 * 2**20
DEEP = 200_000


def code_of(attempt: Callable[[], object]) -> str:
    """The problem that it is refused with, in little memory."""
    tracemalloc.start()
    try:
        with pytest.raises(Problem) as raised:
            attempt()
        assert tracemalloc.get_traced_memory()[1] < MEMORY_BYTES_MAX
    finally:
        tracemalloc.stop()
    return raised.value.code


@pytest.mark.parametrize(
    "bound, value, line, reason",
    [
        ("PLACES_BYTES_MAX", 2**20, b"44,x," + b"y" * 60_000 + b",\n", "damaged"),
        ("PLACES_MAX", 1_000, b"\n", "damaged"),
        ("FAULTS_MAX", 100, b"x\n", "too-faulty"),
    ],
)
def test_a_zipped_file_of_places_is_unzipped_up_to_a_bound(
    monkeypatch: pytest.MonkeyPatch, bound: str, value: int, line: bytes, reason: str
) -> None:
    """Neither its bytes nor its lines nor its faults are taken in without end."""
    monkeypatch.setattr(snapshot, bound, value)
    content = gzip.compress(b"code,name,level,parent_code\n" + line * (10**7 // len(line)))

    with pytest.raises(Problem) as raised:
        snapshot.read(io.BytesIO(content))

    assert reason in {fault.reason for fault in raised.value.values["faults"]}  # type: ignore[attr-defined]
    assert snapshot.explain(raised.value, "en")


def test_a_line_without_an_end_is_no_line() -> None:
    """Memory holds one line, and a line has a longest."""
    assert code_of(lambda: snapshot.read(io.BytesIO(b"a" * 10**7))) == "places-file-refused"


def test_an_archive_of_a_pack_unpacks_to_no_more_than_a_pack(tmp_path: Path) -> None:
    """Thirty megabytes of nothing weigh thirty kilobytes."""
    file = tmp_path / "pack.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("indicators.toml", bytes(30 * 2**20))

    assert file.stat().st_size < PACK_BYTES_MAX / 100
    assert code_of(lambda: files_of(str(file))) == "pack-too-large"


def test_an_archive_that_lies_about_its_sizes_is_no_pack(tmp_path: Path) -> None:
    """What it says of an entry's size is not believed."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("indicators.toml", bytes(30 * 2**20))
    said, small = (30 * 2**20).to_bytes(4, "little"), (9).to_bytes(4, "little")
    file = tmp_path / "pack.zip"
    file.write_bytes(target.getvalue().replace(said, small))

    assert code_of(lambda: files_of(str(file))) in {"pack-too-large", "pack-not-a-pack"}


def test_a_file_that_is_far_too_large_for_a_pack_is_not_read(tmp_path: Path) -> None:
    """Its size is looked at first."""
    file = tmp_path / "pack.zip"
    with file.open("wb") as target:
        target.truncate(PACK_BYTES_MAX * 1000)

    assert code_of(lambda: files_of(str(file))) == "pack-too-large"


def test_settings_that_nest_or_never_end_are_malformed(tmp_path: Path) -> None:
    """Of a file without an end, no more is read than settings may have."""
    file = tmp_path / FILE_NAME
    for text in ("host = " + "[" * DEEP, "#" * (SETTINGS_BYTES_MAX + 1)):
        file.write_text(text, "utf-8")
        assert code_of(lambda: read(tmp_path, {}, {}, None)) == "settings-malformed"


def test_deep_nesting_is_refused_by_whatever_reads_text() -> None:
    """Packs, definitions and formulas: no text makes Python run out of stack."""
    files = {name: text.encode() for name, text in TINY.items()}
    files["parameters.toml"] = b"[P_X]\nvalue = " + b"[" * DEEP
    lists = "[" * DEEP
    terms = "(" * (FORMULA_DEPTH_MAX + 1) + "A1" + ")" * (FORMULA_DEPTH_MAX + 1)

    assert code_of(lambda: pack.read(files)) == "pack-file-not-toml"
    assert code_of(lambda: read_definition("indicator", lists)) == "definition-unreadable"
    assert code_of(lambda: read_definition("form", json.dumps(lists))) == "definition-unreadable"
    assert code_of(lambda: parse(terms)) == "formula-too-deep"
