"""Everything on this laptop in one zip of CSV and JSON lines, readable without Tianji.

The private key is not in it, nor anything made from it but signatures. `tables.py` says what each
file holds. The zip is written beside its place and moved there when it is whole.
"""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from field_client import tables
from field_client.desk import Desk
from field_client.tables import Table
from sync.ledger.simulated import is_simulated
from sync.problems import Problem
from sync.spreadsheet import as_text
from sync.texts import LANGUAGES, say

__all__ = ["Exported", "Part", "csv_bytes", "export"]

ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # a clock in 1970 must not stop an export


class Part(NamedTuple):
    """One file of the zip: its name, its rows and the SHA-256 of its bytes."""

    name: str
    rows: int
    sha256: str


class Exported(NamedTuple):
    """What was written: its parts, and the SHA-256 of the whole file."""

    parts: tuple[Part, ...]
    sha256: str

    @property
    def rows(self) -> int:
        """All rows of all parts."""
        return sum(part.rows for part in self.parts)


async def export(desk: Desk, file: Path) -> Exported:
    """Writes the zip; an earlier export there is replaced, anything else is left alone.

    Raises `field-export-inside`, `field-export-other`, OSError.
    """
    _check_target(desk, file)
    parts: list[Part] = []
    made_up = await is_simulated(desk.ledger)
    with _whole(file) as beside:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as target:
            async for table in tables.all_of(desk):
                content = csv_bytes(table) if table.name.endswith(".csv") else _json_lines(table)
                parts.append(_put(target, table.name, content, len(table.rows)))
            manifest = {
                **tables.origin(desk, made_up=made_up),
                "files": [part._asdict() for part in parts],
            }
            text = json.dumps(manifest, ensure_ascii=False, indent=2)
            _put(target, "manifest.json", text.encode(), 0)
            _put(target, "README.txt", _readme(parts, made_up=made_up).encode("utf-8-sig"), 0)
        digest = hashlib.sha256(beside.read_bytes()).hexdigest()
    return Exported(tuple(parts), digest)


def csv_bytes(table: Table) -> bytes:
    """With a byte order mark, else a spreadsheet mistakes the encoding, and without its formulas."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(table.columns)
    writer.writerows(map(as_text, row) for row in table.rows)
    return text.getvalue().encode("utf-8-sig")


def _check_target(desk: Desk, file: Path) -> None:
    data = desk.ledger.database.path.parent.resolve()
    if file.resolve().is_relative_to(data):
        raise Problem("field-export-inside", file=file)
    if file.exists() and not zipfile.is_zipfile(file):
        raise Problem("field-export-other", file=file)
    if not file.parent.is_dir():  # said of the folder, not of the file that is written beside
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(file.parent))


@contextmanager
def _whole(file: Path) -> Iterator[Path]:
    """A file beside the target, which takes its place if the block ends well, else goes."""
    beside = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        yield beside
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def _put(target: zipfile.ZipFile, name: str, content: bytes, rows: int) -> Part:
    entry = zipfile.ZipInfo(name, ZIP_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    target.writestr(entry, content)
    return Part(name, rows, hashlib.sha256(content).hexdigest())


def _json_lines(table: Table) -> bytes:
    lines = (_line(table.columns, row) for row in table.rows)
    return "".join(lines).encode()


def _line(columns: Sequence[str], row: Sequence[object]) -> str:
    document = dict(zip(columns, row, strict=True))
    return json.dumps(document, ensure_ascii=False) + "\n"


def _readme(parts: Sequence[Part], *, made_up: bool) -> str:
    lines = []
    for language in LANGUAGES:
        lines.append(say("field-export-readme", language))
        if made_up:
            lines.append(say("field-export-made-up", language))
        lines += [
            f"  {part.name} ({part.rows}): {say(f'field-export-{Path(part.name).stem}', language)}"
            for part in parts
        ]
        lines.append("")
    return "\n".join(lines)
