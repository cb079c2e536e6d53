"""Opening a workbook that came from anywhere: refused before it is parsed, or read apart and bounded.

A workbook is a zip file. Its parts are unpacked here once and counted, so that what it says of its
size is true when another process reads it; programs in it are no business of a form.
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from sync.limits import (
    IMPORT_BYTES_MAX,
    IMPORT_CELLS_MAX,
    IMPORT_MEMORY_BYTES_MAX,
    IMPORT_PARTS_MAX,
    IMPORT_SECONDS_MAX,
    IMPORT_SHEETS_MAX,
    IMPORT_UNPACKED_BYTES_MAX,
)
from sync.problems import Problem

__all__ = ["Opened", "RawCell", "RawSheet", "open_workbook"]

_CHUNK = 2**16
_READER = Path(__file__).with_name("reader.py")
_OLD = b"\xd0\xcf\x11\xe0"  # of programs before 2007, and of files with a password
_MACROS = ("vbaproject", "macrosheets/", "dialogsheets/", "activex/")
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")

RawCell = str | Annotated[list[str], msgspec.Meta(min_length=2, max_length=2)]
"""A cell's text; or its kind (number, flag, date) and its text."""


class RawSheet(msgspec.Struct):
    """A sheet's cells from A1 on, and its merged ranges as first and last row and column."""

    name: str
    rows: list[list[RawCell]]
    merged: list[list[list[int]]] = []


class _Document(msgspec.Struct):
    sheets: list[RawSheet] = []
    fault: str = ""


class Opened(NamedTuple):
    """A workbook's cells, and whether formulas made some of them."""

    sheets: list[RawSheet]
    has_formulas: bool


async def open_workbook(content: bytes) -> Opened:
    """The cells of a workbook. Raises `import-…`."""
    has_formulas = await asyncio.to_thread(_look_over, content)
    with _kept(content) as path:
        document = await _read(path)
    if document.fault:
        known = {"import-sheets": IMPORT_SHEETS_MAX, "import-cells": IMPORT_CELLS_MAX}
        if document.fault in known:
            raise Problem("import-cells", most=IMPORT_CELLS_MAX, sheets=IMPORT_SHEETS_MAX)
        raise Problem("import-broken")
    return Opened(document.sheets, has_formulas)


def _look_over(content: bytes) -> bool:
    """Whether formulas are in it. Raises `import-…` for what is no plain workbook."""
    if len(content) > IMPORT_BYTES_MAX:
        raise Problem("import-large", most=IMPORT_BYTES_MAX // 2**20)
    if content.startswith(_OLD):
        raise Problem("import-old")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _look_at_parts(archive)
    except (
        *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError),
        *(ValueError, RuntimeError, OverflowError),  # what zipfile can't read is the second
    ) as error:
        raise Problem("import-broken") from error


def _look_at_parts(archive: zipfile.ZipFile) -> bool:
    parts = archive.infolist()
    names = [part.filename.casefold() for part in parts]
    if any(mark in name for name in names for mark in _MACROS):
        raise Problem("import-macros")
    if "xl/workbook.xml" not in names or len(set(names)) != len(names):
        raise Problem("import-broken")
    size = sum(part.file_size for part in parts)
    if len(parts) > IMPORT_PARTS_MAX or size > IMPORT_UNPACKED_BYTES_MAX:
        raise Problem("import-bomb", most=IMPORT_UNPACKED_BYTES_MAX // 2**20)
    if any(part.flag_bits & 1 for part in parts):
        raise Problem("import-old")
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
        raise Problem("import-broken")
    has_formulas = False
    for part in parts:
        is_sheet = part.filename.startswith("xl/worksheets/")
        for chunk in _unpacked(archive, part):
            has_formulas |= is_sheet and _FORMULA.search(chunk) is not None
            if part.filename == "[Content_Types].xml" and b"macroEnabled" in chunk:
                raise Problem("import-macros")
    return has_formulas


def _unpacked(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """A part's bytes, each with a little of those before; more of them than it says is an error."""
    with archive.open(part) as stream:
        before = b""
        while chunk := stream.read(_CHUNK):
            yield before + chunk
            before = chunk[-32:]


@contextmanager
def _kept(content: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "workbook.xlsx"
        path.write_bytes(content)
        yield path


async def _read(path: Path) -> _Document:
    """What the reader says of it; one that dies, says nothing or takes too long has refused it."""
    bounds = (
        *(IMPORT_MEMORY_BYTES_MAX, int(IMPORT_SECONDS_MAX), IMPORT_SHEETS_MAX, IMPORT_CELLS_MAX),
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(_READER), str(path), *map(str, bounds)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), IMPORT_SECONDS_MAX)
        return await asyncio.to_thread(msgspec.json.decode, said, type=_Document)
    except (TimeoutError, msgspec.MsgspecError, ValueError) as error:
        raise Problem("import-broken") from error
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
