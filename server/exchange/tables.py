"""Tables written row by row in bounded memory: CSV, one JSON object a line, and workbooks.

Each file ends with the number of its rows and a SHA-256, so that one cut short is noticed. It
covers all bytes before that last line; in a workbook, where it stands on a sheet of its own, the
same rows as CSV. Made-up figures, as those of a demo, are called so there.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Literal, Protocol, get_args

from sync.problems import Problem
from sync.spreadsheet import as_text

__all__ = ["FORMATS", "Format", "Table", "csv_line", "table"]

Format = Literal["csv", "jsonl", "xlsx"]
FORMATS: tuple[Format, ...] = get_args(Format)

Cell = str | int | bool

_SHEET_ROWS_MAX = 1_048_576
_NUMBER_DIGITS_MAX = 15  # what a spreadsheet keeps exactly


class Table(Protocol):
    """Where rows go. `end` writes the last line and closes the file."""

    rows: int

    def write(self, row: Sequence[Cell]) -> None:
        """One row, in the order of the columns."""

    def end(self, *, made_up: bool) -> str:
        """The checksum."""


def table(form: str, path: Path, columns: Sequence[str], numbers: Sequence[str]) -> Table:
    """A table that is written to that file; `numbers` are columns of decimal text.

    Raises `format-unknown`.
    """
    match form:
        case "csv":
            return _Csv(path.open("wb"), columns)
        case "jsonl":
            return _Lines(path.open("wb"), columns)
        case "xlsx":
            return _Workbook(path, columns, numbers)
    raise Problem("format-unknown", text=form[:40], known=", ".join(FORMATS))


class _Bytes:
    """A file of lines and what it hashes to."""

    def __init__(self, file: IO[bytes]) -> None:
        self.rows = 0
        self._file = file
        self._digest = hashlib.sha256()

    def put(self, line: str) -> None:
        data = line.encode()
        self._digest.update(data)
        self._file.write(data)

    def close(self, last: str) -> None:
        self._file.write(last.encode())
        self._file.close()


class _Csv(_Bytes):
    def __init__(self, file: IO[bytes], columns: Sequence[str]) -> None:
        super().__init__(file)
        self.put(csv_line(columns))

    def write(self, row: Sequence[Cell]) -> None:
        self.rows += 1
        self.put(csv_line(row))

    def end(self, *, made_up: bool) -> str:
        digest = self._digest.hexdigest()
        mark = ",simulated=true" if made_up else ""
        self.close(f"#rows={self.rows},sha256={digest}{mark}\r\n")
        return digest


class _Lines(_Bytes):
    def __init__(self, file: IO[bytes], columns: Sequence[str]) -> None:
        super().__init__(file)
        self._columns = columns

    def write(self, row: Sequence[Cell]) -> None:
        self.rows += 1
        document = dict(zip(self._columns, row, strict=True))
        self.put(json.dumps(document, ensure_ascii=False) + "\n")

    def end(self, *, made_up: bool) -> str:
        digest = self._digest.hexdigest()
        mark = {"simulated": True} if made_up else {}
        self.close(json.dumps({"rows": self.rows, "sha256": digest, **mark}) + "\n")
        return digest


class _Workbook:
    def __init__(self, path: Path, columns: Sequence[str], numbers: Sequence[str]) -> None:
        from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has no types

        self.rows = 0
        self._columns = columns
        self._numbers = {columns.index(name) for name in numbers}
        self._digest = hashlib.sha256(csv_line(columns).encode())
        self._book = Workbook(path, {"constant_memory": True, "strings_to_formulas": False})
        self._at = _SHEET_ROWS_MAX
        self._sheet: Any = None

    def write(self, row: Sequence[Cell]) -> None:
        self.rows += 1
        self._digest.update(csv_line(row).encode())
        if self._at >= _SHEET_ROWS_MAX:
            self._begin_sheet()
        for column, cell in enumerate(row):
            if isinstance(cell, bool):
                self._sheet.write_boolean(self._at, column, cell)
            elif isinstance(cell, int) or (column in self._numbers and _is_exact(cell)):
                self._sheet.write_number(self._at, column, float(cell))
            else:
                self._sheet.write_string(self._at, column, cell)
        self._at += 1

    def end(self, *, made_up: bool) -> str:
        if self._sheet is None:
            self._begin_sheet()
        digest = self._digest.hexdigest()
        last = self._book.add_worksheet("sha256")
        last.write_row(0, 0, ["rows", "sha256", *(["simulated"] if made_up else [])])
        last.write_row(1, 0, [self.rows, digest, *(["true"] if made_up else [])])
        self._book.close()
        return digest

    def _begin_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.write_row(0, 0, self._columns)
        self._at = 1


def csv_line(row: Sequence[Cell]) -> str:
    """A row as CSV, its text kept from being run as a formula."""
    line = io.StringIO()
    csv.writer(line).writerow(str(c).lower() if isinstance(c, bool) else as_text(c) for c in row)
    return line.getvalue()


def _is_exact(text: str) -> bool:
    """Whether a spreadsheet's numbers can hold that decimal text."""
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isdecimal() and len(digits.strip("0")) <= _NUMBER_DIGITS_MAX
