"""The hidden sheet of a form's workbook: whose cells these are, and what they showed.

Lines of text: what the form is, then one line a cell with the sheet, the place, the code, the value
that was put there (as `token`, `o` before one that was only offered) and the names of the versions
that stood. The last line is a checksum of those above: a sheet that somebody changed says nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sync.ids import EditId, PlaceId
from sync.value import Type, Value, shown_text

__all__ = ["KEY_SHEET", "Key", "KeyCell", "lines_of", "note_name", "read_key", "token"]

KEY_SHEET = "_key"
_MARK, _FORMAT = "tianji-form", "1"
_WIDTH = 6


class KeyCell(NamedTuple):
    """What one cell held when the file was made; `token` is '' for nothing."""

    sheet: str
    place: PlaceId
    code: str
    token: str
    is_offered: bool
    shown: frozenset[EditId]


class Key(NamedTuple):
    """Which form a workbook is, and its cells by place and code."""

    form: str
    period: str
    catalogue: str
    made: str
    cells: dict[tuple[PlaceId, str], KeyCell]

    @property
    def places(self) -> dict[str, PlaceId]:
        """The place of each sheet that has one place only."""
        found: dict[str, set[PlaceId]] = {}
        for cell in self.cells.values():
            found.setdefault(cell.sheet, set()).add(cell.place)
        return {sheet: next(iter(held)) for sheet, held in found.items() if len(held) == 1}


def note_name(code: str) -> str:
    """Under which name the key holds what a cell's note was."""
    return f"note {code}"


def token(value: Value | None) -> str:
    """A value as one short line, the same for the same value."""
    if value is None:
        return ""
    text = shown_text(value)
    if value.type is Type.TEXT:  # long, with line ends that programs write in their own ways
        text = hashlib.sha256(text.encode()).hexdigest()[:32]
    return f"{int(value.type)}:{text}"


def lines_of(key: Key) -> Iterator[list[str]]:
    """The sheet's lines."""
    digest = hashlib.sha256()
    for line in _lines(key):
        digest.update("\t".join(line).encode() + b"\n")
        yield line
    yield ["sum", digest.hexdigest()]


def _lines(key: Key) -> Iterator[list[str]]:
    yield [_MARK, _FORMAT, key.form, key.period, key.catalogue, key.made]
    for cell in key.cells.values():
        names = " ".join(sorted(name.hex() for name in cell.shown))
        held = f"o{cell.token}" if cell.is_offered else cell.token
        yield ["cell", cell.sheet, cell.place.hex(), cell.code, held, names]


def read_key(rows: Iterable[Sequence[str]]) -> Key | None:
    """What the lines say, None if they are none of ours or were changed."""
    lines = [_trimmed(row) for row in rows]
    lines = [line for line in lines if line]
    if len(lines) < 2 or lines[0][:2] != [_MARK, _FORMAT] or lines[-1][0] != "sum":
        return None
    digest = hashlib.sha256()
    for line in lines[:-1]:
        digest.update("\t".join(_whole(line)).encode() + b"\n")
    if lines[-1][1:] != [digest.hexdigest()]:
        return None
    try:
        cells = [_cell(_whole(line)) for line in lines[1:-1]]
    except ValueError:
        return None
    form, period, catalogue, made = _whole(lines[0])[2:]
    return Key(form, period, catalogue, made, {(cell.place, cell.code): cell for cell in cells})


def _whole(line: Sequence[str]) -> list[str]:
    return [*line, *[""] * (_WIDTH - len(line))]


def _cell(line: Sequence[str]) -> KeyCell:
    _, sheet, place, code, held, names = line
    return KeyCell(
        sheet,
        PlaceId(bytes.fromhex(place)),
        code,
        held.removeprefix("o"),
        held.startswith("o"),
        frozenset(EditId(bytes.fromhex(name)) for name in names.split()),
    )


def _trimmed(row: Sequence[str]) -> list[str]:
    line = [str(cell) for cell in row]
    while line and not line[-1]:
        line.pop()
    return line
