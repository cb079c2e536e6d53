"""Finding the cells of a form in a workbook that came back, whatever was done to it meanwhile.

Headings and codes lead, so columns and lines may have moved; the hidden sheet says which form it is
and what each cell held. Where that is gone or was changed, the texts above the table say it too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from server.exchange.forms.key import KEY_SHEET, Key, KeyCell, note_name, read_key
from server.exchange.forms.looks import LISTS_SHEET
from server.exchange.forms.opening import Opened, RawCell, RawSheet
from sync.catalogue import Catalogue, Form
from sync.entry.pasting import names_of, plain
from sync.ids import PlaceId
from sync.places import Tree
from sync.problems import Problem
from sync.texts import LANGUAGES, say

__all__ = ["Fault", "Found", "Known", "Read", "address", "read_form"]

_ABOVE_ROWS = 15  # in which a title, a heading and what a form is are looked for
_VALUE_COLUMN = 3  # where our own sheets have it


class Known(NamedTuple):
    """What names and codes are looked up in."""

    catalogue: Catalogue
    tree: Tree
    today: date


class Found(NamedTuple):
    """One cell of a file: whose it is, and what stands in it. `kind` is that of the cell, '' for
    text; `note` is None where the file has no column for it; `key` what the cell held at first.
    """

    sheet: str
    address: str
    place: PlaceId
    period: str
    code: str
    text: str
    kind: str = ""
    unit: str = ""
    reason: str = ""
    note: str | None = None
    key: KeyCell | None = None
    note_key: KeyCell | None = None


class Fault(NamedTuple):
    """What can't be read, and where."""

    sheet: str
    address: str
    problem: Problem


class Read(NamedTuple):
    """All of a file; `notices` are keys of texts that whoever imports should know."""

    found: list[Found]
    faults: list[Fault]
    notices: list[str]


class _Sheet(NamedTuple):
    """One sheet with what it is of."""

    raw: RawSheet
    known: Known
    form: Form
    period: str
    key: Key | None


def read_form(opened: Opened, known: Known) -> Read:
    """The cells of every sheet. Raises `import-empty` where none has any."""
    key = next((read_key(_texts(one)) for one in opened.sheets if one.name == KEY_SHEET), None)
    read = Read([], [], [])
    if key is None:
        read.notices.append("import-notice-no-key")
    if opened.has_formulas:
        read.notices.append("import-notice-formulas")
    for raw in opened.sheets:
        if raw.name in (KEY_SHEET, LISTS_SHEET) or not any(map(any, raw.rows)):
            continue
        try:
            _read_sheet(_sheet(raw, known, key), read)
        except Problem as problem:
            read.faults.append(Fault(raw.name, "", problem))
    if not read.found and not read.faults:
        raise Problem("import-empty")
    return read


