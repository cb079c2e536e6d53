"""Files from anywhere that are no forms, or were made to harm: one sentence each, and no more."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from openpyxl.workbook.protection import WorkbookProtection  # type: ignore[import-untyped]

from server.catalogue.keeping import catalogue_of
from server.exchange.forms.opening import open_workbook
from server.exchange.forms.reading import Known, read_form
from sync.problems import Problem
from tests.integration.desk_office import TOWN, DeskOffice, office
from tests.integration.forms_office import changed, download, look, typed


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county with people of every role."""
    async with office(tmp_path) as here:
        yield here


def zipped(parts: dict[str, bytes]) -> bytes:
    """A zip of those parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def parts_of(content: bytes) -> dict[str, bytes]:
    """The parts of a workbook."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def test_hostile_files_are_refused_in_one_sentence(county: DeskOffice) -> None:
    """Bombs, macros, passwords, other files and cells far out: each by its own sentence (S109)."""
    good = await download(county)
    parts = parts_of(good)
    sheet = "xl/worksheets/sheet1.xml"
    far = parts[sheet].replace(b'r="A7"', b'r="XFD1048576"')
    locked = changed(good, lambda book: setattr(book, "security", WorkbookProtection()))
    for content, expected in (
        (zipped({**parts, "xl/media/x": bytes(120 * 2**20)}), "解开后超过"),
        (zipped({**parts, "xl/vbaProject.bin": b"x"}), "宏"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "旧格式"),
        (b"%PDF-1.7", "打不开"),
        (b"", "没有收到文件"),
        (zipped({"xl/workbook.xml": b"<x/>"}), "打不开"),
        (bytes(9 * 2**20), "超过"),
        (zipped({**parts, sheet: far}), "打不开"),
        (locked, "没有可以写入的格子"),
    ):
        said, _ = await look(county, content)
        assert expected in said, (expected, said[:300])


async def test_a_broken_workbook_is_a_sentence_and_never_a_fault(county: DeskOffice) -> None:
    """200 files with bytes that were flipped or cut, in the zip or in what it holds, are read or
    refused, and nothing else (S109).
    """
    good = changed(await download(county, TOWN, "sheets"), typed("D7", 3))
    chance = random.Random(109)
    known = Known(await catalogue_of(county.ledger), county.ledger.tree, county.ledger.today())
    parts = parts_of(good)
    refused = 0
    for number in range(200):
        content = broken(chance, good)
        if number % 5 == 0:
            name = chance.choice([one for one in parts if one.startswith("xl/")])
            content = zipped({**parts, name: broken(chance, parts[name])})
        try:
            read_form(await open_workbook(content), known)
        except Problem as problem:
            refused += 1
            assert problem.code.startswith("import-"), problem.code
    assert refused > 100


def broken(chance: random.Random, content: bytes) -> bytes:
    """The bytes with a few of them changed, left out, or put twice."""
    found = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(found) or 1)
        match chance.randrange(4):
            case 0:
                del found[at : at + chance.randint(1, 200)]
            case 1:
                found[at : at + 1] = bytes([chance.randrange(256)])
            case 2:
                found[at:at] = found[at : at + chance.randint(1, 50)]
            case _:
                found = found[: max(at, 1)] if chance.random() < 0.2 else found
    return bytes(found)
