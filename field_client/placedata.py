"""One place's own figures as files for a spreadsheet: a row a value, or a column a period.

The same data make the same bytes, so that a checksum that was shown can be compared later.
"""

from __future__ import annotations

import hashlib
import io
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from field_client.desk import Desk
from field_client.exporting import csv_bytes
from field_client.tables import Table, values
from sync import quantity
from sync.catalogue import Catalogue
from sync.entry.books import Book, book_of
from sync.ids import PlaceId
from sync.ledger.simulated import is_simulated
from sync.period import Kind
from sync.placecontext import period_of
from sync.screens.formats import value_words
from sync.texts import Language, say
from sync.value import Type, Value

__all__ = ["FILES", "File", "file_of"]

Name = Literal["long.csv", "wide.csv", "data.xlsx"]
FILES: tuple[Name, ...] = ("data.xlsx", "wide.csv", "long.csv")
_CREATED = datetime(1980, 1, 1)  # noqa: DTZ001  # a workbook's dates have no zone; no clock tells in it
_DIGITS_MAX = 15  # what a spreadsheet keeps exactly
_KINDS = (Kind.MONTH, Kind.QUARTER, Kind.HALF, Kind.YEAR)


class File(NamedTuple):
    """A file's bytes, how many rows of figures it holds, and the SHA-256 of it all."""

    name: Name
    content: bytes
    rows: int
    sha256: str


async def file_of(desk: Desk, place: PlaceId, name: Name, language: Language) -> File:
    """That file of a place; headings of the workbook are in the language."""
    made_up = await is_simulated(desk.ledger)
    if name == "long.csv":
        table = await values(desk, [place])
        return _file(name, csv_bytes(table), len(table.rows))
    catalogue = await desk.catalogue()
    book = await book_of(desk.ledger, place)
    wide = {kind: _wide(book, catalogue, kind, language) for kind in _KINDS}
    filled = {kind: table for kind, table in wide.items() if table.rows}
    if name == "wide.csv":
        together = _together(desk, place, list(filled.values()), made_up=made_up)
        return _file(name, csv_bytes(together), len(together.rows))
    long = await values(desk, [place])
    about = _about(desk, place, len(long.rows), language, made_up=made_up)
    return _file(name, _workbook(filled, long, about, language), len(long.rows))


def _file(name: Name, content: bytes, rows: int) -> File:
    return File(name, content, rows, hashlib.sha256(content).hexdigest())


def _wide(book: Book, catalogue: Catalogue, kind: Kind, language: Language) -> Table:
    """The periods of a kind as columns, the latest last; an indicator a row."""
    by_code: dict[str, dict[str, Value]] = defaultdict(dict)
    periods = set()
    for text, codes in book.values.items():
        period = period_of(text)
        if period is not None and period.kind is kind and codes:
            periods.add(period)
            for code, value in codes.items():
                by_code[code][text] = value
    ordered = [period.text for period in sorted(periods)]
    rows: list[Sequence[Any]] = []
    for code, held in sorted(by_code.items()):
        one = catalogue.indicators.get(code)
        known = (one.name.say(language), one.unit) if one else ("", "")
        cells = [_text(held.get(text), language) for text in ordered]
        rows.append((code, *known, *cells))
    return Table(kind, ("indicator", "name", "unit", *ordered), rows)


def _together(desk: Desk, place: PlaceId, wide: Sequence[Table], *, made_up: bool) -> Table:
    """All kinds of periods in one table, with whose it is in each row."""
    periods = list(dict.fromkeys(name for table in wide for name in table.columns[3:]))
    rows: dict[str, dict[str, Any]] = {}
    for table in wide:
        for row in table.rows:
            named = dict(zip(table.columns, row, strict=True))
            rows.setdefault(row[0], {}).update({k: v for k, v in named.items() if v != ""})
    whose = (desk.code(place), desk.name(place))
    columns = ("place_code", "place_name", "indicator", "name", "unit", *periods, "simulated")
    listed = [
        (*whose, *(row.get(name, "") for name in columns[2:-1]), int(made_up))
        for _, row in sorted(rows.items())
    ]
    return Table("wide.csv", columns, list(listed))


def _about(
    desk: Desk, place: PlaceId, rows: int, language: Language, *, made_up: bool
) -> list[tuple[str, str]]:
    """What the first sheet says: whose figures, how many, and whether they are made up."""
    lines = [
        (say("own-about-place", language), f"{desk.name(place)} {desk.code(place)}"),
        (say("own-about-rows", language), str(rows)),
        (say("own-about-software", language), "Tianji 田记"),
    ]
    if made_up:
        lines.insert(0, (say("screen-simulated", language), say("field-export-made-up", language)))
    return lines


def _workbook(
    wide: dict[Kind, Table], long: Table, about: list[tuple[str, str]], language: Language
) -> bytes:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has no types

    target = io.BytesIO()
    book = Workbook(target, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": _CREATED})
    bold = book.add_format({"bold": True})
    front = book.add_worksheet(say("own-sheet-about", language))
    front.set_column(0, 0, 24)
    front.set_column(1, 1, 60)
    for at, line in enumerate(about):
        front.write_string(at, 0, line[0], bold)
        front.write_string(at, 1, line[1])
    sheets = [(say(f"own-sheet-{kind}", language), table) for kind, table in wide.items()]
    for name, table in (*sheets, (say("own-sheet-long", language), long)):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, table.columns, bold)
        sheet.freeze_panes(1, 3 if table is not long else 0)
        sheet.set_column(0, len(table.columns) - 1, 12)
        sheet.set_column(1, 1, 30)
        for at, row in enumerate(table.rows, 1):
            _write(sheet, at, row)
    book.close()
    return target.getvalue()


def _write(sheet: Any, at: int, row: Sequence[Any]) -> None:
    """Numbers as numbers where a spreadsheet holds them exactly; codes and all else as text."""
    for column, cell in enumerate(row):
        if column > 2 and _is_number(str(cell)):
            sheet.write_number(at, column, float(cell))
        elif cell != "":
            sheet.write_string(at, column, str(cell))


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdecimal() and len(digits.strip("0")) <= _DIGITS_MAX


def _text(value: Value | None, language: Language) -> str:
    """A value in a cell of a wide table: decimal text, yes or no, words, or the reason for none."""
    if value is None:
        return ""
    if value.type is Type.QUANTITY:
        return quantity.text(value.number)
    return value_words(value, language=language)