def address(row: int, column: int) -> str:
    """A cell's name as spreadsheets write it; both count from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def _sheet(raw: RawSheet, known: Known, key: Key | None) -> _Sheet:
    """What a sheet is of, by the hidden sheet, else by what stands above its table."""
    above = [_text(cell) for row in raw.rows[:_ABOVE_ROWS] for cell in row]
    code = key.form if key else _first(_FORM, above)
    period = key.period if key else _first(_PERIOD, above)
    form = known.catalogue.forms.get(code)
    if form is None:
        raise Problem("import-no-form", sheet=raw.name[:40])
    if not period:
        raise Problem("import-no-period", sheet=raw.name[:40])
    return _Sheet(raw, known, form, period, key)


_FORM = re.compile(r"(?:表号|表號|Form)\s*[:：]\s*([A-Za-z0-9_]+)")
_PERIOD = re.compile(r"[（(]\s*(\d{4}(?:Q[1-4]|H[12]|-\d{2})?)\s*[)）]")


def _first(pattern: re.Pattern[str], texts: Sequence[str]) -> str:
    found = (pattern.search(text) for text in texts)
    return next((one.group(1) for one in found if one), "")


def _read_sheet(sheet: _Sheet, read: Read) -> None:
    """Both layouts are known by their headings."""
    for row, cells in enumerate(sheet.raw.rows[:_ABOVE_ROWS]):
        heads = [plain(_text(cell)) for cell in cells]
        if _HEADS["place-code"] & set(heads):
            _read_list(sheet, row, heads, read)
            return
        if _HEADS["code"] & set(heads) or _HEADS["name"] & set(heads):
            _read_one(sheet, row, heads, read)
            return
    raise Problem("import-no-heading", sheet=sheet.raw.name[:40])


def _heads_of(name: str) -> set[str]:
    return {plain(say(f"forms-column-{name}", language)) for language in LANGUAGES}


_HEADS = {
    name: _heads_of(name)
    for name in ("code", "name", "unit", "value", "reason", "last", "year", "note", "place-code")
}


def _column(heads: Sequence[str], name: str) -> int | None:
    return next((at for at, head in enumerate(heads) if head in _HEADS[name]), None)


def _read_one(sheet: _Sheet, top: int, heads: Sequence[str], read: Read) -> None:
    """A line an indicator."""
    place = _place_of(sheet)
    columns = {name: _column(heads, name) for name in _HEADS}
    value = columns["value"]
    if value is None:
        value = _VALUE_COLUMN
        every = set().union(*_HEADS.values())
        if sheet.key is None or len(heads) <= value or heads[value] in every:
            raise Problem("import-no-values", sheet=sheet.raw.name[:40])
    column_unit = _unit_behind(_at(sheet.raw.rows[top], value)[1])
    for row, code in _lines(sheet, top, columns, read):
        cells = sheet.raw.rows[row]
        kind, text = _at(cells, value)
        found = Found(
            sheet.raw.name,
            address(row, value),
            place,
            sheet.period,
            code,
            text,
            kind,
            unit=column_unit or _at(cells, columns["unit"])[1],
            reason=_at(cells, columns["reason"])[1],
            note=None if columns["note"] is None else _at(cells, columns["note"])[1],
            key=_key(sheet, place, code),
            note_key=_key(sheet, place, note_name(code)),
        )
        _add(sheet, found, (row, value), read)


def _lines(
    sheet: _Sheet, top: int, columns: Mapping[str, int | None], read: Read
) -> Iterator[tuple[int, str]]:
    """The lines of a table with the code of each; what has a value and no such code is a fault."""
    names = _names(sheet)
    seen: set[str] = set()
    for row in range(top + 1, len(sheet.raw.rows)):
        cells = sheet.raw.rows[row]
        texts = [_at(cells, columns[name])[1] for name in ("code", "name")]
        code = next((names[plain(text)] for text in texts if plain(text) in names), None)
        if code is None:
            if any(texts):
                problem = Problem("import-row-unknown", text=" ".join(texts).strip()[:40])
                read.faults.append(Fault(sheet.raw.name, address(row, 0), problem))
        elif code in seen:
            problem = Problem("import-row-twice", code=code)
            read.faults.append(Fault(sheet.raw.name, address(row, 0), problem))
        else:
            seen.add(code)
            yield row, code


def _read_list(sheet: _Sheet, top: int, heads: Sequence[str], read: Read) -> None:
    """A line a place."""
    names = _names(sheet)
    at_code = _column(heads, "place-code") or 0
    columns: dict[int, tuple[str, str]] = {}
    for column, cell in enumerate(sheet.raw.rows[top]):
        text = _text(cell)
        code = names.get(plain(text)) or names.get(plain(text.split()[0]) if text.split() else "")
        if code is not None and code not in {one for one, _ in columns.values()}:
            columns[column] = code, _unit_behind(text)
    if not columns:
        raise Problem("import-no-values", sheet=sheet.raw.name[:40])
    seen: set[PlaceId] = set()
    for row in range(top + 1, len(sheet.raw.rows)):
        cells = sheet.raw.rows[row]
        text = _at(cells, at_code)[1]
        if not text and not any(_at(cells, column)[1] for column in columns):
            continue
        place = _by_code(sheet.known, text)
        if place is None or place in seen:
            problem = Problem(
                "import-row-twice" if place else "import-place-unknown", code=text[:40]
            )
            read.faults.append(Fault(sheet.raw.name, address(row, at_code), problem))
            continue
        seen.add(place)
        for column, (code, unit) in columns.items():
            kind, text = _at(cells, column)
            where = address(row, column)
            key = _key(sheet, place, code)
            found = Found(
                sheet.raw.name, where, place, sheet.period, code, text, kind, unit, key=key
            )
            _add(sheet, found, (row, column), read)


def _add(sheet: _Sheet, found: Found, at: tuple[int, int], read: Read) -> None:
    """Keeps a cell, but for one that lies under another's."""
    row, column = at
    for (top, left), (bottom, right) in sheet.raw.merged:
        if top <= row <= bottom and left <= column <= right and (row, column) != (top, left):
            problem = Problem("import-merged", first=address(top, left))
            read.faults.append(Fault(found.sheet, found.address, problem))
            return
    read.found.append(found)


def _place_of(sheet: _Sheet) -> PlaceId:
    """By a code that stands above the table, else by the hidden sheet. Raises `import-no-place`."""
    for row in sheet.raw.rows[:_ABOVE_ROWS]:
        for cell in row:
            for code in re.findall(r"\d{6,15}", unicodedata.normalize("NFKC", _text(cell))):
                place = _by_code(sheet.known, code)
                if place is not None:
                    return place
    place = sheet.key.places.get(sheet.raw.name) if sheet.key else None
    if place is None:
        raise Problem("import-no-place", sheet=sheet.raw.name[:40])
    return place


def _by_code(known: Known, text: str) -> PlaceId | None:
    code = unicodedata.normalize("NFKC", text).strip()
    return known.tree.by_code(code, known.today) if code else None


def _names(sheet: _Sheet) -> dict[str, str]:
    """Every way to name an item of the form."""
    indicators = sheet.known.catalogue.indicators
    rows = [indicators[code] for code in sheet.form.items if code in indicators]
    return {name: one.code for name, one in names_of(rows).items()}


def _key(sheet: _Sheet, place: PlaceId, code: str) -> KeyCell | None:
    return sheet.key.cells.get((place, code)) if sheet.key else None


_BEHIND = re.compile(r"[（(]([^()（）]+)[)）]\s*$")


def _unit_behind(heading: str) -> str:
    found = _BEHIND.search(heading)
    return found.group(1).strip() if found else ""


def _texts(sheet: RawSheet) -> list[list[str]]:
    return [[_text(cell) for cell in row] for row in sheet.rows]


def _text(cell: RawCell) -> str:
    return (cell if isinstance(cell, str) else cell[1]).strip()


def _at(row: Sequence[RawCell], column: int | None) -> tuple[str, str]:
    """Kind and text of a cell, '' beyond the line's end."""
    if column is None or column >= len(row):
        return "", ""
    cell = row[column]
    return ("", cell.strip()) if isinstance(cell, str) else (cell[0], cell[1].strip())
